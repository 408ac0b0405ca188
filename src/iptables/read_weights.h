// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

namespace nftsvc::iptables {

// The shares of endpoints that a row of rules with probabilities gives them.
struct Shares {
  std::vector<uint16_t> weights;  // one for each rule, without a common divisor
  bool exact = true;              // whether these weights make the same probabilities
};

// `probabilities` are those of the rules, in their order: of what comes to a rule, it takes this
// much. What the last one leaves belongs to nobody, so its probability is passed over.
//
// The kernel keeps a probability in 31 bits, so more than one row of weights can make it; those
// with the smallest numbers are returned. kube-proxy before 1.9 wrote 1/3 as 0.33333, which counts
// as a third.
Shares WeightsOf(const std::vector<double>& probabilities);

}  // namespace nftsvc::iptables

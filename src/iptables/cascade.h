// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace nftsvc::iptables {

// A choice among several is a cascade of rules: each takes a packet with some probability or leaves
// it to the next, the last takes what is left. The probabilities, as kube-proxy writes them, of all
// rules but the last, so that rule i gets counts[i] of the sum: "0.3333333333", "0.5000000000".
//
// Error: ten digits and the 31 bits to which xt_statistic rounds them make each probability wrong
// by less than 3·10⁻¹⁰. Down the cascade that adds up to less than S·10⁻⁹ of each share itself, for
// counts of sum S: 0.0000003% for three equal endpoints, 0.003% for the most that a port can have.
// Requires: at most model::kMaxSlotsPerPort in all, no count is 0.
std::vector<std::string> CascadeProbabilities(std::span<const uint32_t> counts);

}  // namespace nftsvc::iptables

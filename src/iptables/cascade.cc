// SPDX-License-Identifier: Apache-2.0
#include "src/iptables/cascade.h"

#include <numeric>

#include "absl/strings/str_format.h"

namespace nftsvc::iptables {

std::vector<std::string> CascadeProbabilities(std::span<const uint32_t> counts) {
  std::vector<std::string> probabilities;
  uint32_t left = std::accumulate(counts.begin(), counts.end(), uint32_t{0});
  for (const uint32_t count : counts) {
    if (count == left) break;
    probabilities.push_back(absl::StrFormat("%.10f", static_cast<double>(count) / left));
    left -= count;
  }
  return probabilities;
}

}  // namespace nftsvc::iptables

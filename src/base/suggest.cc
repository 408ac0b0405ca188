// SPDX-License-Identifier: Apache-2.0
#include "src/base/suggest.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"

namespace nftsvc::base {
namespace {

// The optimal string alignment distance.
size_t Distance(absl::string_view a, absl::string_view b) {
  // The last three rows of the table of distances between beginnings of the two.
  std::vector<size_t> before, above, row(b.size() + 1);
  for (size_t i = 0; i <= a.size(); ++i) {
    for (size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        row[j] = i + j;
        continue;
      }
      const size_t replaced = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, replaced});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
    }
    before = std::exchange(above, row);
  }
  return above[b.size()];
}

}  // namespace

std::optional<std::string> Suggest(absl::string_view word, const std::vector<std::string>& names) {
  std::optional<std::string> best;
  size_t best_distance = std::max<size_t>(1, word.size() / 3) + 1;
  for (const std::string& name : names) {
    // No letters can make up for more than the difference in length.
    const size_t longer = std::max(name.size(), word.size()) - std::min(name.size(), word.size());
    const bool begun = word.size() > 1 && absl::StartsWith(name, word);
    const size_t distance = begun ? 1 : longer >= best_distance ? longer : Distance(word, name);
    if (distance < best_distance) {
      best = name;
      best_distance = distance;
    }
  }
  return best;
}

}  // namespace nftsvc::base

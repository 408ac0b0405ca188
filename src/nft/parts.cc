// SPDX-License-Identifier: Apache-2.0
#include <iterator>

#include "absl/container/flat_hash_map.h"
#include "src/nft/ruleset.h"

namespace nftsvc::nft {
namespace {

template <typename T>
void MoveTo(std::vector<T>& to, std::vector<T>& from) {
  if (to.capacity() == 0) {
    to = std::move(from);
  } else {
    std::move(from.begin(), from.end(), std::back_inserter(to));
  }
}

}  // namespace

void Parts::Append(Parts other) {
  MoveTo(elements, other.elements);
  for (size_t family = 0; family < chains.size(); ++family) {
    MoveTo(chains[family], other.chains[family]);
    MoveTo(affinity_maps[family], other.affinity_maps[family]);
  }
}

void Ruleset::Add(Parts parts) {
  MoveTo(elements, parts.elements);
  for (size_t family = 0; family < affinity_maps.size(); ++family) {
    MoveTo(skeleton.chains[family], parts.chains[family]);
    MoveTo(affinity_maps[family], parts.affinity_maps[family]);
  }
}

void Ruleset::Replace(const std::vector<Element>& others) {
  absl::flat_hash_map<ElementKey, const Element*> by_key;
  for (const Element& other : others) by_key.emplace(other.id, &other);
  for (Element& element : elements) {
    if (by_key.empty()) return;
    const auto other = by_key.find(element.id);
    if (other == by_key.end()) continue;
    element = *other->second;
    by_key.erase(other);
  }
}

}  // namespace nftsvc::nft

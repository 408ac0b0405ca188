// SPDX-License-Identifier: Apache-2.0
#include "src/nft/usage.h"

#include <algorithm>
#include <utility>

#include "src/base/shrink.h"

namespace nftsvc::nft {

bool Usage::Acquire(const Element& element, ChainNames& added) {
  if (IsShared(element.id.set) && ++shared_[element.id] > 1) return false;
  const size_t family = static_cast<size_t>(element.id.family);
  ++counts_[family][static_cast<size_t>(element.id.set)];
  if (GoesToSharedChain(element) && ++goes_to_[family][element.chain.view()] == 1) {
    for (std::string& name : ChainsNeededBy(element.chain)) {
      if (++needs_[family][name] == 1) added[family].insert(std::move(name));
    }
  }
  return true;
}

bool Usage::Release(const Element& element, ChainNames& removed) {
  if (IsShared(element.id.set)) {
    const auto held = shared_.find(element.id);
    if (--held->second > 0) return false;
    shared_.erase(held);
  }
  const size_t family = static_cast<size_t>(element.id.family);
  --counts_[family][static_cast<size_t>(element.id.set)];
  if (!GoesToSharedChain(element)) return true;
  const auto used = goes_to_[family].find(element.chain.view());
  if (--used->second > 0) return true;
  goes_to_[family].erase(used);
  for (std::string& name : ChainsNeededBy(element.chain)) {
    const auto needed = needs_[family].find(name);
    if (--needed->second > 0) continue;
    needs_[family].erase(needed);
    removed[family].insert(std::move(name));
  }
  return true;
}

Usage::Net Usage::Replace(Parts before, Parts after) {
  Net net;
  // First in, then out: what is on both sides must not be found gone in between.
  std::erase_if(after.elements,
                [&](const Element& element) { return !Acquire(element, net.chains_added); });
  std::erase_if(before.elements,
                [&](const Element& element) { return !Release(element, net.chains_removed); });
  base::ShrinkIfSparse(shared_);
  net.removed = std::move(before);
  net.added = std::move(after);
  return net;
}

ChainNames Usage::chains() const {
  ChainNames names;
  for (size_t family = 0; family < names.size(); ++family) {
    for (const auto& [name, count] : needs_[family]) names[family].insert(name);
  }
  return names;
}

}  // namespace nftsvc::nft

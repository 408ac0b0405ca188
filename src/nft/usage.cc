// SPDX-License-Identifier: Apache-2.0
#include "src/nft/usage.h"

#include <algorithm>
#include <utility>

namespace nftsvc::nft {
namespace {

// Elements without data may come from several services.
bool IsShared(const Element& element) {
  return DeclarationOf(element.id.set).data == SetData::kNone;
}

}  // namespace

bool Usage::Acquire(const Element& element) {
  if (IsShared(element) && ++shared_[element.id] > 1) return false;
  const size_t family = static_cast<size_t>(element.id.family);
  ++counts_[family][static_cast<size_t>(element.id.set)];
  if (GoesToSharedChain(element) && ++chains_[family][std::string(element.chain)] == 1) {
    chains_changed_ = true;
  }
  return true;
}

bool Usage::Release(const Element& element) {
  if (IsShared(element)) {
    const auto held = shared_.find(element.id);
    if (--held->second > 0) return false;
    shared_.erase(held);
  }
  const size_t family = static_cast<size_t>(element.id.family);
  --counts_[family][static_cast<size_t>(element.id.set)];
  if (GoesToSharedChain(element)) {
    const auto used = chains_[family].find(element.chain);
    if (--used->second == 0) {
      chains_[family].erase(used);
      chains_changed_ = true;
    }
  }
  return true;
}

Usage::Net Usage::Replace(Parts before, Parts after) {
  // First in, then out: an element on both sides must not be found gone in between.
  std::erase_if(after.elements, [this](const Element& element) { return !Acquire(element); });
  std::erase_if(before.elements, [this](const Element& element) { return !Release(element); });
  return {.removed = std::move(before), .added = std::move(after)};
}

ChainNames Usage::chains() const {
  ChainNames names;
  for (size_t family = 0; family < names.size(); ++family) {
    for (const auto& [name, count] : chains_[family]) names[family].insert(name);
  }
  return names;
}

bool Usage::TakeChainsChanged() { return std::exchange(chains_changed_, false); }

}  // namespace nftsvc::nft

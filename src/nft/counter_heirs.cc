// SPDX-License-Identifier: Apache-2.0
#include "src/nft/counter_heirs.h"

namespace nftsvc::nft {

CounterHeirs::Identity CounterHeirs::IdentityOf(const Element& element) {
  Identity identity{element.id, element.value};
  if (DeclarationOf(element.id.set).data == SetData::kEndpoint) {
    identity.first.key = FrontendKey(FrontendIn(element.id));  // any slot
  }
  return identity;
}

void CounterHeirs::Leave(const ElementInventory& gone) {
  if (!DeclarationOf(gone.element.id.set).counter) return;
  if (counters_known_ && gone.counter == Counter()) return;
  left_[IdentityOf(gone.element)].emplace_back(gone.element.id, gone.counter);
}

AddElement CounterHeirs::Adding(const Element& element) {
  AddElement add{.element = element, .counter_of = std::nullopt, .counter = {}};
  if (left_.empty() || !DeclarationOf(element.id.set).counter) return add;
  const auto found = left_.find(IdentityOf(element));
  if (found == left_.end() || found->second.empty()) return add;
  const auto& [id, counter] = found->second.back();
  if (counters_known_) {
    add.counter = counter;
  } else {
    add.counter_of = id;
  }
  found->second.pop_back();
  return add;
}

}  // namespace nftsvc::nft

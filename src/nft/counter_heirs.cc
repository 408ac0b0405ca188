// SPDX-License-Identifier: Apache-2.0
#include "src/nft/counter_heirs.h"

#include <memory>
#include <utility>

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

AddElement CounterHeirs::Adding(Element element) {
  AddElement add{.element = std::move(element), .counter_of = nullptr, .counter = {}};
  if (left_.empty() || !DeclarationOf(add.element.id.set).counter) return add;
  const auto found = left_.find(IdentityOf(add.element));
  if (found == left_.end() || found->second.empty()) return add;
  const auto& [id, counter] = found->second.back();
  if (counters_known_) {
    add.counter = counter;
  } else {
    add.counter_of = std::make_shared<const ElementKey>(id);
  }
  found->second.pop_back();
  return add;
}

}  // namespace nftsvc::nft

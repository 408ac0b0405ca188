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
  Estate& estate = left_[IdentityOf(gone.element)];
  estate.elements.push_back(gone.element.id);
  estate.sum.packets += gone.counter.packets;
  estate.sum.bytes += gone.counter.bytes;
}

bool CounterHeirs::IsDue(const Element& element) const {
  return !left_.empty() && DeclarationOf(element.id.set).counter &&
         left_.contains(IdentityOf(element));
}

AddElement CounterHeirs::Adding(Element element) {
  AddElement add{.element = std::move(element), .counters_of = nullptr, .counter = {}};
  if (!IsDue(add.element)) return add;
  const auto left = left_.find(IdentityOf(add.element));
  if (counters_known_) {
    add.counter = left->second.sum;
  } else {
    add.counters_of =
        std::make_shared<const std::vector<ElementKey>>(std::move(left->second.elements));
  }
  left_.erase(left);
  return add;
}

}  // namespace nftsvc::nft

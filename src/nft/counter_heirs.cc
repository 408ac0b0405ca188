// SPDX-License-Identifier: Apache-2.0
#include "src/nft/counter_heirs.h"

#include <memory>
#include <optional>
#include <utility>

#include "src/nft/names.h"

namespace nftsvc::nft {

namespace {

bool CountsConnections(const Element& element) {
  return DeclarationOf(element.id.set).counter && element.chain != kCheckedNodePorts;
}

}  // namespace

CounterHeirs::Identity CounterHeirs::IdentityOf(const Element& element) {
  const std::optional<Bytes> endpoint = EndpointOf(element);
  if (!endpoint.has_value()) return {element.id, {}};
  const model::FrontendKey frontend = FrontendIn(element.id);
  const SetId set = frontend.node_port ? SetId::kNodePortEndpoints : SetId::kEndpoints;
  return {{element.id.family, set, FrontendKey(frontend)}, *endpoint};  // any slot
}

void CounterHeirs::Leave(const ElementInventory& gone) {
  if (!CountsConnections(gone.element)) return;
  if (counters_known_ && gone.counter == Counter()) return;
  Estate& estate = left_[IdentityOf(gone.element)];
  estate.elements.push_back(gone.element.id);
  estate.sum.packets += gone.counter.packets;
  estate.sum.bytes += gone.counter.bytes;
}

bool CounterHeirs::IsDue(const Element& element) const {
  return !left_.empty() && CountsConnections(element) && left_.contains(IdentityOf(element));
}

Inheritance CounterHeirs::Inherit(const Element& element) {
  Inheritance inheritance;
  if (!IsDue(element)) return inheritance;
  const auto left = left_.find(IdentityOf(element));
  if (counters_known_) {
    inheritance.counter = left->second.sum;
  } else {
    inheritance.counters_of =
        std::make_shared<const std::vector<ElementKey>>(std::move(left->second.elements));
  }
  left_.erase(left);
  return inheritance;
}

}  // namespace nftsvc::nft

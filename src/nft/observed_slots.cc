// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "src/nft/compile.h"
#include "src/nft/names.h"
#include "src/nft/pick.h"

namespace nftsvc::nft {

ObservedSlots::ObservedSlots(const Inventory& inventory) {
  for (const ElementInventory& observed : inventory.elements) {
    const Element& element = observed.element;
    const std::optional<Bytes> endpoint = EndpointOf(element);
    if (!endpoint.has_value()) continue;
    const uint32_t slot = SlotIn(element.id.key);
    if (slot >= 2 * kUpperHalf) continue;  // no rule of ours draws it
    const bool upper = slot >= kUpperHalf;
    forwarding::SlotAddresses& half = slots_[FrontendIn(element.id)][upper ? 1 : 0];
    const size_t index = slot % kUpperHalf;
    if (half.size() <= index) half.resize(index + 1);
    half[index] = {AddressIn(element.id.family, *endpoint),
                   PortAt(*endpoint, FieldSize(Field::kDaddr, element.id.family))};
  }
}

forwarding::SlotAddresses ObservedSlots::operator()(const model::FrontendKey& frontend,
                                                    forwarding::Pool pool) const {
  const auto found = slots_.find(frontend);
  if (found == slots_.end()) return {};
  const auto& [lower, upper] = found->second;
  // The upper half, where there is one, holds the cluster's pool; the lower half then holds the
  // node's. A frontend without an upper half has one pool, whichever.
  return pool == forwarding::Pool::kCluster && !upper.empty() ? upper : lower;
}

}  // namespace nftsvc::nft

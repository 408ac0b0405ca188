// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "absl/container/flat_hash_set.h"
#include "src/nft/compile.h"
#include "src/nft/names.h"
#include "src/nft/pick.h"

namespace nftsvc::nft {

namespace {

bool HasSlot(const ElementKey& id) { return HoldsSlots(id.set) && !IsCatchAll(id); }

// The expected elements of each set, to be taken in their order.
class Expected {
 public:
  explicit Expected(const std::vector<Element>& elements) {
    for (const Element& element : elements) {
      if (HasSlot(element.id)) ListOf(element.id).elements.push_back(&element);
    }
  }

  // The element with this key, if it is the next one or follows close behind it; else null.
  const Element* Take(const ElementKey& id) {
    constexpr size_t kLookAhead = 16;
    List& list = ListOf(id);
    const size_t end = std::min(list.elements.size(), list.next + kLookAhead);
    for (size_t i = list.next; i < end; ++i) {
      if (list.elements[i]->id != id) continue;
      list.next = i + 1;
      return list.elements[i];
    }
    return nullptr;
  }

 private:
  struct List {
    std::vector<const Element*> elements;
    size_t next = 0;
  };

  List& ListOf(const ElementKey& id) {
    return lists_[static_cast<size_t>(id.family)][static_cast<size_t>(id.set)];
  }

  std::array<std::array<List, kSetCount>, 2> lists_;
};

absl::flat_hash_set<model::FrontendKey> FrontendsThatDiffer(const Inventory& inventory,
                                                            const std::vector<Element>& elements) {
  Expected expected(elements);
  absl::flat_hash_set<model::FrontendKey> frontends;
  for (const ElementInventory& observed : inventory.elements) {
    const Element& have = observed.element;
    if (!HasSlot(have.id)) continue;
    const Element* const wanted = expected.Take(have.id);
    const bool same =
        wanted != nullptr && have.value == wanted->value && have.chain == wanted->chain;
    if (!same) frontends.insert(FrontendIn(have.id));
  }
  return frontends;
}

}  // namespace

ObservedSlots::ObservedSlots(const Inventory& inventory) {
  for (const ElementInventory& observed : inventory.elements) Put(observed.element);
}

ObservedSlots::ObservedSlots(const Inventory& inventory, const std::vector<Element>& expected) {
  const absl::flat_hash_set<model::FrontendKey> frontends =
      FrontendsThatDiffer(inventory, expected);
  if (frontends.empty()) return;
  for (const ElementInventory& observed : inventory.elements) {
    const Element& element = observed.element;
    if (HasSlot(element.id) && frontends.contains(FrontendIn(element.id))) Put(element);
  }
}

void ObservedSlots::Put(const Element& element) {
  const std::optional<Bytes> endpoint = EndpointOf(element);
  if (!endpoint.has_value()) return;
  const uint32_t slot = SlotIn(element.id.key);
  if (slot >= 2 * kUpperHalf) return;  // no rule of ours draws it
  const bool upper = slot >= kUpperHalf;
  forwarding::SlotAddresses& half = slots_[FrontendIn(element.id)][upper ? 1 : 0];
  const size_t index = slot % kUpperHalf;
  if (half.size() <= index) half.resize(index + 1);
  half[index] = {AddressIn(element.id.family, *endpoint),
                 PortAt(*endpoint, FieldSize(Field::kDaddr, element.id.family))};
}

std::vector<model::FrontendKey> ObservedSlots::frontends() const {
  std::vector<model::FrontendKey> frontends;
  frontends.reserve(slots_.size());
  for (const auto& [frontend, slots] : slots_) frontends.push_back(frontend);
  return frontends;
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

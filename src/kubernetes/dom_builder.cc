// SPDX-License-Identifier: Apache-2.0
#include "src/kubernetes/dom_builder.h"

#include <utility>

namespace nftsvc::kubernetes {

using nlohmann::json;

bool DomBuilder::Name(const std::string& name) {
  auto& members = open_.back()->get_ref<json::object_t&>();
  const auto [member, is_new] = members.try_emplace(name);
  member_ = &member->second;
  return is_new;
}

json& DomBuilder::Place() {
  ++size_;
  if (open_.empty()) return root_;
  if (open_.back()->is_object()) return *member_;
  return open_.back()->emplace_back();
}

void DomBuilder::Add(json scalar) { Place() = std::move(scalar); }

// Arrays grow only while nothing within them is open, so that the addresses stay good.
void DomBuilder::Open(json container) {
  json& place = Place();
  place = std::move(container);
  open_.push_back(&place);
}

json DomBuilder::Take() {
  size_ = 0;
  return std::exchange(root_, nullptr);
}

}  // namespace nftsvc::kubernetes

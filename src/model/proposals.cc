// SPDX-License-Identifier: Apache-2.0
#include "src/model/proposals.h"

#include <utility>

namespace nftsvc::model {

const ServiceName& Proposal::name() const {
  return (after != nullptr ? after : before)->name;
}

size_t Proposals::Add(Proposal proposal) {
  const ServiceName& name = proposal.name();
  const auto index = static_cast<uint32_t>(list_.size());
  list_.push_back(std::move(proposal));
  if (name.name.empty()) return kNone;
  const auto [found, is_new] = by_name_.try_emplace(&name, index);
  return is_new ? kNone : found->second;
}

size_t Proposals::Find(const ServiceName& name) const {
  const auto found = by_name_.find(&name);
  return found == by_name_.end() ? kNone : found->second;
}

}  // namespace nftsvc::model

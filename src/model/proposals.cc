// SPDX-License-Identifier: Apache-2.0
#include "src/model/proposals.h"

#include <utility>

namespace nftsvc::model {

const ServiceName& Proposal::name() const { return (after != nullptr ? after : before)->name; }

void Proposals::Add(Proposal proposal) {
  by_name_.emplace(&proposal.name(), static_cast<uint32_t>(list_.size()));
  list_.push_back(std::move(proposal));
}

size_t Proposals::Find(const ServiceName& name) const {
  const auto found = by_name_.find(&name);
  return found == by_name_.end() ? kNone : found->second;
}

}  // namespace nftsvc::model

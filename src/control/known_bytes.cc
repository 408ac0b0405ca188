// SPDX-License-Identifier: Apache-2.0
//
// Exports KnownBytes.
#include "src/control/known_bytes.h"

#include <utility>

namespace nftsvc::control {
bool KnownBytes::Made(const model::ServicePtr& service,
                      const wire::Fingerprint& fingerprint) const {
  const auto found = known_.find(service.get());
  return found != known_.end() && found->second.fingerprint == fingerprint;
}

void KnownBytes::Remember(const model::ServicePtr& service, const wire::Fingerprint& fingerprint) {
  if (service == nullptr) return;
  known_[service.get()] = {.fingerprint = fingerprint, .service = service};
}

void KnownBytes::Follow(size_t services) {
  constexpr size_t kFew = 1'000;
  if (known_.size() <= 2 * services + kFew) return;
  // Into another map: erasing gives no memory back.
  decltype(known_) left;
  for (auto& [identity, known] : known_) {
    if (!known.service.expired()) left.emplace(identity, std::move(known));
  }
  known_ = std::move(left);
}

}  // namespace nftsvc::control

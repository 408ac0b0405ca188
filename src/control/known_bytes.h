// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>

#include "absl/container/flat_hash_map.h"
#include "src/model/snapshot.h"
#include "src/wire/service_bytes.h"

namespace nftsvc::control {

// Which bytes services were decoded from, so that a push which names most of them again need not
// decode those again: that is nine tenths of its costs.
//
// Knows services by identity and does not keep them. The memory of one that is gone is not used for
// another until it is forgotten, so that identities do not come back.
class KnownBytes {
 public:
  // Whether it was decoded from bytes of this fingerprint the last time.
  bool Made(const model::ServicePtr& service, const wire::Fingerprint& fingerprint) const;

  // It was decoded from such bytes. Null is nothing to remember.
  void Remember(const model::ServicePtr& service, const wire::Fingerprint& fingerprint);

  // So many services there are in all. Forgets those that are gone when it knows far more.
  void Follow(size_t services);

  size_t size() const { return known_.size(); }

 private:
  struct Known {
    wire::Fingerprint fingerprint;
    std::weak_ptr<const model::Service> service;
  };

  absl::flat_hash_map<const model::Service*, Known> known_;
};

}  // namespace nftsvc::control

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "src/model/snapshot.h"

namespace nftsvc::reconcile {

// Where the accepted snapshot outlives the daemon.
class StateStore {
 public:
  virtual ~StateStore() = default;

  // Save is going to be asked for this, if the kernel takes it: a chance to begin meanwhile. From
  // then on `snapshot` stays as it is until Save or Abandon.
  virtual void Begin(uint64_t revision, const std::vector<model::ServiceChange>& changes,
                     const model::Snapshot& snapshot) = 0;

  // The kernel did not take it. Nothing if nothing was begun.
  virtual void Abandon() = 0;

  // Keeps `snapshot`, which is what `changes` made of the one given before, whether or not that one
  // could be saved; without changes it tries again what failed. When it returns OK, a
  // later start finds this snapshot or a later one whole, even after kill -9.
  virtual absl::Status Save(uint64_t revision, const std::vector<model::ServiceChange>& changes,
                            const model::Snapshot& snapshot) = 0;
};

}  // namespace nftsvc::reconcile

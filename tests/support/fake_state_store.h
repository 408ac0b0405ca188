// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "src/model/snapshot.h"
#include "src/reconcile/state_store.h"

namespace nftsvc::testing {

// A disk in memory.
class FakeStateStore : public reconcile::StateStore {
 public:
  void Begin(uint64_t begun_revision, const std::vector<model::ServiceChange>&,
             const model::Snapshot&) override {
    begun = begun_revision;
  }
  void Abandon() override { begun = 0; }
  absl::Status Save(uint64_t saved_revision, const std::vector<model::ServiceChange>&,
                    const model::Snapshot& snapshot) override {
    ++saves;
    begun = 0;
    if (!status.ok()) return status;
    revision = saved_revision;
    services.clear();
    for (const auto& [name, service] : snapshot.services()) {
      services.push_back({.name = name, .before = nullptr, .after = service});
    }
    return absl::OkStatus();
  }

  absl::Status status;  // what Save returns
  int saves = 0;
  uint64_t begun = 0;  // revision of a Begin that neither Save nor Abandon has followed

  // What a restart finds.
  uint64_t revision = 0;
  std::vector<model::ServiceChange> services;
};

}  // namespace nftsvc::testing

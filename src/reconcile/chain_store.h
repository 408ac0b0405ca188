// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "src/base/family.h"
#include "src/iptables/saved.h"

namespace nftsvc::reconcile {

// What the loop needs of a host's iptables. xtables::HostChains is one.
class ChainStore {
 public:
  virtual ~ChainStore() = default;

  // What the tables of one family hold, with counters.
  virtual absl::StatusOr<iptables::SavedTables> Read(base::Family family) = 0;

  // Applies the text to what is there, as iptables-restore --noflush does it: each table changes
  // whole or not at all. After a failure some may have changed.
  virtual absl::Status Restore(base::Family family, const std::string& text) = 0;

  // Whether Restore was called since Forget, by this process or one before it: chains with
  // kube-proxy's names may be ours.
  virtual bool MayHoldOurs() const = 0;

  // None of ours is left.
  virtual absl::Status Forget() = 0;

  // Which iptables it is: "iptables v1.8.9 (nf_tables)".
  virtual std::string Describe() const = 0;
};

}  // namespace nftsvc::reconcile

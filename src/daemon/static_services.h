// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "src/base/deadline.h"
#include "src/base/log.h"
#include "src/control/push_log.h"
#include "src/daemon/services_directory.h"
#include "src/reconcile/enforcer.h"

namespace nftsvc::daemon {

// Serves the services of files beside those that are pushed: see ValidateFiles. What the kernel
// would not take is tried again with the polls, ever more rarely.
class StaticServices {
 public:
  // The reconciler and the push log must outlive it.
  StaticServices(reconcile::Enforcer& reconciler, control::PushLog& pushes,
                 reconcile::Enforcer::Clock now, base::Log log)
      : reconciler_(reconciler), pushes_(pushes), now_(std::move(now)), log_(std::move(log)) {}

  // Reads the directory anew. Logs what is wrong with its files, and what changed.
  void Load(const std::string& directory);

  // To be called with every poll, at the latest at `next_try`.
  void Retry();

  // InfiniteFuture: nothing waits, or only for the reconciler.
  absl::Time next_try() const {
    return is_waiting_ && reconciler_.health().in_sync ? next_try_.time() : absl::InfiniteFuture();
  }

  // The first mistake, and how many more there are, or why the kernel does not have them; empty:
  // all is well.
  const std::string& problem() const { return problem_; }

 private:
  void Apply();

  reconcile::Enforcer& reconciler_;
  control::PushLog& pushes_;
  reconcile::Enforcer::Clock now_;
  base::Log log_;
  std::vector<ServicesFile> waiting_;  // for the kernel
  bool is_waiting_ = false;
  int failures_ = 0;  // in a row
  base::Deadline next_try_;
  std::string problem_;
};

}  // namespace nftsvc::daemon

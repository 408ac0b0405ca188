// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <future>

#include "absl/status/status.h"

namespace nftsvc::daemon {

// Waits for the disk in a thread of its own: it may need seconds, and the loop has clients. One
// wait at a time. Destroying it waits for the end.
class BackgroundSync {
 public:
  // Begins. Requires: the outcome of the one before has been taken.
  void Begin(std::function<absl::Status()> sync);

  // Whether one was begun and its outcome not taken.
  bool is_begun() const { return outcome_.valid(); }

  // Whether Take would wait.
  bool is_running() const;

  // The outcome, when it is there. OK if none was begun.
  absl::Status Take();

 private:
  std::future<absl::Status> outcome_;
};

}  // namespace nftsvc::daemon

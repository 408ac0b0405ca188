// SPDX-License-Identifier: Apache-2.0
#include "src/daemon/background_sync.h"

#include <chrono>
#include <utility>

namespace nftsvc::daemon {

// Where there can be no more threads, Take does it (std::async(3) defers it then).
void BackgroundSync::Begin(std::function<absl::Status()> sync) {
  outcome_ = std::async(std::launch::async | std::launch::deferred, std::move(sync));
}

bool BackgroundSync::is_running() const {
  return is_begun() && outcome_.wait_for(std::chrono::seconds(0)) == std::future_status::timeout;
}

absl::Status BackgroundSync::Take() { return is_begun() ? outcome_.get() : absl::OkStatus(); }

}  // namespace nftsvc::daemon

// SPDX-License-Identifier: Apache-2.0
#include "src/daemon/service_manager.h"

#include <systemd/sd-daemon.h>
#include <time.h>

#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"

namespace nftsvc::daemon {
namespace {

// A service manager that does not listen is no reason to stop forwarding.
void Notify(const std::string& state) { (void)sd_notify(/*unset_environment=*/0, state.c_str()); }

}  // namespace

void NotifyReady() { Notify("READY=1"); }

void NotifyReloading() {
  // Type=notify-reload (systemd 253) wants to know when the reload began.
  timespec now = {};
  clock_gettime(CLOCK_MONOTONIC, &now);
  const int64_t microseconds = int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1'000;
  Notify(absl::StrCat("RELOADING=1\nMONOTONIC_USEC=", microseconds));
}

void NotifyStopping() { Notify("STOPPING=1"); }

void NotifyStatus(absl::string_view status) { Notify(absl::StrCat("STATUS=", status)); }

}  // namespace nftsvc::daemon

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "absl/strings/string_view.h"

// What systemd is told of the daemon (sd_notify(3)). Without systemd nothing happens.
namespace nftsvc::daemon {

void NotifyReady();
void NotifyReloading();  // NotifyReady ends it
void NotifyStopping();

// One line for `systemctl status`.
void NotifyStatus(absl::string_view status);

}  // namespace nftsvc::daemon

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "src/base/log.h"

namespace nftsvc::daemon {

// Whether the kernel routes 127.0.0.0/8 like other networks (net.ipv4.conf.all.route_localnet),
// which node ports on 127.0.0.1 need: their endpoints are somewhere else.
class LoopbackRouting {
 public:
  explicit LoopbackRouting(base::Log log) : log_(std::move(log)) {}

  // From now on a file in this directory tells later processes what this one has allowed, and this
  // one what an earlier one has. After a reboot it tells nothing.
  void RememberIn(const std::string& directory);

  // Sees to it; to be called every now and then, as others set it too. Only while our rules keep
  // others out. A failure is logged once.
  void Allow();

  // Takes back what Allow has done, and nothing if somebody else had allowed it before.
  void Forbid();

 private:
  void Tell(const absl::Status& status);

  base::Log log_;
  std::string memory_;  // a file; empty: none
  bool is_ours_ = false;
  std::string told_;
};

}  // namespace nftsvc::daemon

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "absl/time/time.h"
#include "src/forwarding/host_facts.h"
#include "src/forwarding/stale_flows.h"
#include "src/nft/compile.h"

namespace nftsvc::reconcile {

// Whose rules forward.
enum class Mode : uint8_t {
  kNftables,
  kIptables,  // kube-proxy's chains
};

// What the daemon's configuration says about the ruleset.
struct Settings {
  forwarding::HostFacts host;
  nft::CompileOptions options;
  Mode mode = Mode::kNftables;
  forwarding::FlowScope flow_scope = forwarding::FlowScope::kUdp;  // which stale flows to forget
  absl::Duration drift_poll_interval = absl::Seconds(1);

  friend bool operator==(const Settings&, const Settings&) = default;
};

}  // namespace nftsvc::reconcile

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "src/base/ip_address.h"
#include "src/base/ip_prefix.h"
#include "src/control/access.h"
#include "src/control/listener.h"
#include "src/control/session.h"
#include "src/reconcile/reconciler.h"

// The configuration file (proto/nftsvc/v1/config.proto) as values, defaults filled in and bounds
// checked.
namespace nftsvc::config {

// Which of the host's addresses accept node ports.
struct NodePortAddresses {
  bool primary = true;
  std::vector<base::IpPrefix> cidrs;

  // Every address of the host, also later ones.
  bool AreAll() const;

  friend bool operator==(const NodePortAddresses&, const NodePortAddresses&) = default;
};

// Where metrics and the status page are.
struct HttpOptions {
  std::vector<std::pair<base::IpAddress, uint16_t>> listen;  // empty: nowhere
  size_t max_series = 10'000;

  friend bool operator==(const HttpOptions&, const HttpOptions&) = default;
};

struct Config {
  // Without what the host's addresses decide: see HostFactsOf.
  reconcile::Settings settings;

  std::vector<base::IpAddress> addresses;  // of this host; empty: to be read from the interfaces
  NodePortAddresses node_port_addresses;

  control::ListenOptions socket;
  control::Limits limits;
  control::Access access;
  size_t history_keep = 10;  // snapshots before the present one
  std::string state_directory;
  std::string services_directory;
  HttpOptions http;
};

// The file that remembers that iptables chains may be ours.
std::string ChainMarkerOf(const Config& config);

// A config, or all mistakes of its text, one line each:
//   nftsvcd.textproto:3:8: Message type "nftsvc.v1.Config" has no field named "nod".
//   nftsvcd.textproto:7:3: local_pods.cidrs[1]: "x" is not a CIDR
// A text with a mistake of syntax, such as the first, shows no others. `file` is for these lines.
struct ConfigReading {
  Config config;  // only if there are no mistakes
  std::vector<std::string> mistakes;

  // Not all of them are of the text: the host does not know a name of a user or group, and may at
  // another time, when a service that knows it has started.
  bool may_pass = false;
};

ConfigReading ParseConfig(absl::string_view text, absl::string_view file);

// Likewise; a failure is a file that cannot be read.
absl::StatusOr<ConfigReading> ReadConfig(const std::string& file);

}  // namespace nftsvc::config

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "src/model/issue.h"

// A service as a client wrote it: addresses are still text, numbers still as wide as the protocol
// carries them, enums still numbers of proto/nftsvc/v1/snapshot.proto (below 0 or above the
// highest: a number that this version does not know). Nothing is checked; Validator turns a draft
// into a Service or into issues.
namespace nftsvc::model {

struct EndpointDraft {
  std::string address;
  uint32_t port = 0;
  uint32_t weight = 1;
  std::string name;
  std::string node;
  std::string zone;
  bool ready = true;
  bool serving = true;
  bool terminating = false;
  std::vector<std::string> zone_hints;
  std::vector<std::string> node_hints;
};

struct PortDraft {
  std::string name;
  int protocol = 0;
  uint32_t port = 0;
  uint32_t node_port = 0;
  std::vector<EndpointDraft> endpoints;
  int balancing = 0;
};

struct ServiceDraft {
  std::string name_space;
  std::string name;
  std::vector<std::pair<std::string, std::string>> labels;  // no key twice
  std::vector<std::string> cluster_ips;
  std::vector<std::string> external_ips;
  std::vector<std::string> load_balancer_ips;
  std::vector<std::string> load_balancer_source_ranges;
  int internal_traffic_policy = 0;
  int external_traffic_policy = 0;
  bool has_session_affinity = false;
  uint32_t client_ip_timeout_seconds = 0;
  uint32_t health_check_node_port = 0;
  std::vector<PortDraft> ports;

  // What the decoder could not put into the fields above. The paths are within the service:
  // "ports[0]"; empty means the service itself. Validator adds them to its own.
  Issues issues;
};

}  // namespace nftsvc::model

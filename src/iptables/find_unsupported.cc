// SPDX-License-Identifier: Apache-2.0
//
// Exports FindUnsupported.
#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "src/iptables/compile.h"

namespace nftsvc::iptables {
namespace {

// The name in proto/nftsvc/v1/snapshot.proto of a way that iptables has no words for.
std::optional<absl::string_view> UnsupportedWay(model::Balancing balancing) {
  switch (balancing) {
    case model::Balancing::kRandom:
    case model::Balancing::kRoundRobin:
      return std::nullopt;
    case model::Balancing::kSourceHash:
      return "SOURCE_HASH";
    case model::Balancing::kFlowHash:
      return "FLOW_HASH";
    case model::Balancing::kMaglev:
      return "MAGLEV";
  }
  return std::nullopt;
}

void FindIn(const forwarding::ServiceRoutes& service, model::Issues& issues) {
  const forwarding::PortRoutes* last = nullptr;
  for (const forwarding::PortRoutes& port : service.ports) {
    const std::optional<absl::string_view> way = UnsupportedWay(port.balancing);
    // The two families of a port come one after the other.
    const bool is_told =
        last != nullptr && last->label == port.label && last->protocol == port.protocol;
    if (way.has_value() && !is_told) {
      issues.push_back({.path = absl::StrCat(port.label, ": balancing"),
                        .message = absl::StrCat(*way,
                                                " has no words in iptables, which can only draw at "
                                                "random (RANDOM) or take turns (ROUND_ROBIN)"),
                        .service = service.name.ToString()});
    }
    last = &port;
  }
}

}  // namespace

model::Issues FindUnsupported(const forwarding::ForwardingTable& table) {
  model::Issues issues;
  const forwarding::PodDetector& pods = table.host.pods;
  for (const auto& [path, name] :
       {std::pair("local_pods.bridge_interface", &pods.interface),
        std::pair("local_pods.interface_name_prefix", &pods.interface_prefix)}) {
    if (absl::EndsWith(*name, "+")) {
      issues.push_back({.path = path,
                        .message = absl::StrCat("\"", *name,
                                                "\" ends in +, which iptables takes for any "
                                                "ending"),
                        .service = ""});
    }
  }
  for (const auto& [name, service] : table.services) FindIn(*service, issues);
  return issues;
}

}  // namespace nftsvc::iptables

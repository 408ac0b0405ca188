// SPDX-License-Identifier: Apache-2.0
#include "src/forwarding/routes.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace nftsvc::forwarding {
namespace {

// How many slots each target has: for a table of thousands.
std::string PrintShares(const PortRoutes& port, Pool pool) {
  std::vector<size_t> counts(port.targets.size());
  for (const uint16_t slot : port.slots(pool)) ++counts[slot];
  std::string out;
  for (size_t i = 0; i < counts.size(); ++i) {
    const Target& target = port.targets[i];
    if (counts[i] == 0) continue;
    absl::StrAppend(&out, " ", base::HostPort(target.address, target.port), " (", counts[i], ")");
  }
  return out;
}

absl::string_view HowBalanced(model::Balancing balancing) {
  switch (balancing) {
    case model::Balancing::kRandom:
      return "";
    case model::Balancing::kRoundRobin:
      return " in turn";
    case model::Balancing::kSourceHash:
      return " by source";
    case model::Balancing::kFlowHash:
      return " by flow";
    case model::Balancing::kMaglev:
      return " by Maglev";
  }
  return "";
}

std::string PrintPool(const PortRoutes& port, Pool pool) {
  std::string out(HowBalanced(port.balancing));
  if (port.balancing == model::Balancing::kMaglev) return out + PrintShares(port, pool);
  for (const uint16_t slot : port.slots(pool)) {
    const Target& target = port.targets[slot];
    absl::StrAppend(&out, " ", base::HostPort(target.address, target.port));
  }
  return out;
}

std::string PrintAction(const PortRoutes& port, const Route& route) {
  std::string out;
  switch (route.action) {
    case Action::kBalance:
      out = absl::StrCat("balance", PrintPool(port, route.pool));
      break;
    case Action::kReject:
      out = "reject";
      break;
    case Action::kDrop:
      out = "drop";
      break;
  }
  if (port.client_ip_affinity.has_value() && route.action == Action::kBalance) {
    absl::StrAppend(&out, ", keep clients for ", port.client_ip_affinity->count(), " s");
  }
  if (route.masquerade == Masquerade::kOutsidePods)
    absl::StrAppend(&out, ", masquerade outside pods");
  if (route.masquerade == Masquerade::kAlways) absl::StrAppend(&out, ", masquerade");
  return out;
}

}  // namespace

std::string Print(const ServiceRoutes& routes) {
  std::string out;
  for (const PortRoutes& port : routes.ports) {
    for (const Route& route : port.routes) {
      absl::StrAppend(&out, port.label, " at ", route.frontend.ToString(), ": ",
                      PrintAction(port, route), "\n");
      if (route.short_cut) {
        absl::StrAppend(&out, "  from pods and this host: balance", PrintPool(port, Pool::kCluster),
                        ", masquerade outside pods\n");
      }
      if (!route.allowed_sources.empty()) {
        const auto print = [](std::string* text, const base::IpPrefix& range) {
          absl::StrAppend(text, range.ToString());
        };
        absl::StrAppend(&out, "  only from ", absl::StrJoin(route.allowed_sources, " ", print),
                        "\n");
      }
    }
  }
  return out;
}

std::string Print(const ForwardingTable& table) {
  std::string out;
  for (const auto& [name, routes] : table.services) absl::StrAppend(&out, Print(*routes));
  return out;
}

}  // namespace nftsvc::forwarding

// SPDX-License-Identifier: Apache-2.0
#include "src/forwarding/routes.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace nftsvc::forwarding {
namespace {

std::string PrintPool(const PortRoutes& port, Pool pool) {
  std::string out;
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

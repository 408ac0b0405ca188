// SPDX-License-Identifier: Apache-2.0
#include "src/control/list_services.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "src/base/ip_address.h"
#include "src/base/suggest.h"
#include "src/model/source.h"
#include "src/wire/snapshot_codec.h"

namespace nftsvc::control {
namespace {

// Comparing a word with so many takes some milliseconds, for which others wait.
constexpr size_t kMostGuesses = 10'000;

// "10.0.0.1:80", "*:30080".
std::string Print(const model::FrontendKey& frontend) {
  return frontend.node_port ? absl::StrCat("*:", frontend.port)
                            : base::HostPort(frontend.address, frontend.port);
}

std::vector<model::FrontendKey> FrontendsOfPort(const model::Service& service,
                                                const model::Port& port) {
  std::vector<model::FrontendKey> frontends = model::FrontendsOf(service);
  std::erase_if(frontends, [&](const model::FrontendKey& frontend) {
    return frontend.protocol != port.protocol ||
           frontend.port != (frontend.node_port ? port.node_port : port.port);
  });
  return frontends;
}

template <typename Map>
uint64_t Counted(const Map& counts, const typename Map::key_type& key) {
  const auto found = counts.find(key);
  return found == counts.end() ? 0 : found->second;
}

// Those that new connections are balanced over, in both families.
size_t UsableEndpoints(const forwarding::ServiceRoutes& routes,
                       const std::vector<model::FrontendKey>& frontends) {
  size_t usable = 0;
  for (const forwarding::PortRoutes& port : routes.ports) {
    const bool is_here =
        std::any_of(port.routes.begin(), port.routes.end(), [&](const forwarding::Route& route) {
          return std::find(frontends.begin(), frontends.end(), route.frontend) != frontends.end();
        });
    if (is_here) usable += port.targets.size();
  }
  return usable;
}

void EncodeEndpoint(const model::Endpoint& endpoint,
                    const std::vector<model::FrontendKey>& frontends,
                    const reconcile::Connections& connections, v1::EndpointSummary& summary) {
  summary.set_address(base::HostPort(endpoint.address, endpoint.port));
  summary.set_name(std::string(endpoint.name));
  uint64_t count = 0;
  for (const model::FrontendKey& frontend : frontends) {
    count += Counted(connections.endpoints,
                     {frontend, {.address = endpoint.address, .port = endpoint.port}});
  }
  summary.set_connections(count);
}

void EncodePort(const model::Service& service, const model::Port& port,
                const forwarding::ServiceRoutes& routes, const reconcile::Connections& connections,
                v1::PortSummary& summary) {
  const std::vector<model::FrontendKey> frontends = FrontendsOfPort(service, port);
  summary.set_name(port.name);
  summary.set_protocol(wire::EncodeProtocol(port.protocol));
  uint64_t count = 0;
  for (const model::FrontendKey& frontend : frontends) {
    std::string printed = Print(frontend);
    // A node port of a service with both families is two frontends that print alike.
    const auto& known = summary.frontends();
    if (std::find(known.begin(), known.end(), printed) == known.end()) {
      summary.add_frontends(std::move(printed));
    }
    count += Counted(connections.frontends, frontend);
  }
  summary.set_connections(count);
  summary.set_endpoints(static_cast<uint32_t>(port.endpoints.size()));
  summary.set_usable_endpoints(static_cast<uint32_t>(UsableEndpoints(routes, frontends)));
  if (service.client_ip_affinity.has_value()) {
    summary.set_affinity_seconds(static_cast<uint32_t>(service.client_ip_affinity->count()));
  }
  for (const model::Endpoint& endpoint : port.endpoints) {
    EncodeEndpoint(endpoint, frontends, connections, *summary.add_endpoint_connections());
  }
}

}  // namespace

model::ServicePtr FindService(const model::Snapshot& snapshot, absl::string_view name) {
  // Neither part can hold a slash.
  const size_t slash = name.find('/');
  if (slash == absl::string_view::npos) return snapshot.Find({"", std::string(name)});
  return snapshot.Find({std::string(name.substr(0, slash)), std::string(name.substr(slash + 1))});
}

std::string DescribeMissing(const model::Snapshot& snapshot, absl::string_view name) {
  std::optional<std::string> meant;
  std::vector<std::string> names;
  for (const auto& [known, service] : snapshot.services()) {
    // Without its namespace, which is easily forgotten.
    if (known.name == name) meant = known.ToString();
    if (names.size() < kMostGuesses) names.push_back(known.ToString());
  }
  if (!meant.has_value()) meant = base::Suggest(name, names);
  return absl::StrCat("no service ", name,
                      meant ? absl::StrCat("; did you mean ", *meant, "?") : "");
}

v1::ServiceSummary Summarize(const model::Service& service, const forwarding::ServiceRoutes& routes,
                             const reconcile::Connections& connections) {
  v1::ServiceSummary summary;
  summary.set_service(service.name.ToString());
  summary.set_source(std::string(model::SourceOf(service)));
  for (const model::Port& port : service.ports) {
    EncodePort(service, port, routes, connections, *summary.add_ports());
  }
  return summary;
}

}  // namespace nftsvc::control

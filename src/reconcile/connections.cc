// SPDX-License-Identifier: Apache-2.0
#include "src/base/status_macros.h"
#include "src/nft/endpoint_chains.h"
#include "src/nft/pick.h"
#include "src/reconcile/reconciler.h"

namespace nftsvc::reconcile {
namespace {

using forwarding::Action;
using forwarding::Pool;
using forwarding::PortRoutes;
using forwarding::Route;

// Which elements count for what, gathered for one read of the kernel.
struct Question {
  std::vector<nft::ElementKey> elements;

  // For elements[i]: which service's number it adds to, and under which name.
  struct Meaning {
    size_t service;
    model::FrontendKey frontend;
    std::optional<forwarding::SlotAddress> endpoint;  // none: counts for the frontend
  };
  std::vector<Meaning> meanings;
};

// The map that the port's slots are in.
nft::SetId SlotsOf(const PortRoutes& port, const Route& route, const nft::CompileOptions& options) {
  const bool chains = nft::HasEndpointChains(port, options);
  if (route.frontend.node_port) {
    return chains ? nft::SetId::kNodePortEndpointChains : nft::SetId::kNodePortEndpoints;
  }
  return chains ? nft::SetId::kEndpointChains : nft::SetId::kEndpoints;
}

void AskSlots(const PortRoutes& port, const Route& route, Pool pool, uint32_t first, nft::SetId set,
              size_t service, Question& question) {
  uint32_t slot = first;
  for (const uint16_t index : port.slots(pool)) {
    const forwarding::Target& target = port.targets[index];
    question.elements.push_back(
        {.family = port.family, .set = set, .key = nft::SlotKey(route.frontend, slot++)});
    question.meanings.push_back(
        {service, route.frontend, forwarding::SlotAddress{target.address, target.port}});
  }
}

void AskRoute(const PortRoutes& port, const Route& route, const nft::CompileOptions& options,
              size_t service, Question& question) {
  if (route.action != Action::kBalance && !route.short_cut) return;
  question.elements.push_back(
      {.family = port.family,
       .set = route.frontend.node_port ? nft::SetId::kNodePorts : nft::SetId::kServices,
       .key = nft::FrontendKey(route.frontend)});
  question.meanings.push_back({service, route.frontend, std::nullopt});
  const nft::SetId set = SlotsOf(port, route, options);
  if (route.action == Action::kBalance) {
    AskSlots(port, route, route.pool, 0, set, service, question);
  }
  if (route.short_cut) {
    AskSlots(port, route, Pool::kCluster, nft::kUpperHalf, set, service, question);
  }
}

}  // namespace

absl::StatusOr<std::vector<Connections>> Reconciler::ReadConnections(
    const std::vector<model::ServiceName>& services) {
  Question question;
  for (size_t i = 0; i < services.size(); ++i) {
    const auto routes = table_.services.find(services[i]);
    if (routes == table_.services.end()) continue;
    for (const PortRoutes& port : routes->second->ports) {
      for (const Route& route : port.routes) AskRoute(port, route, settings_.options, i, question);
    }
  }
  ASSIGN_OR_RETURN(const std::vector<nft::Counter> counters,
                   kernel_.ReadCounters(question.elements));
  std::vector<Connections> connections(services.size());
  for (size_t i = 0; i < counters.size(); ++i) {
    const Question::Meaning& meaning = question.meanings[i];
    Connections& of_service = connections[meaning.service];
    uint64_t& count = meaning.endpoint.has_value()
                          ? of_service.endpoints[{meaning.frontend, *meaning.endpoint}]
                          : of_service.frontends[meaning.frontend];
    count += counters[i].packets;
  }
  return connections;
}

}  // namespace nftsvc::reconcile

// SPDX-License-Identifier: Apache-2.0
#include "src/daemon/web_facts.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "src/base/status_macros.h"
#include "src/control/list_services.h"
#include "src/model/source.h"

namespace nftsvc::daemon {
namespace {

// An endpoint has an element for each slot and frontend. Reading one takes some microseconds, in
// which the loop does nothing else.
constexpr size_t kElementsPerSeries = 4;

size_t ElementsOf(const forwarding::ServiceRoutes& routes) {
  size_t count = 0;
  for (const forwarding::PortRoutes& port : routes.ports) {
    for (const forwarding::Route& route : port.routes) {
      count += 1;
      if (route.action == forwarding::Action::kBalance) count += port.slots(route.pool).size();
      if (route.short_cut) count += port.slots(forwarding::Pool::kCluster).size();
    }
  }
  return count;
}

size_t SeriesOf(const model::Service& service) {
  size_t count = 0;
  for (const model::Port& port : service.ports) count += web::SeriesOfPort(port.endpoints.size());
  return count;
}

web::ServiceFacts FactsOf(const model::Service& service, v1::ServiceSummary summary) {
  web::ServiceFacts facts{.name_space = service.name.name_space,
                          .name = service.name.name,
                          .source = std::string(model::SourceOf(service)),
                          .ports = {}};
  for (int i = 0; i < summary.ports_size(); ++i) {
    const v1::PortSummary& port = summary.ports(i);
    web::PortFacts& of_port = facts.ports.emplace_back();
    of_port.number = service.ports[static_cast<size_t>(i)].port;
    of_port.name = port.name();
    of_port.protocol = absl::AsciiStrToLower(v1::Protocol_Name(port.protocol()));
    of_port.frontends.assign(port.frontends().begin(), port.frontends().end());
    of_port.usable_endpoints = port.usable_endpoints();
    of_port.connections = port.connections();
    for (const v1::EndpointSummary& endpoint : port.endpoint_connections()) {
      of_port.endpoints.push_back({.address = endpoint.address(),
                                   .name = endpoint.name(),
                                   .connections = endpoint.connections()});
    }
  }
  return facts;
}

std::string Describe(const control::PushRecord& record) {
  switch (record.result) {
    case control::PushRecord::kRefused:
      return absl::StrCat("refused: ", record.why);
    case control::PushRecord::kFailed:
      return absl::StrCat("failed: ", record.why);
    default:
      return absl::StrFormat("revision %d: +%d ~%d -%d services in %.1f ms", record.revision,
                             record.added, record.changed, record.removed,
                             absl::ToDoubleMilliseconds(record.took));
  }
}

}  // namespace

void TellHealth(const reconcile::Enforcer& reconciler, web::Facts& facts) {
  const reconcile::Health& health = reconciler.health();
  const model::Snapshot& snapshot = reconciler.snapshot();
  facts.node = reconciler.settings().host.node_name;
  const reconcile::Settings& settings = reconciler.settings();
  facts.layout = settings.mode == reconcile::Mode::kIptables     ? "IPTABLES"
                 : settings.options.layout == nft::Layout::kFlat ? "FLAT"
                                                                 : "VERDICT_MAPS";
  facts.in_sync = health.in_sync;
  facts.problems["kernel"] = health.problem;
  facts.problems["state"] = health.persist_problem;
  facts.revision = reconciler.revision();
  facts.generation = health.generation;
  facts.services = snapshot.services().size();
  facts.ports = snapshot.port_count();
  facts.endpoints = snapshot.endpoint_count();
  facts.elements = health.elements;
  facts.commit_seconds = health.commit_seconds;
  facts.last_commit = health.last_commit;
  facts.failures = health.failures;
  facts.drift_repairs = health.drift_repairs;
  facts.last_drift = health.last_drift;
}

void TellPushes(const control::PushLog& pushes, web::Facts& facts) {
  using Record = control::PushRecord;
  facts.push_seconds = pushes.durations();
  facts.last_queued = pushes.last_queued();
  facts.pushes = {{"accepted", pushes.count(Record::kAccepted)},
                  {"unchanged", pushes.count(Record::kUnchanged)},
                  {"refused", pushes.count(Record::kRefused)},
                  {"failed", pushes.count(Record::kFailed)}};
  facts.service_changes = {
      {"added", pushes.added()}, {"changed", pushes.changed()}, {"removed", pushes.removed()}};
  facts.changes.clear();
  for (const Record& record : pushes.latest()) {
    facts.changes.push_back({.time = record.time,
                             .who = record.who,
                             .what = Describe(record),
                             .is_good = record.result == Record::kAccepted});
  }
}

absl::Status TellServices(reconcile::Enforcer& reconciler, size_t max_series, web::Facts& facts) {
  const size_t all = web::SeriesOfPort(0) * reconciler.snapshot().port_count() +
                     reconciler.snapshot().endpoint_count();
  facts.by_service.clear();
  facts.series_left_off = all;
  size_t series_left = max_series;
  size_t elements_left = kElementsPerSeries * max_series;
  std::vector<model::ServicePtr> services;
  std::vector<model::ServiceName> names;
  for (const auto& [name, service] : reconciler.snapshot().services()) {
    if (series_left < web::SeriesOfPort(0)) break;
    const size_t series = SeriesOf(*service);
    const size_t elements = ElementsOf(*reconciler.table().services.at(name));
    if (series > series_left || elements > elements_left) continue;
    series_left -= series;
    elements_left -= elements;
    services.push_back(service);
    names.push_back(name);
  }
  ASSIGN_OR_RETURN(const std::vector<reconcile::Connections> connections,
                   reconciler.ReadConnections(names));
  for (size_t i = 0; i < services.size(); ++i) {
    const forwarding::ServiceRoutes& routes = *reconciler.table().services.at(names[i]);
    facts.by_service.push_back(
        FactsOf(*services[i], control::Summarize(*services[i], routes, connections[i])));
  }
  facts.series_left_off = all - (max_series - series_left);
  return absl::OkStatus();
}

}  // namespace nftsvc::daemon

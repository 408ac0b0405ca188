// SPDX-License-Identifier: Apache-2.0
#include "src/web/metrics.h"

#include "absl/strings/str_cat.h"
#include "src/web/metrics_writer.h"

namespace nftsvc::web {
namespace {

template <typename Key>
void WriteCounts(MetricsWriter& writer, absl::string_view label,
                 const std::map<Key, uint64_t>& counts) {
  for (const auto& [key, count] : counts) writer.Add({{label, absl::StrCat(key)}}, count);
}

void WriteKubeProxys(const Facts& facts, MetricsWriter& writer) {
  writer.Histogram("kubeproxy_sync_proxy_rules_duration_seconds",
                   "From the arrival of an accepted push until the kernel had it and it was saved.",
                   facts.push_seconds);
  writer.Timestamp("kubeproxy_sync_proxy_rules_last_timestamp_seconds",
                   "When the kernel was last known to hold the accepted snapshot.",
                   facts.last_in_sync);
  writer.Timestamp("kubeproxy_sync_proxy_rules_last_queued_timestamp_seconds",
                   "When the last valid push came that changed something; 0 if none has.",
                   facts.last_queued);
  writer.Counter("kubeproxy_sync_proxy_rules_nftables_sync_failures_total",
                 "Times that the kernel could not be read or written.", facts.failures);
  writer.Begin("kubeproxy_proxy_healthz_total", "counter", "Answers of /healthz, by status.");
  WriteCounts(writer, "code", facts.healthz_answers);
  writer.Begin("kubeproxy_proxy_livez_total", "counter", "Answers of /livez, by status.");
  WriteCounts(writer, "code", facts.livez_answers);
}

void WriteLoop(const Facts& facts, MetricsWriter& writer) {
  writer.Begin("nftsvc_build_info", "gauge", "1, labelled with what runs here.");
  writer.Add({{"version", facts.version}, {"layout", facts.layout}}, 1);
  writer.Gauge("nftsvc_in_sync", "Whether the kernel is known to hold the accepted snapshot.",
               facts.in_sync ? 1 : 0);
  writer.Begin("nftsvc_problem", "gauge", "Whether something is wrong, by what it is wrong with.");
  for (const auto& [of, why] : facts.problems) writer.Add({{"of", of}}, why.empty() ? 0 : 1);
  writer.Gauge("nftsvc_revision", "Accepted snapshots since the state directory was new.",
               facts.revision);
  writer.Gauge("nftsvc_generation", "Of the kernel's ruleset, as last seen.", facts.generation);
  writer.Gauge("nftsvc_services", "Services that are served.", facts.services);
  writer.Gauge("nftsvc_ports", "Their ports.", facts.ports);
  writer.Gauge("nftsvc_endpoints", "Their endpoints, usable or not.", facts.endpoints);
  writer.Gauge("nftsvc_elements", "Elements of all sets and maps of both tables.", facts.elements);
  writer.Histogram("nftsvc_commit_duration_seconds", "What commits of the kernel took.",
                   facts.commit_seconds);
  writer.Timestamp("nftsvc_last_commit_timestamp_seconds",
                   "When the kernel was last written to; 0 if it has not been since the start.",
                   facts.last_commit);
  writer.Counter("nftsvc_drift_repairs_total",
                 "Times that somebody else had changed our tables and they were repaired.",
                 facts.drift_repairs);
  writer.Begin("nftsvc_pushes_total", "counter",
               "Pushes, deltas and changes of the files of services, by what became of them.");
  WriteCounts(writer, "result", facts.pushes);
  writer.Begin("nftsvc_service_changes_total", "counter", "Services that accepted pushes changed.");
  WriteCounts(writer, "change", facts.service_changes);
}

void WriteProcess(const Facts& facts, MetricsWriter& writer) {
  writer.Gauge("nftsvc_control_clients", "Clients of the control socket.", facts.clients);
  writer.Gauge("nftsvc_control_queue_bytes",
               "Requests of them that wait to be whole, and answers that wait to be read.",
               facts.buffered_bytes);
  writer.Gauge("process_resident_memory_bytes", "Memory in use.", facts.resident_bytes);
  writer.Timestamp("process_start_time_seconds", "When the daemon started.", facts.started);
}

// Calls back with each port and the labels that all its series have.
template <typename Visit>
void ForEachPort(const Facts& facts, const Visit& visit) {
  for (const ServiceFacts& service : facts.by_service) {
    for (const PortFacts& port : service.ports) {
      const std::string number = absl::StrCat(port.number);
      visit(port, MetricsWriter::Labels{{"namespace", service.name_space},
                                        {"service", service.name},
                                        {"port", number},
                                        {"port_name", port.name},
                                        {"protocol", port.protocol}});
    }
  }
}

// What SeriesOfPort counts.
void WriteServices(const Facts& facts, MetricsWriter& writer) {
  writer.Begin("nftsvc_service_connections_total", "counter",
               "Connections opened through the frontends of a port, as the kernel counts them.");
  ForEachPort(facts, [&](const PortFacts& port, const MetricsWriter::Labels& labels) {
    writer.Add(labels, port.connections);
  });
  writer.Begin("nftsvc_service_endpoints", "gauge", "Endpoints that the snapshot lists.");
  ForEachPort(facts, [&](const PortFacts& port, const MetricsWriter::Labels& labels) {
    writer.Add(labels, port.endpoints.size());
  });
  writer.Begin("nftsvc_service_usable_endpoints", "gauge", "Those that take new connections.");
  ForEachPort(facts, [&](const PortFacts& port, const MetricsWriter::Labels& labels) {
    writer.Add(labels, port.usable_endpoints);
  });
  writer.Begin("nftsvc_endpoint_connections_total", "counter",
               "Connections that were given to an endpoint; of a port with session affinity, of "
               "clients that were new.");
  ForEachPort(facts, [&](const PortFacts& port, MetricsWriter::Labels labels) {
    for (const EndpointFacts& endpoint : port.endpoints) {
      MetricsWriter::Labels with_endpoint = labels;
      with_endpoint.emplace_back("endpoint", endpoint.address);
      with_endpoint.emplace_back("endpoint_name", endpoint.name);
      writer.Add(with_endpoint, endpoint.connections);
    }
  });
  writer.Gauge("nftsvc_series_left_off",
               "Time series of services and endpoints beyond http.max_series, which are not here.",
               facts.series_left_off);
  writer.Seconds("nftsvc_gather_duration_seconds", "What reading the counters took for this page.",
                 facts.gathered_in);
}

}  // namespace

std::string PrintMetrics(const Facts& facts) {
  MetricsWriter writer;
  WriteKubeProxys(facts, writer);
  WriteLoop(facts, writer);
  WriteProcess(facts, writer);
  WriteServices(facts, writer);
  return std::move(writer).Take();
}

}  // namespace nftsvc::web

// SPDX-License-Identifier: Apache-2.0
#include "src/cli/top_meter.h"

#include <algorithm>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "src/cli/port_name.h"
#include "src/cli/table.h"

namespace nftsvc::cli {
namespace {

template <typename Row>
bool IsBusier(const Row& a, const Row& b) {
  return std::make_tuple(a.connections_per_second(), a.connections()) >
         std::make_tuple(b.connections_per_second(), b.connections());
}

std::string Rate(double per_second) {
  return absl::StrFormat(per_second < 10 ? "%.1f" : "%.0f", per_second);
}

Colour RateColour(double per_second) { return per_second > 0 ? Colour::kGreen : Colour::kDim; }

}  // namespace

void TopCounter::Read(uint64_t now, double at) {
  // A counter that went back began anew.
  const uint64_t added = now < count ? now : now - count;
  if (seconds >= 0 && at > seconds) rate = static_cast<double>(added) / (at - seconds);
  count = now;
  seconds = at;
}

void TopMeter::ReadPort(const v1::PortSummary& summary, double seconds, TopPort& port) {
  port.counter.Read(summary.connections(), seconds);
  port.session_affinity = summary.affinity_seconds() > 0;
  port.endpoints.clear();
  absl::btree_map<std::string, TopCounter> counters;
  for (const v1::EndpointSummary& endpoint : summary.endpoint_connections()) {
    port.endpoints.emplace_back(endpoint.address(), endpoint.name());
    TopCounter counter = port.endpoint_counters[endpoint.address()];
    counter.Read(endpoint.connections(), seconds);
    counters[endpoint.address()] = counter;
  }
  port.endpoint_counters = std::move(counters);
}

void TopMeter::ReadSome(const v1::ListResult& reading, double seconds) {
  for (const v1::ServiceSummary& service : reading.services()) {
    for (const v1::PortSummary& port : service.ports()) {
      ReadPort(port, seconds, ports_[{service.service(), PortName(port)}]);
    }
  }
}

void TopMeter::ReadAll(const v1::ListResult& reading, double seconds) {
  absl::btree_map<Key, TopPort> ports;
  for (const v1::ServiceSummary& service : reading.services()) {
    for (const v1::PortSummary& summary : service.ports()) {
      const Key key = {service.service(), PortName(summary)};
      TopPort& port = ports[key];
      if (const auto known = ports_.find(key); known != ports_.end()) port = known->second;
      ReadPort(summary, seconds, port);
    }
  }
  ports_ = std::move(ports);
  service_count_ = static_cast<size_t>(reading.services_size());
}

v1::TopSample TopMeter::Sample() const {
  v1::TopSample sample;
  double total = 0;
  for (const auto& [key, port] : ports_) {
    v1::TopSample::Port& row = *sample.add_ports();
    row.set_service(key.first);
    row.set_port(key.second);
    row.set_connections_per_second(port.counter.rate);
    row.set_connections(port.counter.count);
    row.set_session_affinity(port.session_affinity);
    total += port.counter.rate;
    for (const auto& [address, name] : port.endpoints) {
      const TopCounter& counter = port.endpoint_counters.at(address);
      v1::TopSample::Endpoint& endpoint = *row.add_endpoints();
      endpoint.set_address(address);
      endpoint.set_name(name);
      endpoint.set_connections_per_second(counter.rate);
      endpoint.set_connections(counter.count);
    }
    std::stable_sort(row.mutable_endpoints()->begin(), row.mutable_endpoints()->end(),
                     IsBusier<v1::TopSample::Endpoint>);
  }
  std::stable_sort(sample.mutable_ports()->begin(), sample.mutable_ports()->end(),
                   IsBusier<v1::TopSample::Port>);
  sample.set_connections_per_second(total);
  return sample;
}

std::vector<std::string> TopMeter::Busiest(size_t most) const {
  std::vector<std::tuple<double, uint64_t, std::string>> ports;
  ports.reserve(ports_.size());
  for (const auto& [key, port] : ports_) {
    ports.emplace_back(-port.counter.rate, ~port.counter.count, key.first);
  }
  const auto end = ports.begin() + static_cast<ptrdiff_t>(std::min(most, ports.size()));
  std::partial_sort(ports.begin(), end, ports.end());
  std::vector<std::string> services;
  for (auto port = ports.begin(); port != end; ++port) services.push_back(std::get<2>(*port));
  std::sort(services.begin(), services.end());
  services.erase(std::unique(services.begin(), services.end()), services.end());
  return services;
}

std::string RenderTop(const v1::TopSample& sample, absl::string_view title, const Screen& screen,
                      const Style& style) {
  Table table({{"SERVICE"},
               {"PORT"},
               {"ENDPOINT"},
               {"CONN/S", Table::kRight},
               {"CONNECTIONS", Table::kRight}});
  // Below the title and the headers.
  size_t room = screen.rows == 0 ? SIZE_MAX : screen.rows - std::min<size_t>(screen.rows, 2);
  for (const v1::TopSample::Port& port : sample.ports()) {
    if (room == 0) break;
    --room;
    table.AddRow({{port.service(), Colour::kBold},
                  {port.port()},
                  {},
                  {Rate(port.connections_per_second()), RateColour(port.connections_per_second())},
                  {absl::StrCat(port.connections())}});
    for (const v1::TopSample::Endpoint& endpoint : port.endpoints()) {
      if (room == 0) break;
      --room;
      const double rate = endpoint.connections_per_second();
      const absl::string_view gap = endpoint.name().empty() ? "" : " ";
      const absl::string_view kind = port.session_affinity() ? "new " : "";
      table.AddRow({{},
                    {},
                    {absl::StrCat(endpoint.address(), gap, endpoint.name()), Colour::kDim},
                    {absl::StrCat(kind, Rate(rate)), RateColour(rate)},
                    {absl::StrCat(kind, endpoint.connections()), Colour::kDim}});
    }
  }
  const std::string text = absl::StrCat(title, "\n", table.Print(style));
  if (screen.columns == 0) return text;
  std::string cut;
  for (const absl::string_view line : absl::StrSplit(text, '\n', absl::SkipEmpty())) {
    absl::StrAppend(&cut, CutToWidth(line, screen.columns), "\n");
  }
  return cut;
}

}  // namespace nftsvc::cli

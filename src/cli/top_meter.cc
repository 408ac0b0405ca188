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

// Behind each word of TopMeter::Port::endpoints.
constexpr absl::string_view kEnd("\0", 1);

bool IsBusier(const v1::TopSample::Endpoint& a, const v1::TopSample::Endpoint& b) {
  return std::make_tuple(a.connections_per_second(), a.connections()) >
         std::make_tuple(b.connections_per_second(), b.connections());
}

std::string Rate(double per_second) {
  return absl::StrFormat(per_second < 10 ? "%.1f" : "%.0f", per_second);
}

Colour RateColour(double per_second) { return per_second > 0 ? Colour::kGreen : Colour::kDim; }

}  // namespace

void TopMeter::Counter::Read(uint64_t now, double elapsed) {
  // A counter that went back began anew.
  const uint64_t added = now < count ? now : now - count;
  if (elapsed > 0) rate = static_cast<double>(added) / elapsed;
  count = now;
}

// The counters of the port's endpoints, which are others or in another order than they were.
std::vector<TopMeter::Counter> TopMeter::TakeOver(const Port& port,
                                                  const v1::PortSummary& summary) {
  absl::flat_hash_map<absl::string_view, Counter> known;
  const std::vector<absl::string_view> words = absl::StrSplit(port.endpoints, '\0');
  for (size_t i = 0; i < port.counters.size(); ++i) known[words[2 * i]] = port.counters[i];
  std::vector<Counter> counters;
  counters.reserve(static_cast<size_t>(summary.endpoint_connections_size()));
  for (const v1::EndpointSummary& endpoint : summary.endpoint_connections()) {
    // What a new one had before it was seen is of no known time.
    const auto found = known.find(endpoint.address());
    counters.push_back(found != known.end() ? found->second : Counter{endpoint.connections()});
  }
  return counters;
}

void TopMeter::ReadPort(const v1::PortSummary& summary, double seconds, Port& port) {
  std::string endpoints;
  for (const v1::EndpointSummary& endpoint : summary.endpoint_connections()) {
    absl::StrAppend(&endpoints, endpoint.address(), kEnd, endpoint.name(), kEnd);
  }
  if (endpoints != port.endpoints) {
    port.counters = TakeOver(port, summary);
    port.endpoints = std::move(endpoints);
  }
  const double elapsed = port.reading == 0 ? 0 : seconds - port.seconds;
  port.counter.Read(summary.connections(), elapsed);
  for (size_t i = 0; i < port.counters.size(); ++i) {
    port.counters[i].Read(summary.endpoint_connections(static_cast<int>(i)).connections(), elapsed);
  }
  port.session_affinity = summary.affinity_seconds() > 0;
  port.seconds = seconds;
}

void TopMeter::ReadSome(const v1::ListResult& reading, double seconds) {
  for (const v1::ServiceSummary& service : reading.services()) {
    for (const v1::PortSummary& summary : service.ports()) {
      Port& port = ports_[{service.service(), PortName(summary)}];
      ReadPort(summary, seconds, port);
      port.reading = reading_;
    }
  }
}

void TopMeter::ReadAll(const v1::ListResult& reading, double seconds) {
  ++reading_;
  ReadSome(reading, seconds);
  absl::erase_if(ports_, [this](const Entry& entry) { return entry.second.reading != reading_; });
  service_count_ = static_cast<size_t>(reading.services_size());
}

// The busiest ones, in order.
std::vector<const TopMeter::Entry*> TopMeter::Rank(size_t most) const {
  std::vector<const Entry*> entries;
  entries.reserve(ports_.size());
  for (const Entry& entry : ports_) entries.push_back(&entry);
  const auto end = entries.begin() + static_cast<ptrdiff_t>(std::min(most, entries.size()));
  std::partial_sort(entries.begin(), end, entries.end(), [](const Entry* a, const Entry* b) {
    const Counter& of_a = a->second.counter;
    const Counter& of_b = b->second.counter;
    return std::tie(of_b.rate, of_b.count, a->first) < std::tie(of_a.rate, of_a.count, b->first);
  });
  entries.erase(end, entries.end());
  return entries;
}

void TopMeter::AddPort(const Entry& entry, v1::TopSample& sample) {
  const auto& [key, port] = entry;
  v1::TopSample::Port& row = *sample.add_ports();
  row.set_service(key.first);
  row.set_port(key.second);
  row.set_connections_per_second(port.counter.rate);
  row.set_connections(port.counter.count);
  row.set_session_affinity(port.session_affinity);
  const std::vector<absl::string_view> words = absl::StrSplit(port.endpoints, '\0');
  for (size_t i = 0; i < port.counters.size(); ++i) {
    v1::TopSample::Endpoint& endpoint = *row.add_endpoints();
    endpoint.set_address(std::string(words[2 * i]));
    endpoint.set_name(std::string(words[2 * i + 1]));
    endpoint.set_connections_per_second(port.counters[i].rate);
    endpoint.set_connections(port.counters[i].count);
  }
  std::stable_sort(row.mutable_endpoints()->begin(), row.mutable_endpoints()->end(), IsBusier);
}

v1::TopSample TopMeter::Sample(size_t most) const {
  v1::TopSample sample;
  double total = 0;
  for (const auto& [key, port] : ports_) total += port.counter.rate;
  sample.set_connections_per_second(total);
  for (const Entry* entry : Rank(most)) AddPort(*entry, sample);
  return sample;
}

std::vector<std::string> TopMeter::Busiest(size_t most) const {
  std::vector<std::string> services;
  for (const Entry* entry : Rank(most)) services.push_back(entry->first.first);
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

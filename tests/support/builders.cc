// SPDX-License-Identifier: Apache-2.0
#include "tests/support/builders.h"

#include <memory>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace nftsvc::testing {
namespace {

uint16_t PortNumber(absl::string_view text) {
  uint32_t number = 0;
  if (!absl::SimpleAtoi(text, &number)) std::abort();
  return static_cast<uint16_t>(number);
}

}  // namespace

base::IpAddress Ip(absl::string_view text) { return base::IpAddress::Parse(text).value(); }

base::IpPrefix Cidr(absl::string_view text) { return base::IpPrefix::Parse(text).value(); }

model::ServiceName Name(absl::string_view text) {
  const std::pair<std::string, std::string> parts = absl::StrSplit(text, absl::MaxSplits('/', 1));
  return {.name_space = parts.first, .name = parts.second};
}

forwarding::SlotAddress At(absl::string_view text) {
  const size_t colon = text.rfind(':');
  absl::string_view address = text.substr(0, colon);
  if (absl::ConsumePrefix(&address, "[")) absl::ConsumeSuffix(&address, "]");
  return {Ip(address), PortNumber(text.substr(colon + 1))};
}

std::vector<forwarding::SlotAddress> AtEach(const std::vector<std::string>& texts) {
  std::vector<forwarding::SlotAddress> addresses;
  for (const std::string& text : texts) addresses.push_back(At(text));
  return addresses;
}

model::Endpoint EndpointAt(absl::string_view text) {
  const forwarding::SlotAddress at = At(text);
  model::Endpoint endpoint;
  endpoint.address = at.address;
  endpoint.port = at.port;
  return endpoint;
}

model::Endpoint EndpointOn(absl::string_view node, absl::string_view text) {
  model::Endpoint endpoint = EndpointAt(text);
  model::Placement placement;
  placement.node = std::string(node);
  endpoint.placement = std::move(placement);
  return endpoint;
}

model::Port PortOf(absl::string_view text, std::vector<model::Endpoint> endpoints) {
  const std::pair<absl::string_view, absl::string_view> parts = absl::StrSplit(text, '/');
  model::Port port;
  port.port = PortNumber(parts.first);
  port.protocol = base::ParseProtocol(parts.second).value();
  port.endpoints = std::move(endpoints);
  return port;
}

model::Service Web(std::vector<model::Endpoint> endpoints) {
  model::Service service;
  service.name = Name("default/web");
  service.cluster_ips = {Ip("10.96.0.1")};
  service.ports = {PortOf("80/tcp", std::move(endpoints))};
  return service;
}

model::Service WebAt(const std::vector<std::string>& endpoints) {
  std::vector<model::Endpoint> list;
  for (const std::string& text : endpoints) list.push_back(EndpointAt(text));
  return Web(std::move(list));
}

model::FrontendKey FrontendAt(absl::string_view text) {
  model::FrontendKey frontend;
  frontend.node_port = absl::ConsumePrefix(&text, "node port ");
  const std::pair<std::string, absl::string_view> parts = absl::StrSplit(text, '/');
  const forwarding::SlotAddress at =
      At(frontend.node_port ? absl::StrCat("0.0.0.0:", parts.first) : parts.first);
  frontend.address = at.address;
  frontend.port = at.port;
  frontend.protocol = base::ParseProtocol(parts.second).value();
  return frontend;
}

forwarding::Packet PacketTo(absl::string_view frontend, absl::string_view source,
                            absl::string_view in_interface) {
  const model::FrontendKey to = FrontendAt(frontend);
  return {.source = Ip(source),
          .in_interface = std::string(in_interface),
          .destination = to.address,
          .protocol = to.protocol,
          .port = to.port};
}

forwarding::HostFacts NodeA() {
  forwarding::HostFacts host;
  host.node_name = "node-a";
  host.zone = "zone-1";
  host.pods.cidrs = {Cidr("10.0.0.0/8"), Cidr("fd00:10::/64")};
  host.local_addresses = {Ip("192.168.0.2"), Ip("fd00:168::2")};
  host.node_port_addresses = host.local_addresses;
  return host;
}

model::Snapshot SnapshotOf(std::vector<model::Service> services) {
  model::Snapshot snapshot;
  for (model::Service& service : services) {
    snapshot.Apply({Upsert(snapshot, std::move(service))});
  }
  return snapshot;
}

model::ServiceChange Upsert(const model::Snapshot& current, model::Service service) {
  const model::ServiceName name = service.name;
  return {.name = name,
          .before = current.Find(name),
          .after = std::make_shared<const model::Service>(std::move(service))};
}

model::ServiceChange Remove(const model::Snapshot& current, absl::string_view service) {
  return {.name = Name(service), .before = current.Find(Name(service)), .after = nullptr};
}

}  // namespace nftsvc::testing

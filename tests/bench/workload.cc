// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/workload.h"

#include "absl/strings/str_cat.h"

namespace nftsvc::bench {
namespace {

std::string ToText(uint32_t address) {
  return absl::StrCat(address >> 24, ".", address >> 16 & 0xff, ".", address >> 8 & 0xff, ".",
                      address & 0xff);
}

// The address at `offset` behind a.b.0.0.
std::string Address(uint32_t a, uint32_t b, uint32_t offset) {
  return ToText((a << 24 | b << 16) + offset);
}

v1::Endpoint MakeEndpoint(const std::string& address) {
  v1::Endpoint endpoint;
  endpoint.set_address(address);
  endpoint.set_port(8080);
  endpoint.set_node("another-node");
  return endpoint;
}

}  // namespace

v1::Service MakeService(uint32_t index, uint32_t endpoints) {
  return MakeService(index, endpoints, index * endpoints);
}

v1::Service MakeService(uint32_t index, uint32_t endpoints, uint32_t endpoints_before) {
  v1::Service service;
  service.set_namespace_("bench");
  service.set_name(absl::StrCat("service-", index));
  service.add_cluster_ips(ToText(ServiceAddress(index)));
  v1::Port& port = *service.add_ports();
  port.set_name("http");
  port.set_protocol(v1::TCP);
  port.set_port(80);
  for (uint32_t i = 0; i < endpoints; ++i) {
    *port.add_endpoints() = MakeEndpoint(Address(10, 0, endpoints_before + i));
  }
  return service;
}

v1::Snapshot MakeSnapshot(uint32_t services, uint32_t endpoints) {
  v1::Snapshot snapshot;
  snapshot.mutable_services()->Reserve(static_cast<int>(services));
  for (uint32_t i = 0; i < services; ++i) *snapshot.add_services() = MakeService(i, endpoints);
  return snapshot;
}

void UseUdp(v1::Snapshot& snapshot) {
  for (v1::Service& service : *snapshot.mutable_services()) {
    for (v1::Port& port : *service.mutable_ports()) port.set_protocol(v1::UDP);
  }
}

uint32_t ServiceAddress(uint32_t index) { return (172u << 24 | 16u << 16) + index; }

v1::Endpoint MakeSpareEndpoint(uint32_t number) { return MakeEndpoint(Address(11, 0, number)); }

}  // namespace nftsvc::bench

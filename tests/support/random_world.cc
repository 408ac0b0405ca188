// SPDX-License-Identifier: Apache-2.0
#include "tests/support/random_world.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "src/wire/snapshot_codec.h"
#include "tests/support/builders.h"

namespace nftsvc::testing {
namespace {

using Texts = std::vector<std::string>;

// By family. 192.168.0.x and fd00:168::x are addresses of nodes, .2 to .4 those of this one, of
// which .4 is a load balancer's that is bound here too.
const Texts kClusterIps[] = {{"10.96.0.1", "10.96.0.2", "10.96.0.3", "10.96.0.4", "192.168.0.3"},
                             {"fd00:96::1", "fd00:96::2", "fd00:96::3", "fd00:168::3"}};
const Texts kExternalIps[] = {{"198.51.100.1", "198.51.100.2", "192.168.0.2", "192.168.0.3"},
                              {"2001:db8:1::1", "2001:db8:1::2", "fd00:168::2"}};
const Texts kLoadBalancerIps[] = {{"198.51.100.10", "198.51.100.11", "192.168.0.4"},
                                  {"2001:db8:1::10", "fd00:168::4"}};
const Texts kOutside[] = {{"203.0.113.5", "203.0.113.6", "198.51.100.77", "192.168.0.9"},
                          {"2001:db8:2::5", "2001:db8:2::6", "fd00:168::9"}};
const Texts kLocalAddresses[] = {{"192.168.0.2", "192.168.0.3", "192.168.0.4", "10.0.0.1"},
                                 {"fd00:168::2", "fd00:168::3", "fd00:168::4", "fd00:10::1"}};
const Texts kNobodys[] = {{"10.96.0.77", "192.168.0.2", "127.0.0.1", "203.0.113.99"},
                          {"fd00:96::77", "fd00:168::2", "::1", "2001:db8:2::99"}};
const Texts kSourceRanges = {"10.0.0.0/8",      "10.0.0.0/16",     "10.0.0.0/24",    "10.0.0.2",
                             "203.0.113.0/24",  "203.0.113.5",     "192.168.0.0/29", "0.0.0.0/0",
                             "2001:db8:2::/48", "2001:db8:2::/64", "fd00:10::/64",   "fd00:10::/32",
                             "fd00:168::/64",   "2001:db8:2::6",   "198.51.0.0/16"};

struct Place {
  std::string address;
  std::string node;
};
const std::vector<Place> kEndpoints[] = {{{"10.0.0.2", "node-a"},
                                          {"10.0.0.3", "node-a"},
                                          {"10.0.0.4", "node-a"},
                                          {"10.0.1.2", "node-b"},
                                          {"10.0.1.3", "node-b"},
                                          {"10.0.1.4", "node-b"},
                                          {"10.0.2.2", ""},
                                          {"192.168.0.2", "node-a"},
                                          {"192.168.0.4", "node-a"},
                                          {"192.168.0.7", "node-b"},
                                          {"198.51.100.1", "node-b"}},
                                         {{"fd00:10::2", "node-a"},
                                          {"fd00:10::3", "node-a"},
                                          {"fd00:10:0:1::2", "node-b"},
                                          {"fd00:10:0:1::3", "node-b"},
                                          {"fd00:10:0:2::2", ""},
                                          {"fd00:168::2", "node-a"},
                                          {"fd00:168::4", "node-a"}}};

const std::vector<uint32_t> kPorts = {80, 443, 30080};
const std::vector<uint32_t> kNodePorts = {80, 30080, 30081, 30082, 30083};
const std::vector<int> kProtocols = {1, 1, 1, 2, 3};

bool HasFamily(const model::ServiceDraft& service, bool ipv6) {
  bool any = false;
  for (const auto* list :
       {&service.cluster_ips, &service.external_ips, &service.load_balancer_ips}) {
    for (const std::string& address : *list) {
      any = true;
      if (absl::StrContains(address, ":") == ipv6) return true;
    }
  }
  return !any;
}

}  // namespace

forwarding::HostFacts RandomWorld::Host() {
  forwarding::HostFacts host;
  if (!random_.OneIn(8)) host.node_name = random_.OneIn(4) ? "node-b" : "node-a";
  if (!random_.OneIn(4)) host.zone = "zone-1";
  switch (random_.Below(6)) {
    case 0:
      break;
    case 1:
      host.pods.interface = "cbr0";
      break;
    case 2:
      host.pods.interface_prefix = "veth";
      break;
    case 3:
      host.pods.cidrs = {Cidr("10.0.0.0/16")};
      break;
    case 4:
      host.pods.cidrs = {Cidr("10.0.0.0/24"), Cidr("10.0.1.0/24"), Cidr("fd00:10::/64")};
      break;
    default:
      host.pods.cidrs = {Cidr("10.0.0.0/8"), Cidr("fd00:10::/32")};
  }
  host.masquerade_all = random_.OneIn(4);
  host.node_ports_on_all_addresses = random_.OneIn(2);
  host.localhost_node_ports = random_.OneIn(2);
  host.reject_unassigned_ports = !random_.OneIn(4);
  if (random_.OneIn(2)) host.service_cidrs = {Cidr("10.96.0.0/16"), Cidr("fd00:96::/32")};
  if (random_.OneIn(4)) host.node_port_addresses = {Ip("127.0.0.1"), Ip("::1")};
  for (const Texts& addresses : kLocalAddresses) {
    for (const std::string& address : addresses) {
      if (random_.OneIn(4)) continue;
      host.local_addresses.push_back(Ip(address));
      if (random_.OneIn(2)) host.node_port_addresses.push_back(Ip(address));
    }
  }
  std::sort(host.local_addresses.begin(), host.local_addresses.end());
  return host;
}

std::vector<model::ServiceChange> RandomWorld::Add(const model::Snapshot& current, size_t count) {
  model::Validator validator(current, model::Validator::Scope::kDelta,
                             model::Validator::Refuse::kInvalid);
  for (size_t i = 0; i < count; ++i) {
    validator.Upsert(MakeService(current.services().size() + i), absl::StrCat("services[", i, "]"));
  }
  return std::move(validator).Finish().changes;
}

std::vector<model::ServiceChange> RandomWorld::Change(const model::Snapshot& current) {
  if (current.services().empty() || random_.OneIn(10)) return Add(current, 1);
  model::Validator validator(current, model::Validator::Scope::kDelta,
                             model::Validator::Refuse::kInvalid);
  const bool removes = random_.OneIn(10);
  const size_t first = random_.Below(current.services().size());
  const size_t last = removes || !random_.OneIn(6) ? first : first + random_.Below(3);
  size_t index = 0;
  for (const auto& [name, service] : current.services()) {
    if (index >= first && index <= last) {
      const std::string path = absl::StrCat("services[", index, "]");
      if (removes) {
        validator.Remove(name.ToString(), path);
      } else {
        model::ServiceDraft draft = wire::DecodeService(wire::EncodeService(*service));
        MutateService(draft);
        validator.Upsert(draft, path);
      }
    }
    ++index;
  }
  return std::move(validator).Finish().changes;
}

model::ServiceDraft RandomWorld::MakeService(size_t number) {
  model::ServiceDraft service;
  service.name_space = "default";
  // Now and then a name that may be taken.
  service.name = absl::StrCat("service-", random_.OneIn(10) ? random_.Below(number + 1) : number,
                              random_.OneIn(3) ? "" : "-b");
  const size_t families = random_.Below(4);  // 0: IPv6, 1: both, else IPv4
  for (const size_t family : {0, 1}) {
    if ((family == 0 && families == 0) || (family == 1 && families > 1)) continue;
    const auto add = [&](Texts& to, const Texts& from, size_t most) {
      const Texts some = Some(from, most);
      to.insert(to.end(), some.begin(), some.end());
    };
    if (!random_.OneIn(6)) add(service.cluster_ips, kClusterIps[family], 1);
    if (random_.OneIn(2)) add(service.external_ips, kExternalIps[family], 2);
    if (random_.OneIn(2)) add(service.load_balancer_ips, kLoadBalancerIps[family], 2);
  }
  if (random_.OneIn(2)) service.load_balancer_source_ranges = Some(kSourceRanges, 3);
  service.internal_traffic_policy = random_.OneIn(4) ? 2 : 1;
  service.external_traffic_policy = random_.OneIn(2) ? 2 : 1;
  if (random_.OneIn(4)) {
    service.has_session_affinity = true;
    service.client_ip_timeout_seconds = static_cast<uint32_t>(random_.Below(3) * 5'000);
  }
  const size_t ports = 1 + random_.Below(2);
  for (size_t i = 0; i < ports; ++i) service.ports.push_back(MakePort(service, i));
  return service;
}

model::PortDraft RandomWorld::MakePort(const model::ServiceDraft& service, size_t index) {
  model::PortDraft port;
  port.name = absl::StrCat("p", index);
  port.protocol = random_.Pick(kProtocols);
  port.port = random_.Pick(kPorts);
  if (random_.OneIn(2)) port.node_port = random_.Pick(kNodePorts);
  // RANDOM most of the time; a Maglev table is large.
  if (random_.OneIn(3)) port.balancing = static_cast<int>(2 + random_.Below(3));
  if (random_.OneIn(1'000)) port.balancing = 5;
  if (service.has_session_affinity && port.balancing > 2) port.balancing = 2;
  const size_t endpoints = random_.Below(7);
  for (size_t i = 0; i < endpoints; ++i) {
    const bool ipv6 = random_.OneIn(2);
    if (HasFamily(service, ipv6)) port.endpoints.push_back(MakeEndpoint(ipv6));
  }
  return port;
}

model::EndpointDraft RandomWorld::MakeEndpoint(bool ipv6) {
  const Place& place = random_.Pick(kEndpoints[ipv6 ? 1 : 0]);
  model::EndpointDraft endpoint;
  endpoint.address = place.address;
  endpoint.node = place.node;
  endpoint.port = random_.OneIn(3) ? 80 : 8080;
  endpoint.name = absl::StrCat("pod-", random_.Below(100));
  MutateEndpoint(endpoint);
  return endpoint;
}

void RandomWorld::MutateEndpoint(model::EndpointDraft& endpoint) {
  endpoint.ready = !random_.OneIn(4);
  endpoint.serving = !random_.OneIn(3);
  endpoint.terminating = !endpoint.ready && random_.OneIn(2);
  if (random_.OneIn(4)) endpoint.weight = static_cast<uint32_t>(random_.Below(4));
  endpoint.zone_hints.clear();
  endpoint.node_hints.clear();
  if (!random_.OneIn(3)) endpoint.zone_hints = Some({"zone-1", "zone-2"}, 2);
  if (random_.OneIn(2)) endpoint.node_hints = Some({"node-a", "node-b"}, 2);
}

void RandomWorld::MutateService(model::ServiceDraft& service) {
  if (!random_.OneIn(4))
    return MutatePort(service, service.ports[random_.Below(service.ports.size())]);
  const size_t family = random_.Below(2);
  switch (random_.Below(8)) {
    case 6:
      service.has_session_affinity = !service.has_session_affinity;
      for (model::PortDraft& port : service.ports) port.balancing = std::min(port.balancing, 2);
      break;
    case 0:
      service.internal_traffic_policy = 3 - std::max(1, service.internal_traffic_policy);
      break;
    case 1:
      service.external_traffic_policy = 3 - std::max(1, service.external_traffic_policy);
      break;
    case 2:
      service.external_ips = Some(kExternalIps[family], 2);
      break;
    case 3:
      service.load_balancer_ips = Some(kLoadBalancerIps[family], 2);
      break;
    case 4:
      service.cluster_ips = Some(kClusterIps[family], 2);
      break;
    case 5:
      service.load_balancer_source_ranges = Some(kSourceRanges, 3);
      break;
    default:
      service.ports.push_back(MakePort(service, service.ports.size()));
  }
}

void RandomWorld::MutatePort(const model::ServiceDraft& service, model::PortDraft& port) {
  const bool ipv6 = HasFamily(service, true) && (random_.OneIn(2) || !HasFamily(service, false));
  switch (random_.Below(9)) {
    case 8:
      port.balancing = static_cast<int>(1 + random_.Below(service.has_session_affinity ? 2 : 4));
      return;
    case 0:
      port.node_port = port.node_port == 0 ? random_.Pick(kNodePorts) : 0;
      return;
    case 1:
    case 2:
      if (port.endpoints.empty()) return;
      return MutateEndpoint(port.endpoints[random_.Below(port.endpoints.size())]);
    case 3:
    case 4:
      if (port.endpoints.empty()) return;
      port.endpoints.erase(port.endpoints.begin() +
                           static_cast<ptrdiff_t>(random_.Below(port.endpoints.size())));
      return;
    default:
      port.endpoints.push_back(MakeEndpoint(ipv6));
  }
}

Texts RandomWorld::Some(const Texts& from, size_t most) {
  Texts texts;
  const size_t count = random_.Below(most + 1);
  for (size_t i = 0; i < count; ++i) {
    const std::string& text = random_.Pick(from);
    if (std::find(texts.begin(), texts.end(), text) == texts.end()) texts.push_back(text);
  }
  return texts;
}

model::FrontendKey RandomWorld::Destination(const model::Snapshot& current) {
  const size_t family = random_.Below(2);
  model::FrontendKey to;
  to.address = Ip(random_.Pick(kNobodys[family]));
  to.port = static_cast<uint16_t>(random_.Pick(kPorts));
  if (current.services().empty() || random_.OneIn(12)) return to;
  auto service = current.services().begin();
  std::advance(service, random_.Below(current.services().size()));
  const std::vector<model::FrontendKey> frontends = model::FrontendsOf(*service->second);
  to = random_.Pick(frontends);
  if (to.node_port) {
    const size_t same = to.address.family() == base::Family::kIPv4 ? 0 : 1;
    to.address = Ip(random_.Pick(kLocalAddresses[same]));
    to.node_port = false;
  } else if (random_.OneIn(8)) {
    to.port = static_cast<uint16_t>(random_.Pick(kPorts));
  }
  return to;
}

std::vector<forwarding::Packet> RandomWorld::Packets(const model::Snapshot& current,
                                                     const forwarding::HostFacts& host,
                                                     size_t count) {
  std::vector<forwarding::Packet> packets;
  while (packets.size() < count) {
    const model::FrontendKey to = Destination(current);
    const size_t family = to.address.family() == base::Family::kIPv4 ? 0 : 1;
    Texts sources = kOutside[family];
    for (const Place& place : kEndpoints[family]) sources.push_back(place.address);
    for (const std::string& local : kLocalAddresses[family]) sources.push_back(local);
    const base::IpAddress source = Ip(random_.Pick(sources));
    // The host is where packets from its own addresses come from, and only those; nothing gets to
    // its loopback from outside (net/ipv4/fib_frontend.c: fib_validate_source drops the rest)
    // unless it is routed.
    const bool sent_by_host = host.IsLocal(source);
    const bool routed = host.localhost_node_ports && family == 0;
    if (to.address.is_loopback() && !sent_by_host && !routed) continue;
    static const Texts kInterfaces = {"eth0", "eth0", "cbr0", "veth7"};
    packets.push_back({.source = source,
                       .in_interface = sent_by_host ? "" : random_.Pick(kInterfaces),
                       .destination = to.address,
                       .protocol = to.protocol,
                       .port = to.port});
  }
  return packets;
}

reconcile::Settings RandomSettings(RandomWorld& world) {
  reconcile::Settings settings;
  settings.host = world.Host();
  if (world.random().OneIn(2)) settings.options.layout = nft::Layout::kVerdictMaps;
  return settings;
}

}  // namespace nftsvc::testing

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "src/base/ip_address.h"
#include "src/base/ip_prefix.h"
#include "src/forwarding/decide.h"
#include "src/forwarding/host_facts.h"
#include "src/forwarding/slots.h"
#include "src/model/service.h"
#include "src/model/snapshot.h"

// Short ways to say what a test is about. Texts that do not parse crash.
namespace nftsvc::testing {

base::IpAddress Ip(absl::string_view text);
base::IpPrefix Cidr(absl::string_view text);

// "default/web".
model::ServiceName Name(absl::string_view text);

// "10.0.0.2:80" or "[fd00::2]:80".
forwarding::SlotAddress At(absl::string_view text);
std::vector<forwarding::SlotAddress> AtEach(const std::vector<std::string>& texts);

// A ready endpoint of weight 1 at such an address and port; on no known node.
model::Endpoint EndpointAt(absl::string_view text);
model::Endpoint EndpointOn(absl::string_view node, absl::string_view text);

// A port without a name: "80/tcp".
model::Port PortOf(absl::string_view text, std::vector<model::Endpoint> endpoints);

// "default/web": cluster IP 10.96.0.1, port 80/tcp, these endpoints.
model::Service Web(std::vector<model::Endpoint> endpoints);
model::Service WebAt(const std::vector<std::string>& endpoints);

// "10.96.0.1:80/tcp", "[fd00::1]:80/udp", "node port 30080/tcp" (of IPv4).
model::FrontendKey FrontendAt(absl::string_view text);

// A packet from one address to a frontend that is an address.
forwarding::Packet PacketTo(absl::string_view frontend, absl::string_view source,
                            absl::string_view in_interface);

// Node "node-a" in zone "zone-1" with the addresses 192.168.0.2 and fd00:168::2, where node ports
// are dialled; its pods are 10.0.0.0/8 and fd00:10::/64.
forwarding::HostFacts NodeA();

model::Snapshot SnapshotOf(std::vector<model::Service> services);

// The change that puts `service` into a snapshot, or takes one out of it.
model::ServiceChange Upsert(const model::Snapshot& current, model::Service service);
model::ServiceChange Remove(const model::Snapshot& current, absl::string_view service);

}  // namespace nftsvc::testing

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <random>
#include <string>

#include "absl/strings/str_cat.h"
#include "nftsvc/v1/snapshot.pb.h"

namespace nftsvc::wire {

// Snapshots of a small world, in which services often want the same things and often are wrong.
class RandomSnapshot {
 public:
  explicit RandomSnapshot(uint32_t seed) : random_(seed) {}

  v1::Snapshot Next() {
    v1::Snapshot message;
    for (int i = Below(7); i > 0; --i) FillService(*message.add_services());
    return message;
  }

  // The same with every list in another order.
  v1::Snapshot Shuffled(v1::Snapshot message) {
    for (v1::Service& service : *message.mutable_services()) {
      for (v1::Port& port : *service.mutable_ports()) {
        for (v1::Endpoint& endpoint : *port.mutable_endpoints()) {
          Shuffle(*endpoint.mutable_zone_hints());
        }
        Shuffle(*port.mutable_endpoints());
      }
      Shuffle(*service.mutable_ports());
      Shuffle(*service.mutable_cluster_ips());
      Shuffle(*service.mutable_load_balancer_source_ranges());
    }
    Shuffle(*message.mutable_services());
    return message;
  }

 private:
  int Below(int limit) { return static_cast<int>(random_() % static_cast<uint32_t>(limit)); }
  bool OneIn(int n) { return Below(n) == 0; }

  template <typename T>
  void Shuffle(google::protobuf::RepeatedPtrField<T>& list) {
    std::shuffle(list.pointer_begin(), list.pointer_end(), random_);
  }

  std::string Address() {
    if (OneIn(40)) return "10.0.0.300";
    return OneIn(3) ? absl::StrCat("fd00::", 1 + Below(12))
                    : absl::StrCat("10.0.0.", 1 + Below(12));
  }

  void FillService(v1::Service& service) {
    service.set_name(OneIn(40) ? "?" : absl::StrCat("s", Below(10)));
    if (OneIn(3)) service.set_namespace_("default");
    if (OneIn(3)) (*service.mutable_labels())[absl::StrCat("k", Below(3))] = "v";
    for (int i = Below(3); i > 0; --i) service.add_cluster_ips(Address());
    if (OneIn(4)) service.add_external_ips(Address());
    if (OneIn(4)) service.add_load_balancer_ips(Address());
    for (int i = Below(3); i > 0; --i) {
      service.add_load_balancer_source_ranges(absl::StrCat("10.", Below(3), ".0.0/16"));
    }
    if (OneIn(4)) service.set_external_traffic_policy(v1::LOCAL);
    const int ports = 1 + Below(3);
    for (int i = 0; i < ports; ++i) FillPort(i, ports > 1, *service.add_ports());
  }

  void FillPort(int index, bool named, v1::Port& port) {
    if (named || OneIn(2)) port.set_name(absl::StrCat("p", OneIn(20) ? 0 : index));
    port.set_protocol(OneIn(3) ? v1::UDP : v1::TCP);
    port.set_port(static_cast<uint32_t>(OneIn(40) ? 0 : 80 + Below(4)));
    if (OneIn(3)) port.set_node_port(static_cast<uint32_t>(30000 + Below(12)));
    for (int i = Below(6); i > 0; --i) FillEndpoint(*port.add_endpoints());
  }

  void FillEndpoint(v1::Endpoint& endpoint) {
    endpoint.set_address(absl::StrCat(OneIn(40) ? "fd00:1::" : "10.1.0.", 1 + Below(12)));
    endpoint.set_port(static_cast<uint32_t>(8080 + Below(2)));
    if (OneIn(60)) endpoint.set_weight(static_cast<uint32_t>(Below(4)));
    if (OneIn(2)) endpoint.set_name(absl::StrCat("pod-", Below(3)));
    if (OneIn(2)) endpoint.set_node(absl::StrCat("node-", Below(3)));
    if (OneIn(4)) endpoint.set_ready(OneIn(2));
    if (OneIn(4)) endpoint.set_serving(OneIn(2));
    endpoint.set_terminating(OneIn(4));
    for (int i = Below(3); i > 0; --i) endpoint.add_zone_hints(absl::StrCat("zone-", Below(3)));
  }

  std::mt19937 random_;
};

}  // namespace nftsvc::wire

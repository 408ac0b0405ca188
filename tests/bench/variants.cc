// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/variants.h"

#include <array>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "tests/bench/workload.h"

namespace nftsvc::bench {
namespace {

constexpr uint32_t kVariantsEndpoints = 5;
constexpr uint32_t kFewServices = 10;
constexpr uint32_t kReturningClients = 1'000;

constexpr const char* kBare = "bare rule";
constexpr const char* kFew = "10 services";

// `count` of the first `services` services, spread evenly.
Traffic Dial(uint32_t count, uint32_t services, uint32_t clients = Sender::kManyClients) {
  Traffic traffic{.dialled = {}, .clients = clients};
  for (uint32_t i = 0; i < count; ++i) {
    traffic.dialled.push_back(ServiceAddress(i * (services / count)));
  }
  return traffic;
}

v1::Snapshot Services(uint32_t services, uint32_t endpoints) {
  v1::Snapshot snapshot = MakeSnapshot(services, endpoints);
  UseUdp(snapshot);
  return snapshot;
}

v1::Snapshot Balanced(v1::Balancing balancing) {
  v1::Snapshot snapshot = Services(kFewServices, kVariantsEndpoints);
  for (v1::Service& service : *snapshot.mutable_services()) {
    service.mutable_ports(0)->set_balancing(balancing);
  }
  return snapshot;
}

v1::Snapshot Sticky(uint32_t endpoints) {
  v1::Snapshot snapshot = Services(1, endpoints);
  snapshot.mutable_services(0)->mutable_session_affinity();
  return snapshot;
}

// A rule that asks for tracking turns it on, wherever it stands.
constexpr const char* kTrackingOnly = R"(
  table ip alone { chain unused { ct state new accept; }; })";

// What any load balancer of nftables has to do, with something before it.
std::string BareRule(absl::string_view sets, absl::string_view before) {
  return absl::StrCat("table ip bare {\n", sets, R"(
  chain output {
    type nat hook output priority -100;
    )",
                      before, R"( meta l4proto udp dnat ip to numgen random mod 5 map {
      0 : 10.0.0.0, 1 : 10.0.0.1, 2 : 10.0.0.2, 3 : 10.0.0.3, 4 : 10.0.0.4 }
  }
})");
}

// The clients that return, by the key that session affinity knows them by.
std::string ReturningClients() {
  std::string text = R"(
  set clients {
    typeof ip saddr . ip daddr . meta l4proto . th dport
    flags dynamic,timeout; timeout 3h
    elements = { )";
  for (uint32_t i = 0; i < kReturningClients; ++i) {
    absl::StrAppend(&text, "198.18.", i / 256, ".", i % 256, " . 172.16.0.0 . udp . 80,\n");
  }
  return text + "}\n}\n";
}

void AddManyServices(std::vector<Variant>& variants, uint32_t services) {
  const v1::Snapshot snapshot = Services(services, kVariantsEndpoints);
  variants.push_back({.name = absl::StrCat(services, " services, 10 of them dialled"),
                      .base = kFew,
                      .snapshot = snapshot,
                      .traffic = Dial(kFewServices, services)});
  variants.push_back({.name = absl::StrCat(services, " services, all dialled"),
                      .base = kFew,
                      .snapshot = snapshot,
                      .traffic = Dial(services, services)});
}

void AddAffinity(std::vector<Variant>& variants, uint32_t endpoints) {
  const std::string base = absl::StrCat("1 service, ", endpoints, " endpoints");
  variants.push_back(
      {.name = base, .base = kBare, .snapshot = Services(1, endpoints), .traffic = Dial(1, 1)});
  variants.push_back({.name = "  with affinity, clients return",
                      .base = base,
                      .snapshot = Sticky(endpoints),
                      .traffic = Dial(1, 1, kReturningClients),
                      .kept = true});
  variants.push_back({.name = "  with affinity, new clients",
                      .base = base,
                      .snapshot = Sticky(endpoints),
                      .traffic = Dial(1, 1)});
}

}  // namespace

std::vector<Variant> MakeVariants(std::span<const uint32_t> sizes) {
  const Traffic few = Dial(kFewServices, kFewServices);
  std::vector<Variant> variants = {
      {.name = "tracking alone",
       .base = kBare,
       .rules = kTrackingOnly,
       .traffic = few,
       .translated = false},
      {.name = kBare, .base = kBare, .rules = BareRule("", ""), .traffic = few},
      {.name = "bare rule after a lookup",
       .base = kBare,
       .rules =
           BareRule(ReturningClients(), "ip saddr . ip daddr . meta l4proto . th dport @clients"),
       .traffic = Dial(1, 1, kReturningClients)},
      {.name = kFew,
       .base = kBare,
       .snapshot = Services(kFewServices, kVariantsEndpoints),
       .traffic = few},
      {.name = "  without nat-postrouting",
       .base = kBare,
       .snapshot = Services(kFewServices, kVariantsEndpoints),
       .changes = "delete chain ip nftsvc nat-postrouting\n",
       .traffic = few},
  };
  for (const uint32_t services : sizes) AddManyServices(variants, services);
  variants.push_back({.name = "10 services, VERDICT_MAPS",
                      .base = kFew,
                      .snapshot = Services(kFewServices, kVariantsEndpoints),
                      .config = "layout: VERDICT_MAPS",
                      .traffic = few});
  for (const v1::Balancing balancing : {v1::ROUND_ROBIN, v1::SOURCE_HASH, v1::MAGLEV}) {
    variants.push_back({.name = absl::StrCat("10 services, ", v1::Balancing_Name(balancing)),
                        .base = kFew,
                        .snapshot = Balanced(balancing),
                        .traffic = few});
  }
  for (const uint32_t endpoints : {2, 100, 1'000}) AddAffinity(variants, endpoints);
  return variants;
}

}  // namespace nftsvc::bench

// SPDX-License-Identifier: Apache-2.0
#include "src/iptables/find_services.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tests/iptables/printed.h"

namespace nftsvc::iptables {
namespace {

constexpr char kChains[] = R"(:KUBE-SVC-A - [0:0]
:KUBE-SVL-A - [0:0]
-A KUBE-EXT-A -j KUBE-MARK-MASQ
-A KUBE-EXT-A -j KUBE-SVC-A
-A KUBE-EXT-L -s 10.1.0.0/16 -j KUBE-SVC-A
-A KUBE-EXT-L -j KUBE-SVL-A
-A KUBE-XLB-A -s 10.1.0.0/16 -j KUBE-SVC-A
-A KUBE-FW-A -s 10.9.0.0/16 -j KUBE-EXT-A
)";

void PrintPolicy(const char* name, const FoundPolicy& policy, std::string& out) {
  if (policy.cluster_line != 0) absl::StrAppend(&out, " ", name, " cluster@", policy.cluster_line);
  if (policy.local_line != 0) absl::StrAppend(&out, " ", name, " local@", policy.local_line);
}

// What rules of the nat table, which begin on line 2, and of the filter table tell: a line for each
// service, then notes.
std::string Find(const std::string& nat, const std::string& filter = "") {
  const std::string text =
      absl::StrCat("*nat\n", nat, kChains, "COMMIT\n*filter\n", filter, "COMMIT\n");
  const KubeTables tables = TablesOf(text);
  ImportNotes notes;
  std::array<std::unique_ptr<ChainReader>, 2> owners;
  ChainReaders readers = {};
  for (size_t family = 0; family < 2; ++family) {
    if (!tables.nat[family].has_value()) continue;
    owners[family] = std::make_unique<ChainReader>(*tables.nat[family], notes);
    readers[family] = owners[family].get();
  }
  std::string out;
  for (const auto& [name, service] : FindServices(tables, readers, notes)) {
    absl::StrAppend(&out, name.ToString(), "@", service.line);
    if (service.is_unnamed) out += " unnamed";
    for (const auto& [address, kind] : service.addresses) {
      absl::StrAppend(&out, " ", address.ToString(), "@", kind.line, kind.cluster_ip ? "c" : "",
                      kind.external_ip ? "e" : "", kind.load_balancer_ip ? "l" : "",
                      kind.external ? "?" : "");
    }
    for (size_t family = 0; family < 2; ++family) {
      for (const KubeChain* chain : service.firewalls[family])
        absl::StrAppend(&out, " ", chain->name);
    }
    for (const auto& range : service.more_ranges) absl::StrAppend(&out, " ", range.ToString());
    PrintPolicy("internal", service.internal, out);
    PrintPolicy("external", service.external, out);
    for (const auto& [port, line] : service.health_checks) {
      absl::StrAppend(&out, " health ", port, "@", line);
    }
    for (const auto& [port_name, port] : service.ports) {
      absl::StrAppend(&out, " [", port_name.first, "/", base::ProtocolName(port_name.second));
      for (const auto& [number, line] : port.numbers) absl::StrAppend(&out, " ", number, "@", line);
      for (const auto& [number, line] : port.node_ports) {
        absl::StrAppend(&out, " node ", number, "@", line);
      }
      for (size_t family = 0; family < 2; ++family) {
        if (port.cluster[family] != nullptr) absl::StrAppend(&out, " ", port.cluster[family]->name);
        if (port.local[family] != nullptr) absl::StrAppend(&out, " ", port.local[family]->name);
      }
      out += "]";
    }
    out += "\n";
  }
  return out + Print(std::move(notes).Take());
}

std::string Dispatch(const std::string& address, const std::string& comment,
                     const std::string& target) {
  return absl::StrCat("-A KUBE-SERVICES -d ", address, "/32 -p tcp -m comment --comment \"",
                      comment, "\" -m tcp --dport 80 -j ", target, "\n");
}

TEST(FindServicesTest, ClusterIpsTellTheInternalPolicy) {
  EXPECT_EQ(Find(Dispatch("10.0.0.1", "a/b:c cluster IP", "KUBE-SVC-A")),
            "a/b@2 10.0.0.1@2c internal cluster@2 [c/tcp 80@2 KUBE-SVC-A]\n");
  EXPECT_EQ(Find(Dispatch("10.0.0.1", "a/b:c cluster IP", "KUBE-SVL-A")),
            "a/b@2 10.0.0.1@2c internal local@2 [c/tcp 80@2 KUBE-SVL-A]\n");
}

TEST(FindServicesTest, ExternalChainsTellTheExternalPolicy) {
  EXPECT_EQ(Find(Dispatch("192.0.2.1", "a/b external IP", "KUBE-EXT-A")),
            "a/b@2 192.0.2.1@2e external cluster@2 [/tcp 80@2 KUBE-SVC-A]\n");
  EXPECT_EQ(Find(Dispatch("192.0.2.1", "a/b loadbalancer IP", "KUBE-EXT-L")),
            "a/b@2 192.0.2.1@2l external local@2 [/tcp 80@2 KUBE-SVC-A KUBE-SVL-A]\n");
  EXPECT_EQ(Find(Dispatch("192.0.2.1", "a/b loadbalancer IP", "KUBE-XLB-A")),
            "a/b@2 192.0.2.1@2l external local@2 [/tcp 80@2 KUBE-SVC-A KUBE-XLB-A]\n");
  EXPECT_EQ(Find(Dispatch("192.0.2.1", "a/b external IP", "KUBE-SVC-A")),
            "a/b@2 192.0.2.1@2e external cluster@2 [/tcp 80@2 KUBE-SVC-A]\n");
  EXPECT_EQ(Find(Dispatch("192.0.2.1", "a/b loadbalancer IP", "KUBE-FW-A")),
            "a/b@2 192.0.2.1@2l KUBE-FW-A external cluster@2 [/tcp 80@2 KUBE-SVC-A]\n");
}

TEST(FindServicesTest, NodePortsAreRulesOfTheirOwn) {
  EXPECT_EQ(
      Find(
          "-A KUBE-NODEPORTS -p udp -m comment --comment \"a/b:c\" -m udp --dport 30053 -j "
          "KUBE-EXT-L\n"
          "-A KUBE-NODEPORTS -s 127.0.0.0/8 -p udp --dport 30053 -j KUBE-MARK-MASQ\n"
          "-A KUBE-NODEPORTS -d 127.0.0.0/8 -p udp -m comment --comment a/b:c -m udp --dport 30053 "
          "-m nfacct --nfacct-name localhost_nps_accepted_pkts -j KUBE-EXT-L\n"),
      "a/b@2 external local@2 [c/udp node 30053@2 KUBE-SVC-A KUBE-SVL-A]\n");
}

TEST(FindServicesTest, WithoutKindTheFirstOfChainsOfClusterIpsIsOne) {
  EXPECT_EQ(Find(Dispatch("10.0.0.1", "a/b:", "KUBE-SVC-A") +
                 Dispatch("192.0.2.1", "a/b:", "KUBE-SVC-A")),
            "a/b@2 10.0.0.1@2c 192.0.2.1@3? internal cluster@2 external cluster@3 [/tcp 80@2 "
            "KUBE-SVC-A]\n");
  EXPECT_EQ(
      Find(Dispatch("192.0.2.1", "a/b", "KUBE-EXT-A") + Dispatch("192.0.2.2", "a/b", "KUBE-FW-A")),
      "a/b@2 192.0.2.1@2? 192.0.2.2@3l KUBE-FW-A external cluster@2 [/tcp 80@2 KUBE-SVC-A]\n");
}

TEST(FindServicesTest, WithoutANameItIsThatOfTheChain) {
  EXPECT_EQ(Find(Dispatch("10.0.0.1", "my rule", "KUBE-SVC-A") +
                 Dispatch("192.0.2.1", "my rule", "KUBE-EXT-A")),
            "unnamed-a@2 unnamed 10.0.0.1@2c 192.0.2.1@3? internal cluster@2 external cluster@3 "
            "[/tcp 80@2 KUBE-SVC-A]\n");
}

// Behind one rule of the nat table, those of the filter table begin on line 13.
TEST(FindServicesTest, FilterRulesTellOfServicesWithoutEndpoints) {
  EXPECT_EQ(
      Find(":KUBE-SERVICES - [0:0]\n",
           ":KUBE-EXTERNAL-SERVICES - [0:0]\n-A KUBE-SERVICES -m conntrack --ctstate DNAT -j "
           "RETURN\n"
           "-A KUBE-SERVICES -d 10.0.0.1/32 -p tcp -m comment --comment \"a/b:c has no endpoints\" "
           "-m tcp --dport 80 -j REJECT --reject-with icmp-port-unreachable\n"
           "-A KUBE-EXTERNAL-SERVICES -d 192.0.2.1/32 -p tcp -m comment --comment \"a/b:c has no "
           "endpoints\" "
           "-m tcp --dport 80 -j REJECT\n"
           "-A KUBE-EXTERNAL-SERVICES -p tcp -m comment --comment \"a/b:c has no endpoints\" -m "
           "addrtype "
           "--dst-type LOCAL -m tcp --dport 30080 -j REJECT\n"),
      "a/b@15 10.0.0.1@15c 192.0.2.1@16? [c/tcp 80@15 node 30080@17]\n");
  EXPECT_EQ(
      Find(":KUBE-SERVICES - [0:0]\n",
           ":KUBE-EXTERNAL-SERVICES - [0:0]\n-A KUBE-SERVICES -d 10.0.0.1/32 -p tcp -m comment "
           "--comment "
           "\"a/b:c has no local endpoints\" -m tcp --dport 80 -j DROP\n"
           "-A KUBE-EXTERNAL-SERVICES -d 192.0.2.1/32 -p tcp -m comment --comment \"a/b:c has no "
           "local "
           "endpoints\" -m tcp --dport 80 -j DROP\n"),
      "a/b@14 10.0.0.1@14c 192.0.2.1@15? internal local@14 external local@15 [c/tcp 80@14]\n");
}

TEST(FindServicesTest, AllRefusalsOnceStoodInOneChain) {
  const std::string refuses =
      "/32 -p tcp -m comment --comment \"a/b has no endpoints\" -m tcp --dport 80 -j REJECT\n";
  EXPECT_EQ(
      Find(":KUBE-SERVICES - [0:0]\n", absl::StrCat("-A KUBE-SERVICES -d 10.0.0.1", refuses,
                                                    "-A KUBE-SERVICES -d 192.0.2.1", refuses)),
      "a/b@13 10.0.0.1@13c 192.0.2.1@14? [/tcp 80@13]\n");
}

TEST(FindServicesTest, ARefusalAtAnAddressForNodePortsIsANodePorts) {
  const std::string nat = Dispatch("10.0.0.1", "a/b cluster IP", "KUBE-SVC-A") +
                          "-A KUBE-SERVICES -d 192.168.0.2/32 -j KUBE-NODEPORTS\n";
  const std::string refuses =
      "-A KUBE-EXTERNAL-SERVICES -d 192.168.0.2/32 -p tcp -m comment --comment \"a/b has no local "
      "endpoints\" -m tcp --dport ";
  EXPECT_EQ(Find(nat, absl::StrCat(refuses, "30080 -j DROP\n")),
            "a/b@2 10.0.0.1@2c internal cluster@2 external local@14 [/tcp 80@2 node 30080@14 "
            "KUBE-SVC-A]\n");
  EXPECT_EQ(Find(nat, absl::StrCat(refuses, "80 -j DROP\n")),
            "a/b@2 10.0.0.1@2c 192.168.0.2@14? internal cluster@2 external local@14 [/tcp 80@2 "
            "KUBE-SVC-A]\n");
}

TEST(FindServicesTest, ARefusalMayLeaveLoopbackOut) {
  EXPECT_EQ(
      Find(":KUBE-SERVICES - [0:0]\n",
           "-A KUBE-EXTERNAL-SERVICES ! -d 127.0.0.0/8 -p tcp -m comment --comment \"a/b has no "
           "endpoints\" -m addrtype --dst-type LOCAL -m tcp --dport 30080 -j REJECT\n"),
      "a/b@13 [/tcp node 30080@13]\n");
}

TEST(FindServicesTest, HealthChecksAndRangesAreInTheFilterTable) {
  EXPECT_EQ(
      Find(":KUBE-SERVICES - [0:0]\n",
           "-A KUBE-NODEPORTS -p tcp -m comment --comment \"a/b:c health check node port\" -m tcp "
           "--dport 32100 -j ACCEPT\n"),
      "a/b@13 external local@13 health 32100@13\n");
  EXPECT_EQ(
      Find(":KUBE-SERVICES - [0:0]\n",
           "-A KUBE-PROXY-FIREWALL -s 10.9.0.0/16 -d 192.0.2.1/32 -p tcp -m comment --comment "
           "\"a/b loadbalancer IP\" -m tcp --dport 80 -j RETURN\n"
           "-A KUBE-PROXY-FIREWALL -d 192.0.2.1/32 -p tcp -m comment --comment \"a/b traffic not "
           "accepted by KUBE-FW-A\" -m tcp --dport 80 -j DROP\n"),
      "a/b@13 192.0.2.1@13l 10.9.0.0/16 [/tcp 80@13]\n");
}

TEST(FindServicesTest, FamiliesComeTogetherUnderOneName) {
  const std::string text =
      "*nat\n" + Dispatch("10.0.0.1", "a/b cluster IP", "KUBE-SVC-A") +
      ":KUBE-SVC-A - [0:0]\nCOMMIT\n"
      "*nat\n-A KUBE-SERVICES -d fd00::1/128 -p tcp -m comment --comment \"a/b cluster IP\" -m tcp "
      "--dport 80 -j KUBE-SVC-A\n:KUBE-SVC-A - [0:0]\nCOMMIT\n";
  const KubeTables tables = TablesOf(text);
  ImportNotes notes;
  ChainReader v4(*tables.nat[0], notes), v6(*tables.nat[1], notes);
  const FoundServices services = FindServices(tables, {&v4, &v6}, notes);
  ASSERT_EQ(services.size(), 1u);
  const FoundService& service = services.begin()->second;
  EXPECT_EQ(service.addresses.size(), 2u);
  ASSERT_EQ(service.ports.size(), 1u);
  const FoundPort& port = service.ports.begin()->second;
  EXPECT_EQ(port.cluster[0], tables.nat[0]->Find("KUBE-SVC-A"));
  EXPECT_EQ(port.cluster[1], tables.nat[1]->Find("KUBE-SVC-A"));
}

TEST(FindServicesTest, WhatIsNotUnderstoodIsSaidWithItsLine) {
  EXPECT_EQ(
      Find("-A KUBE-SERVICES -p tcp --dport 80 -j KUBE-SVC-A\n"
           "-A KUBE-SERVICES -d 10.0.0.0/8 -p tcp --dport 80 -j KUBE-SVC-A\n"
           "-A KUBE-SERVICES ! -d 10.0.0.1/32 -p tcp --dport 80 -j KUBE-SVC-A\n"
           "-A KUBE-SERVICES -d 10.0.0.1/32 -j KUBE-SVC-A\n"
           "-A KUBE-NODEPORTS -p tcp -j KUBE-SVC-A\n"),
      "rules of kube-proxy that are not understood: 5 (line 2, line 3, line 4, line 5, line 6)\n");
  EXPECT_EQ(Find("-A KUBE-SERVICES -d 10.0.0.1/32 -p tcp --dport 80 -j KUBE-SEP-A\n"
                 "-A KUBE-NODEPORTS -p tcp --dport 80 -j DROP\n",
                 "-A KUBE-SERVICES -j LOG\n-A KUBE-NODEPORTS -p tcp --dport 8080 -j ACCEPT\n"
                 "-A KUBE-PROXY-FIREWALL -j DROP\n"),
            "rules of kube-proxy that are not understood: 5 (line 2, line 3, line 14, line 15, "
            "line 16)\n");
}

TEST(FindServicesTest, RulesOfOthersAreCounted) {
  EXPECT_EQ(
      Find("-A KUBE-SERVICES -m set --match-set KUBE-CLUSTER-IP dst,dst -j ACCEPT\n"
           "-A KUBE-LOAD-BALANCER -j KUBE-MARK-MASQ\n-A KUBE-MARK-MASQ -j MARK --or-mark 0x4000\n",
           "-A KUBE-ROUTER-INPUT -j ACCEPT\n-A KUBE-FORWARD -j ACCEPT\n"),
      "rules of kube-proxy's IPVS mode: 2\nrules that are not kube-proxy's: 1\n");
}

}  // namespace
}  // namespace nftsvc::iptables

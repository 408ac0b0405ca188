// SPDX-License-Identifier: Apache-2.0
#include "src/iptables/draft_service.h"

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tests/iptables/printed.h"

namespace nftsvc::iptables {
namespace {

// A nat table of two endpoints, of which the first runs here.
constexpr char kNat[] = R"(:KUBE-SERVICES - [0:0]
-A KUBE-SVC-A -m statistic --mode random --probability 0.5 -j KUBE-SEP-1
-A KUBE-SVC-A -j KUBE-SEP-2
-A KUBE-SVL-A -j KUBE-SEP-1
-A KUBE-SVL-X -j KUBE-SEP-3
-A KUBE-SVC-T -m statistic --mode nth --every 2 --packet 0 -j KUBE-SEP-1
-A KUBE-SVC-T -j KUBE-SEP-2
-A KUBE-FW-A -s 10.9.0.0/16 -j KUBE-SVC-A
-A KUBE-FW-A -s 192.0.2.1/32 -j KUBE-SVC-A
-A KUBE-FW-O -s 192.0.2.1/32 -j KUBE-SVC-A
-A KUBE-FW-E -s 10.9.0.0/16 -j KUBE-SVC-A
-A KUBE-FW-E -j KUBE-SVC-A
-A KUBE-SEP-1 -p tcp -m tcp -j DNAT --to-destination 10.1.0.1:80
-A KUBE-SEP-2 -p tcp -m tcp -j DNAT --to-destination 10.1.0.2:80
-A KUBE-SEP-3 -p tcp -m tcp -j DNAT --to-destination 10.1.0.3:80
)";

class DraftServiceTest : public ::testing::Test {
 protected:
  DraftServiceTest() {
    found_.line = 7;
    Address("10.0.0.1").cluster_ip = true;
    FoundPort& port = Port("http");
    port.numbers[80] = 7;
    port.addresses.insert(*base::IpAddress::Parse("10.0.0.1"));
    port.cluster[0] = Chain("KUBE-SVC-A");
  }

  FoundPort& Port(const std::string& name) { return found_.ports[{name, base::Protocol::kTcp}]; }

  // Every port gets it.
  FoundAddress& Address(const std::string& text) {
    const base::IpAddress address = *base::IpAddress::Parse(text);
    for (auto& [name, port] : found_.ports) port.addresses.insert(address);
    FoundAddress& kind = found_.addresses[address];
    kind.line = 9;
    return kind;
  }

  const KubeChain* Chain(absl::string_view name) { return tables_.nat[0]->Find(name); }

  // The draft as one line, then notes and issues.
  std::string Draft() {
    ImportNotes notes;
    model::IssueCollector issues;
    ChainReader reader(*tables_.nat[0], notes);
    const ChainReaders readers = {&reader, nullptr};
    const model::ServiceDraft draft =
        DraftService({.name_space = "a", .name = "b"}, found_, readers, "node-a", notes, issues);
    std::string out;
    const auto list = [&](const char* name, const std::vector<std::string>& texts) {
      if (!texts.empty()) absl::StrAppend(&out, " ", name, " ", absl::StrJoin(texts, ","));
    };
    list("cluster", draft.cluster_ips);
    list("external", draft.external_ips);
    list("load balancer", draft.load_balancer_ips);
    list("ranges", draft.load_balancer_source_ranges);
    if (draft.internal_traffic_policy != 0) {
      absl::StrAppend(&out, " internal ", draft.internal_traffic_policy);
    }
    if (draft.external_traffic_policy != 0) {
      absl::StrAppend(&out, " external ", draft.external_traffic_policy);
    }
    if (draft.has_session_affinity)
      absl::StrAppend(&out, " ", draft.client_ip_timeout_seconds, "s");
    if (draft.health_check_node_port != 0) {
      absl::StrAppend(&out, " health ", draft.health_check_node_port);
    }
    for (const model::PortDraft& port : draft.ports) {
      absl::StrAppend(&out, " [", port.name, " ", port.port);
      if (port.node_port != 0) absl::StrAppend(&out, " node ", port.node_port);
      if (port.balancing != 0) absl::StrAppend(&out, " balancing ", port.balancing);
      for (const model::EndpointDraft& endpoint : port.endpoints) {
        absl::StrAppend(&out, " ", endpoint.address, ":", endpoint.port);
        if (endpoint.weight != 1) absl::StrAppend(&out, "*", endpoint.weight);
        if (!endpoint.node.empty()) absl::StrAppend(&out, "@", endpoint.node);
      }
      out += "]";
    }
    return absl::StrCat(out, "\n", Print(std::move(notes).Take()), Print(std::move(issues).Take()));
  }

  const std::string text_ = absl::StrCat("*nat\n", kNat, "COMMIT\n");
  const KubeTables tables_ = TablesOf(text_);
  FoundService found_;
};

TEST_F(DraftServiceTest, HasWhatWasFound) {
  Address("192.0.2.7").external_ip = true;
  Address("192.0.2.1").load_balancer_ip = true;
  Port("http").node_ports[30080] = 8;
  found_.affinity_seconds[600] = 8;
  found_.health_checks[32100] = 8;
  found_.external.local_line = 8;
  Port("http").local[0] = Chain("KUBE-SVL-A");
  EXPECT_EQ(
      Draft(),
      " cluster 10.0.0.1 external 192.0.2.7 load balancer 192.0.2.1 external 2 600s health 32100"
      " [http 80 node 30080 10.1.0.1:80@node-a 10.1.0.2:80]\n");
}

TEST_F(DraftServiceTest, TurnsAreRoundRobin) {
  Port("http").cluster[0] = Chain("KUBE-SVC-T");
  EXPECT_EQ(Draft(), " cluster 10.0.0.1 [http 80 balancing 2 10.1.0.1:80 10.1.0.2:80]\n");
}

TEST_F(DraftServiceTest, TheAddressOfALoadBalancerIsNoRangeUnlessTheOnlyOne) {
  Address("192.0.2.1").load_balancer_ip = true;
  found_.firewalls[0] = {Chain("KUBE-FW-A")};
  found_.more_ranges = {*base::IpPrefix::Parse("10.8.0.0/16"), *base::IpPrefix::Parse("fd00::/16")};
  const std::string before = " cluster 10.0.0.1 load balancer 192.0.2.1 ranges ";
  const std::string behind = " [http 80 10.1.0.1:80 10.1.0.2:80]\n";
  EXPECT_EQ(Draft(), before + "10.8.0.0/16,10.9.0.0/16,fd00::/16" + behind);
  found_.more_ranges.clear();
  found_.firewalls[0] = {Chain("KUBE-FW-O")};
  EXPECT_EQ(Draft(), before + "192.0.2.1" + behind);
}

TEST_F(DraftServiceTest, WhereEveryoneIsAdmittedThereAreNoRanges) {
  Address("192.0.2.1").load_balancer_ip = true;
  found_.firewalls[0] = {Chain("KUBE-FW-E")};
  EXPECT_EQ(Draft(),
            " cluster 10.0.0.1 load balancer 192.0.2.1 [http 80 10.1.0.1:80 10.1.0.2:80]\n");
}

TEST_F(DraftServiceTest, AnUnknownKindIsGuessed) {
  Address("192.0.2.1").external = true;
  EXPECT_EQ(Draft(),
            " cluster 10.0.0.1 external 192.0.2.1 [http 80 10.1.0.1:80 10.1.0.2:80]\n"
            "addresses taken for external IPs that may be load-balancer IPs: 1 (a/b (line 9))\n");
  Port("http").node_ports[30080] = 8;
  EXPECT_EQ(
      Draft(),
      " cluster 10.0.0.1 load balancer 192.0.2.1 [http 80 node 30080 10.1.0.1:80 10.1.0.2:80]\n"
      "addresses taken for load-balancer IPs that may be external IPs: 1 (a/b (line 9))\n");
  Address("192.0.2.1").external_ip = true;
  EXPECT_EQ(Draft(),
            " cluster 10.0.0.1 external 192.0.2.1 [http 80 node 30080 10.1.0.1:80 10.1.0.2:80]\n");
}

TEST_F(DraftServiceTest, OfTwoKindsOneIsTaken) {
  Address("10.0.0.1").external_ip = true;
  EXPECT_EQ(Draft(),
            " cluster 10.0.0.1 [http 80 10.1.0.1:80 10.1.0.2:80]\n"
            "addresses of a service with two kinds, of which one is taken: 1 (a/b (line 9))\n");
}

TEST_F(DraftServiceTest, WhatContradictsItselfIsSaid) {
  found_.internal = {.cluster_line = 3, .local_line = 4};
  found_.external = {.cluster_line = 5, .local_line = 6};
  found_.affinity_seconds = {{60, 1}, {600, 2}};
  EXPECT_EQ(Draft(),
            " cluster 10.0.0.1 internal 2 external 2 600s [http 80 10.1.0.1:80 10.1.0.2:80]\n"
            "services with both external policies, of which LOCAL is taken: 1 (a/b (line 5))\n"
            "services with both internal policies, of which LOCAL is taken: 1 (a/b (line 3))\n"
            "services with several timeouts of affinity, of which the longest is taken: 1 (a/b "
            "(line 2))\n");
}

TEST_F(DraftServiceTest, NumbersThatContradictThemselvesAreIssues) {
  Port("http").numbers = {{80, 3}, {81, 4}};
  Port("http").node_ports = {{30080, 5}, {30081, 6}};
  found_.health_checks = {{32100, 7}, {32101, 8}};
  const std::string draft = Draft();
  EXPECT_EQ(draft.substr(draft.find('\n') + 1),
            "health_check_node_port: is 32100 on line 7 and 32101 on line 8\n"
            "port http.port: is 80 on line 3 and 81 on line 4\n"
            "port http.node_port: is 30080 on line 5 and 30081 on line 6\n");
}

TEST_F(DraftServiceTest, WhatIsKnownInPartIsSaid) {
  Port("http").cluster[0] = nullptr;
  Port("http").local[0] = Chain("KUBE-SVL-A");
  EXPECT_EQ(Draft(),
            " cluster 10.0.0.1 [http 80 10.1.0.1:80@node-a]\n"
            "services of which only endpoints on this node are told: 1 (a/b (line 7))\n");
  Port("http").cluster[0] = Chain("KUBE-SVC-A");
  Port("http").local[0] = Chain("KUBE-SVL-X");
  EXPECT_EQ(Draft(),
            " cluster 10.0.0.1 [http 80 10.1.0.1:80 10.1.0.2:80 10.1.0.3:80@node-a]\n"
            "endpoints on this node that are not among all of their service: 1 (a/b (line 7))\n");
}

TEST_F(DraftServiceTest, PortsHaveAllAddressesOfTheirService) {
  Address("192.0.2.7").external_ip = true;
  Port("more").numbers[81] = 12;
  Port("more").addresses.insert(*base::IpAddress::Parse("10.0.0.1"));
  EXPECT_EQ(
      Draft(),
      " cluster 10.0.0.1 external 192.0.2.7 [http 80 10.1.0.1:80 10.1.0.2:80] [more 81]\n"
      "ports that have not all addresses of their service, and get them: 1 (a/b (line 12))\n");
}

TEST_F(DraftServiceTest, OfANodePortAloneTheNumberIsThePorts) {
  found_.addresses.clear();
  Port("http").addresses.clear();
  Port("http").numbers.clear();
  Port("http").node_ports[30080] = 8;
  EXPECT_EQ(Draft(),
            " [http 30080 node 30080 10.1.0.1:80 10.1.0.2:80]\n"
            "ports of which only the node port is told, and taken for both: 1 (a/b (line 8))\n");
}

TEST_F(DraftServiceTest, WithoutEndpointsPoliciesAreNotTold) {
  Port("http").cluster[0] = nullptr;
  EXPECT_EQ(Draft(),
            " cluster 10.0.0.1 [http 80]\n"
            "services without endpoints, whose policies and affinity the rules do not tell: 1 (a/b "
            "(line 7))\n");
  found_.internal.local_line = 7;
  EXPECT_EQ(
      Draft(),
      " cluster 10.0.0.1 internal 2 [http 80]\n"
      "services without endpoints here, of which those elsewhere are not told: 1 (a/b (line 7))\n");
}

TEST_F(DraftServiceTest, AHealthCheckAloneIsNoService) {
  found_ = {};
  found_.line = 7;
  found_.health_checks[32100] = 7;
  EXPECT_EQ(Draft(),
            " health 32100\n"
            "services of which only the health check is told, left out: 1 (a/b (line 7))\n");
}

TEST_F(DraftServiceTest, ItsSizeIsKnownBeforehand) {
  Port("http").local[0] = Chain("KUBE-SVL-A");
  found_.firewalls[0] = {Chain("KUBE-FW-A")};
  ImportNotes notes;
  ChainReader reader(*tables_.nat[0], notes);
  const DraftSize size = SizeOf(found_, {&reader, nullptr});
  EXPECT_EQ(size.endpoints, 3u);
  EXPECT_EQ(size.source_ranges, 2u);
}

}  // namespace
}  // namespace nftsvc::iptables

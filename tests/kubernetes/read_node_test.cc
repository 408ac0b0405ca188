// SPDX-License-Identifier: Apache-2.0
#include "src/kubernetes/read_node.h"

#include <gtest/gtest.h>

#include "tests/kubernetes/printed.h"

namespace nftsvc::kubernetes {
namespace {

std::string ReadNodeJson(absl::string_view text) {
  return PrintReading("Node", text,
                      [](const NamedObject& object, Notes&, model::IssueCollector& issues) {
                        return ReadNode(object, issues).ShortDebugString();
                      });
}

TEST(ReadNodeTest, ReadsZoneAddressesAndPodCidrs) {
  EXPECT_EQ(
      ReadNodeJson(
          R"({"metadata":{"name":"node-b","labels":{"topology.kubernetes.io/zone":"zone-2"}},
                     "spec":{"podCIDR":"10.244.2.0/24","podCIDRs":["10.244.2.0/24","fd00:10:244:2::/64"]},
                     "status":{"addresses":[{"type":"ExternalIP","address":"203.0.113.9"},
                       {"type":"InternalIP","address":"192.168.0.3"},{"type":"Hostname","address":"node-b"},
                       {"type":"InternalIP","address":"2001:db8::3"}]}})"),
      R"(node { name: "node-b" zone: "zone-2" addresses: "192.168.0.3" addresses: "2001:db8::3" } )"
      R"(local_pods { cidrs: "10.244.2.0/24" cidrs: "fd00:10:244:2::/64" })");
}

TEST(ReadNodeTest, AddressesKeepTheirOrderAndAreThereOnce) {
  EXPECT_EQ(
      ReadNodeJson(
          R"({"metadata":{"name":"a"},"status":{"addresses":[{"type":"InternalIP","address":"192.168.0.3"},
                     {"type":"InternalIP","address":"192.168.0.002"},{"type":"InternalIP","address":"192.168.0.3"}]}})"),
      R"(node { name: "a" addresses: "192.168.0.3" addresses: "192.168.0.2" })");
}

TEST(ReadNodeTest, PodCidrStandsInForPodCidrs) {
  EXPECT_EQ(ReadNodeJson(R"({"metadata":{"name":"a"},"spec":{"podCIDR":"10.244.002.0/24"}})"),
            R"(node { name: "a" } local_pods { cidrs: "10.244.2.0/24" })");
}

TEST(ReadNodeTest, ABareNodeHasItsNameOnly) {
  EXPECT_EQ(ReadNodeJson(R"({"metadata":{"name":"a"}})"), R"(node { name: "a" })");
}

TEST(ReadNodeTest, AllMistakesAreTold) {
  EXPECT_EQ(
      ReadNodeJson(
          R"({"metadata":{"name":"a","labels":{"topology.kubernetes.io/zone":1}},"spec":{"podCIDRs":["10.0.0.1"]},
                     "status":{"addresses":[{"type":"InternalIP","address":"x"},{"type":"InternalIP"}]}})"),
      "metadata.labels.topology.kubernetes.io/zone: must be a text\n"
      "status.addresses[0].address: \"x\" is not an IP address\n"
      "status.addresses[1].address: \"\" is not an IP address\n"
      "spec.podCIDRs[0]: \"10.0.0.1\" is not a CIDR\n");
}

}  // namespace
}  // namespace nftsvc::kubernetes

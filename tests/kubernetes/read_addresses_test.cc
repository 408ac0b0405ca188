// SPDX-License-Identifier: Apache-2.0
#include "src/kubernetes/read_addresses.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "tests/kubernetes/printed.h"

namespace nftsvc::kubernetes {
namespace {

std::string ReadAddressesJson(absl::string_view spec, absl::string_view ingress = "[]") {
  const std::string text = absl::StrCat(R"({"metadata":{"name":"web"},"spec":)", spec,
                                        R"(,"status":{"loadBalancer":{"ingress":)", ingress, "}}}");
  return PrintReading(
      "Service", text, [](const NamedObject& object, Notes& notes, model::IssueCollector& issues) {
        ServiceObject result;
        result.service.set_namespace_(object.name.name_space);
        result.service.set_name(object.name.name);
        const Fields spec_fields = object.fields.Object("spec");
        ReadAddresses(ReadClusterIps(spec_fields), spec_fields, object.fields.Object("status"),
                      result, notes, issues);
        result.service.clear_namespace_();
        result.service.clear_name();
        return absl::StrCat(result.families[0] ? "v4 " : "", result.families[1] ? "v6 " : "",
                            result.service.ShortDebugString(), "\n");
      });
}

TEST(ReadAddressesTest, ClusterIpsDecideTheFamilies) {
  EXPECT_EQ(ReadAddressesJson(R"({"clusterIPs":["10.96.0.7"]})"),
            "v4 cluster_ips: \"10.96.0.7\"\n");
  EXPECT_EQ(ReadAddressesJson(R"({"clusterIPs":["fd00::7"]})"), "v6 cluster_ips: \"fd00::7\"\n");
  EXPECT_EQ(ReadAddressesJson(R"({"clusterIPs":["fd00::7","10.96.0.7"],"clusterIP":"fd00::7"})"),
            "v4 v6 cluster_ips: \"10.96.0.7\" cluster_ips: \"fd00::7\"\n");
}

TEST(ReadAddressesTest, ClusterIpStandsInForClusterIps) {
  EXPECT_EQ(ReadAddressesJson(R"({"clusterIP":"10.96.0.7"})"), "v4 cluster_ips: \"10.96.0.7\"\n");
  EXPECT_EQ(ReadAddressesJson(R"({"clusterIP":"10.96.0.7","clusterIPs":[]})"),
            "v4 cluster_ips: \"10.96.0.7\"\n");
  EXPECT_EQ(ReadAddressesJson(R"({"clusterIP":"10.96.0.7","clusterIPs":["10.96.0.8"]})"),
            "v4 cluster_ips: \"10.96.0.8\"\n");
}

TEST(ReadAddressesTest, ExternalAddressesOfOtherFamiliesAreLeftOut) {
  EXPECT_EQ(
      ReadAddressesJson(R"({"clusterIP":"10.96.0.7","externalIPs":["2001:db8::1","192.0.2.1"]})",
                        R"([{"ip":"2001:db8::2"},{"ip":"192.0.2.2"}])"),
      "v4 cluster_ips: \"10.96.0.7\" external_ips: \"192.0.2.1\" "
      "load_balancer_ips: \"192.0.2.2\"\n"
      "external IPs of a family in which the service has no cluster IP: 1 (default/web)\n"
      "load-balancer IPs of a family in which the service has no cluster IP: 1 "
      "(default/web)\n");
}

TEST(ReadAddressesTest, BlankExternalIpsAreNothing) {
  EXPECT_EQ(ReadAddressesJson(R"({"clusterIP":"10.96.0.7","externalIPs":[""," "]})"),
            "v4 cluster_ips: \"10.96.0.7\"\n");
}

TEST(ReadAddressesTest, OnlyLoadBalancersThatDoNotTranslateCount) {
  EXPECT_EQ(
      ReadAddressesJson(
          R"({"clusterIP":"10.96.0.7"})",
          R"([{"ip":"192.0.2.1"}, {"ip":"192.0.2.2","ipMode":"VIP"}, {"ip":"192.0.2.3","ipMode":"Proxy"},
                     {"ip":"192.0.2.4","ipMode":null}, {"hostname":"lb.example.com"}])"),
      "v4 cluster_ips: \"10.96.0.7\" load_balancer_ips: \"192.0.2.1\" "
      "load_balancer_ips: \"192.0.2.2\" load_balancer_ips: \"192.0.2.4\"\n"
      "load balancers known by a host name only: 1 (default/web)\n"
      "load-balancer IPs that translate themselves (ipMode is not VIP): 1 (default/web)\n");
}

TEST(ReadAddressesTest, EachAddressIsThereOnceAndInOrder) {
  EXPECT_EQ(
      ReadAddressesJson(
          R"({"clusterIP":"10.96.0.7","externalIPs":["192.0.2.9","192.0.2.1","192.0.2.009"]})",
          R"([{"ip":"192.0.2.2"},{"ip":"192.0.2.2"}])"),
      "v4 cluster_ips: \"10.96.0.7\" external_ips: \"192.0.2.1\" "
      "external_ips: \"192.0.2.9\" load_balancer_ips: \"192.0.2.2\"\n");
}

TEST(ReadAddressesTest, AnAddressInTwoListsStaysInTheFirstThatKubeProxyLooksAt) {
  EXPECT_EQ(
      ReadAddressesJson(R"({"clusterIP":"10.96.0.7","externalIPs":["192.0.2.1","10.96.0.7"]})",
                        R"([{"ip":"192.0.2.1"},{"ip":"10.96.0.7"}])"),
      "v4 cluster_ips: \"10.96.0.7\" load_balancer_ips: \"192.0.2.1\"\n"
      "external IPs that the service has as another kind of address too: 2 (default/web, "
      "default/web)\n"
      "load-balancer IPs that the service has as another kind of address too: 1 "
      "(default/web)\n");
}

TEST(ReadAddressesTest, SourceRangesAreTrimmedAndCanonical) {
  EXPECT_EQ(ReadAddressesJson(R"({"clusterIP":"10.96.0.7","loadBalancerSourceRanges":
                     [" 203.0.113.000/025\t","10.1.2.3/8","fd00::/64","","203.0.113.0/25"]})"),
            "v4 cluster_ips: \"10.96.0.7\" load_balancer_source_ranges: \"10.0.0.0/8\" "
            "load_balancer_source_ranges: \"203.0.113.0/25\" "
            "load_balancer_source_ranges: \"fd00::/64\"\n");
}

TEST(ReadAddressesTest, MistakesHaveTheirPath) {
  EXPECT_EQ(ReadAddressesJson(
                R"({"clusterIPs":["10.96.0.7","None",5],"externalIPs":["192.0.2.256","127.0.0.1"],
                     "loadBalancerSourceRanges":["10.0.0.0/8","10.0.0.1"]})",
                R"([{"ip":"fe80::1"},7,{"ip":8}])"),
            "spec.clusterIPs[2]: must be a text\n"
            "spec.clusterIPs[1]: \"None\" is not an IP address\n"
            "status.loadBalancer.ingress[0].ip: fe80::1 is a link-local address\n"
            "status.loadBalancer.ingress[1]: must be an object\n"
            "status.loadBalancer.ingress[2].ip: must be a text\n"
            "spec.externalIPs[0]: \"192.0.2.256\" is not an IP address\n"
            "spec.externalIPs[1]: 127.0.0.1 is a loopback address\n"
            "spec.loadBalancerSourceRanges[1]: \"10.0.0.1\" is not a CIDR\n");
  EXPECT_EQ(ReadAddressesJson(R"({"clusterIP":"10.96.0.x"})"),
            "spec.clusterIP: \"10.96.0.x\" is not an IP address\n");
}

TEST(ReadAddressesTest, TheNumberOfAddressesIsBounded) {
  std::string many, ranges;
  for (int i = 1; i <= 65; ++i) absl::StrAppend(&many, i > 1 ? "," : "", "\"192.0.2.", i, "\"");
  for (int i = 0; i <= 256; ++i)
    absl::StrAppend(&ranges, i > 0 ? "," : "", "\"10.", i / 2, ".", i % 2, ".0/24\"");
  EXPECT_EQ(ReadAddressesJson(absl::StrCat(R"({"clusterIP":"10.96.0.7","externalIPs":[)", many,
                                           R"(],"loadBalancerSourceRanges":[)", ranges, "]}")),
            "spec.externalIPs: 65 are too many, at most 64 are allowed\n"
            "spec.loadBalancerSourceRanges: 257 are too many, at most 256 are allowed\n");
}

}  // namespace
}  // namespace nftsvc::kubernetes

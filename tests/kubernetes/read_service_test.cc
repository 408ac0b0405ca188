// SPDX-License-Identifier: Apache-2.0
#include "src/kubernetes/read_service.h"

#include <gtest/gtest.h>

#include <cstring>

#include "absl/strings/str_cat.h"
#include "tests/kubernetes/printed.h"

namespace nftsvc::kubernetes {
namespace {

std::string ReadServiceJsonObject(absl::string_view text) {
  return PrintReading(
      "Service", text, [](const NamedObject& object, Notes& notes, model::IssueCollector& issues) {
        const std::optional<ServiceObject> read = ReadService(object, notes, issues);
        return read.has_value() ? read->service.ShortDebugString() : "";
      });
}

// What a service has beyond its names, cluster IP and port. `spec` goes behind them.
std::string ReadServiceJson(absl::string_view spec) {
  std::string printed =
      ReadServiceJsonObject(absl::StrCat(R"({"metadata":{"namespace":"shop","name":"web"},"spec":{)"
                                         R"("clusterIP":"10.96.0.7","ports":[{"port":80}])",
                                         spec.empty() ? "" : ",", spec, "}}"));
  for (const char* known : {R"(namespace: "shop" name: "web" cluster_ips: "10.96.0.7" )",
                            "ports { protocol: TCP port: 80 }"}) {
    const size_t at = printed.find(known);
    if (at != std::string::npos) printed.erase(at, strlen(known));
  }
  return printed;
}

TEST(ReadServiceTest, APlainServiceHasNothingButDefaults) {
  EXPECT_EQ(ReadServiceJson(""), "");
  EXPECT_EQ(ReadServiceJson(
                R"("type":"ClusterIP","internalTrafficPolicy":"Cluster","sessionAffinity":"None",
                    "ipFamilies":["IPv4"],"ipFamilyPolicy":"SingleStack","selector":{"app":"web"})"),
            "");
}

TEST(ReadServiceTest, SomeServicesAreLeftAlone) {
  const auto read = [](absl::string_view spec) {
    return ReadServiceJsonObject(absl::StrCat(R"({"metadata":{"name":"web"},"spec":)", spec, "}"));
  };
  EXPECT_EQ(read(R"({"type":"ExternalName","externalName":"db.example.com"})"),
            "ExternalName services: 1 (default/web)\n");
  EXPECT_EQ(read(R"({"type":"ExternalName","clusterIP":"10.96.0.7","ports":[{"port":80}]})"),
            "ExternalName services: 1 (default/web)\n");
  EXPECT_EQ(read(R"({"clusterIP":"None","clusterIPs":["None"],"ports":[{"port":80}]})"),
            "headless services: 1 (default/web)\n");
  EXPECT_EQ(read(R"({"clusterIP":"None"})"), "headless services: 1 (default/web)\n");
  EXPECT_EQ(read(R"({"type":"LoadBalancer","clusterIP":"","ports":[{"port":80}]})"),
            "services without a cluster IP: 1 (default/web)\n");
  EXPECT_EQ(read("null"), "services without a cluster IP: 1 (default/web)\n");
}

TEST(ReadServiceTest, ServicesOfAnotherProxyAreLeftAlone) {
  EXPECT_EQ(
      ReadServiceJsonObject(
          R"({"metadata":{"name":"web","labels":{"service.kubernetes.io/service-proxy-name":""}},
                           "spec":{"clusterIP":"10.96.0.7","ports":[{"port":80}]}})"),
      "services of another proxy: 1 (default/web)\n");
}

TEST(ReadServiceTest, InternalTrafficMayBeLocal) {
  EXPECT_EQ(ReadServiceJson(R"("internalTrafficPolicy":"Local")"),
            "internal_traffic_policy: LOCAL ");
}

TEST(ReadServiceTest, ExternalTrafficIsLocalOnlyWhereThereIsSome) {
  const std::string local = "external_traffic_policy: LOCAL ";
  EXPECT_EQ(ReadServiceJson(R"("externalTrafficPolicy":"Local")"), "");
  EXPECT_EQ(
      ReadServiceJson(R"("externalTrafficPolicy":"Local","type":"ClusterIP","externalIPs":[])"),
      "");
  EXPECT_EQ(ReadServiceJson(R"("externalTrafficPolicy":"Local","type":"NodePort")"), local);
  EXPECT_EQ(ReadServiceJson(R"("externalTrafficPolicy":"Local","type":"LoadBalancer")"), local);
  EXPECT_EQ(ReadServiceJson(R"("externalTrafficPolicy":"Cluster","type":"LoadBalancer")"), "");
  EXPECT_EQ(ReadServiceJson(R"("externalTrafficPolicy":"Local","externalIPs":["192.0.2.1"])"),
            "external_ips: \"192.0.2.1\" " + local);
}

TEST(ReadServiceTest, AnExternalIpOfAnotherFamilyMakesExternalTrafficLocalToo) {
  EXPECT_EQ(ReadServiceJson(R"("externalTrafficPolicy":"Local","externalIPs":["2001:db8::1"])"),
            "external_traffic_policy: LOCAL "
            "external IPs of a family in which the service has no cluster IP: 1 (shop/web)\n");
}

TEST(ReadServiceTest, HealthChecksAreForLoadBalancersWithLocalTraffic) {
  const std::string local = "external_traffic_policy: LOCAL ";
  EXPECT_EQ(
      ReadServiceJson(
          R"("externalTrafficPolicy":"Local","type":"LoadBalancer","healthCheckNodePort":32000)"),
      local + "health_check_node_port: 32000 ");
  EXPECT_EQ(ReadServiceJson(
                R"("externalTrafficPolicy":"Local","type":"NodePort","healthCheckNodePort":32000)"),
            local);
  EXPECT_EQ(
      ReadServiceJson(
          R"("externalTrafficPolicy":"Cluster","type":"LoadBalancer","healthCheckNodePort":32000)"),
      "");
  EXPECT_EQ(ReadServiceJson(
                R"("externalTrafficPolicy":"Local","type":"LoadBalancer","healthCheckNodePort":0)"),
            local);
}

TEST(ReadServiceTest, AffinityHasTheDefaultTimeoutOfTheApi) {
  EXPECT_EQ(ReadServiceJson(R"("sessionAffinity":"ClientIP")"),
            "session_affinity { client_ip_timeout_seconds: 10800 } ");
  EXPECT_EQ(
      ReadServiceJson(
          R"("sessionAffinity":"ClientIP","sessionAffinityConfig":{"clientIP":{"timeoutSeconds":60}})"),
      "session_affinity { client_ip_timeout_seconds: 60 } ");
  EXPECT_EQ(
      ReadServiceJson(
          R"("sessionAffinity":"ClientIP","sessionAffinityConfig":{"clientIP":{"timeoutSeconds":null}})"),
      "session_affinity { client_ip_timeout_seconds: 10800 } ");
  EXPECT_EQ(
      ReadServiceJson(
          R"("sessionAffinity":"None","sessionAffinityConfig":{"clientIP":{"timeoutSeconds":60}})"),
      "");
}

TEST(ReadServiceTest, LabelsAreKeptAndAnnotationsAreNot) {
  EXPECT_EQ(
      ReadServiceJsonObject(
          R"({"metadata":{"name":"web","labels":{"b":"2","a":""},"annotations":{"c":"3"}},
                           "spec":{"clusterIP":"10.96.0.7","ports":[{"port":80}]}})"),
      R"(namespace: "default" name: "web" labels { key: "a" value: "" } labels { key: "b" value: "2" } )"
      R"(cluster_ips: "10.96.0.7" ports { protocol: TCP port: 80 })");
}

TEST(ReadServiceTest, LabelsBeyondTheBoundsAreLeftOut) {
  std::string labels = absl::StrCat("\"", std::string(254, 'a'), "\":\"\"");
  for (int i = 0; i < 66; ++i) absl::StrAppend(&labels, ",\"l", i, "\":\"\"");
  const std::string printed = ReadServiceJsonObject(
      absl::StrCat(R"({"metadata":{"name":"web","labels":{)", labels,
                   R"(}},"spec":{"clusterIP":"10.96.0.7","ports":[{"port":80}]}})"));
  EXPECT_EQ(printed.find("aaa"), std::string::npos);
  EXPECT_NE(printed.find("labels beyond what a snapshot holds: 3 (default/web"), std::string::npos);
}

TEST(ReadServiceTest, AllMistakesAreTold) {
  EXPECT_EQ(ReadServiceJsonObject(R"({"metadata":{"name":"web","labels":{"a":1,"b":"\n"}},"spec":{
      "type":"clusterip","clusterIP":"10.96.0.7x","internalTrafficPolicy":"local","externalTrafficPolicy":true,
      "sessionAffinity":"Cookie","sessionAffinityConfig":{"clientIP":{"timeoutSeconds":86401}},
      "healthCheckNodePort":-1,"ports":[{"port":80},{"name":"b","port":70000}]},"status":[]})"),
            "spec.type: \"clusterip\" is none of ClusterIP, NodePort, LoadBalancer, ExternalName\n"
            "metadata.labels.a: must be a text\n"
            "metadata.labels.b: \"\\n\" has a control character\n"
            "status: must be an object\n"
            "spec.clusterIP: \"10.96.0.7x\" is not an IP address\n"
            "spec.internalTrafficPolicy: \"local\" is none of Cluster, Local\n"
            "spec.healthCheckNodePort: must be a number from 0 to 65535\n"
            "spec.externalTrafficPolicy: must be a text\n"
            "spec.sessionAffinity: \"Cookie\" is none of None, ClientIP\n"
            "spec.sessionAffinityConfig.clientIP.timeoutSeconds: must be a number from 1 to 86400\n"
            "spec.ports[0].name: is needed, because there are several ports\n"
            "spec.ports[1].port: must be a number from 1 to 65535\n");
}

}  // namespace
}  // namespace nftsvc::kubernetes

// SPDX-License-Identifier: Apache-2.0
#include "src/kubernetes/import.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "src/wire/textproto.h"
#include "tests/kubernetes/printed.h"
#include "tests/kubernetes/revalidate.h"

namespace nftsvc::kubernetes {
namespace {

using nlohmann::json;

std::string ReadFile(absl::string_view name) {
  const std::string path = absl::StrCat(NFTSVC_SOURCE_DIR, "/tests/kubernetes/", name);
  std::ifstream in(path, std::ios::binary);
  EXPECT_TRUE(in) << path;
  std::ostringstream text;
  text << in.rdbuf();
  return std::move(text).str();
}

// A result without mistakes.
ImportResult ImportFile(absl::string_view name, const std::string& node = "") {
  absl::StatusOr<ImportResult> result = Import(ReadFile(name), node);
  EXPECT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(Print(result->issues), "");
  return *std::move(result);
}

// What there is to say of an input with mistakes.
std::string MistakesOf(absl::string_view text, const std::string& node = "") {
  const absl::StatusOr<ImportResult> result = Import(text, node);
  return result.ok() ? Print(result->issues) : std::string(result.status().message());
}

class GoldenTest : public ::testing::TestWithParam<const char*> {};

TEST_P(GoldenTest, TheSnapshotIsAsExpected) {
  const ImportResult result = ImportFile(absl::StrCat(GetParam(), ".json"));
  EXPECT_EQ(wire::PrintTextproto(result.snapshot),
            ReadFile(absl::StrCat(GetParam(), ".textproto")));
}

TEST_P(GoldenTest, TheSnapshotIsValidAndCanonical) {
  EXPECT_EQ(WhatIsWrong(ImportFile(absl::StrCat(GetParam(), ".json")).snapshot), "");
}

TEST_P(GoldenTest, TheOrderOfObjectsDoesNotMatter) {
  const std::string text = ReadFile(absl::StrCat(GetParam(), ".json"));
  const std::string expected =
      wire::PrintTextproto(ImportFile(absl::StrCat(GetParam(), ".json")).snapshot);
  // All objects of the file as one list, backwards.
  json items = json::array();
  std::istringstream in(text);
  for (json document; in >> std::ws && in.peek() != EOF;) {
    in >> document;
    const std::string kind = document["kind"];
    if (!absl::EndsWith(kind, "List")) items.insert(items.begin(), document);
    if (!document.contains("items")) continue;
    for (json& item : document["items"]) {
      if (!item.contains("kind")) item["kind"] = kind.substr(0, kind.size() - 4);
      if (!item.contains("apiVersion")) item["apiVersion"] = document["apiVersion"];
      items.insert(items.begin(), item);
    }
  }
  const json list = {{"apiVersion", "v1"}, {"kind", "List"}, {"items", items}};
  const absl::StatusOr<ImportResult> result = Import(list.dump(), "");
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(Print(result->issues), "");
  EXPECT_EQ(wire::PrintTextproto(result->snapshot), expected);
}

INSTANTIATE_TEST_SUITE_P(ImportTest, GoldenTest, ::testing::Values("cluster", "documents"),
                         [](const auto& test) { return std::string(test.param); });

TEST(ImportTest, CountsWhatIsThereAndWhatIsLeftOut) {
  const ImportResult result = ImportFile("cluster.json", "node-b");
  EXPECT_EQ(result.snapshot.services_size(), 6);
  EXPECT_EQ(result.ports, 10u);
  EXPECT_EQ(result.endpoints, 23u);
  EXPECT_TRUE(result.has_slices);
  EXPECT_EQ(Print(result.left_out),
            "EndpointSlices of headless services: 1 (default/cache-9zk5c)\n"
            "EndpointSlices without the label kubernetes.io/service-name: 1 (default/orphan)\n"
            "ExternalName services: 1 (default/legacy-db)\n"
            "Nodes that were not asked for: 2 (node-a, node-c)\n"
            "headless services: 1 (default/cache)\n"
            "load balancers known by a host name only: 1 (default/api)\n"
            "load-balancer IPs that translate themselves (ipMode is not VIP): 1 (default/api)\n"
            "objects of kind ConfigMap of v1: 1 ()\n");
}

TEST(ImportTest, TheNodeThatWasAskedForIsRead) {
  EXPECT_EQ(ImportFile("cluster.json").node, std::nullopt);
  const std::optional<v1::Config> node = ImportFile("documents.json", "node-a").node;
  ASSERT_TRUE(node.has_value());
  EXPECT_EQ(node->ShortDebugString(),
            R"(node { name: "node-a" zone: "zone-1" addresses: "192.168.0.2" } )"
            R"(local_pods { cidrs: "10.244.1.0/24" })");
}

TEST(ImportTest, ANodeThatIsNotThereIsAMistake) {
  EXPECT_EQ(MistakesOf(ReadFile("cluster.json"), "node-x"),
            "Node \"node-x\": is not among the Nodes of the input\n");
  EXPECT_EQ(MistakesOf(R"({"kind":"List","apiVersion":"v1","items":[]})", "node-x"),
            "Node \"node-x\": is not in the input, which has no Nodes\n");
}

TEST(ImportTest, MistakesOfOtherNodesDoNotMatter) {
  const std::string nodes = R"({"kind":"NodeList","apiVersion":"v1","items":[
    {"metadata":{"name":"a"}},{"metadata":{"name":"b"},"spec":{"podCIDRs":["x"]}}]})";
  EXPECT_EQ(MistakesOf(nodes, "a"), "");
  EXPECT_EQ(MistakesOf(nodes, "b"), "Node b: spec.podCIDRs[0]: \"x\" is not a CIDR\n");
}

TEST(ImportTest, OneServiceWithoutSlicesHasNoEndpoints) {
  const absl::StatusOr<ImportResult> result =
      Import(R"({"kind":"Service","apiVersion":"v1","metadata":{"name":"web"},
                 "spec":{"clusterIP":"10.96.0.7","ports":[{"port":80}]}})",
             "");
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(Print(result->issues), "");
  EXPECT_EQ(result->endpoints, 0u);
  EXPECT_FALSE(result->has_slices);
  EXPECT_EQ(
      result->snapshot.services(0).ShortDebugString(),
      R"(namespace: "default" name: "web" cluster_ips: "10.96.0.7" ports { protocol: TCP port: 80 })");
}

TEST(ImportTest, KindsOfOtherGroupsAreNotTaken) {
  const absl::StatusOr<ImportResult> result = Import(R"({"kind":"List","apiVersion":"v1","items":[
               {"kind":"Service","apiVersion":"serving.knative.dev/v1","spec":7},
               {"kind":"EndpointSlice","apiVersion":"discovery.k8s.io/v1beta1"},
               {"kind":"Endpoints","apiVersion":"v1"}]})",
                                                     "");
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(Print(result->issues), "");
  EXPECT_EQ(Print(result->left_out),
            "objects of kind EndpointSlice of discovery.k8s.io/v1beta1: 1 ()\n"
            "objects of kind Endpoints of v1: 1 ()\n"
            "objects of kind Service of serving.knative.dev/v1: 1 ()\n");
}

TEST(ImportTest, AllMistakesOfAllObjectsAreToldWithTheObject) {
  EXPECT_EQ(MistakesOf(R"({"kind":"List","apiVersion":"v1","items":[
      {"kind":"Service","apiVersion":"v1","metadata":{"name":"web","namespace":"default"},
       "spec":{"clusterIP":"10.96.0.7","ports":[{"name":"a","port":80},{"name":"b","port":0}]}},
      {"kind":"Service","apiVersion":"v1","metadata":{},
       "spec":{"clusterIP":"10.96.0.8","ports":[{"port":80}],"sessionAffinity":"x"}},
      {"kind":"EndpointSlice","apiVersion":"discovery.k8s.io/v1",
       "metadata":{"name":"web-1","labels":{"kubernetes.io/service-name":"web"}},"addressType":"IPv4",
       "endpoints":[{"addresses":["fd00::1"]}],"ports":[{"name":"a","port":80}]},
      "nonsense"]})"),
            "Service default/web: spec.ports[1].port: must be a number from 1 to 65535\n"
            "Service items[1]: metadata.name: is needed\n"
            "Service items[1]: spec.sessionAffinity: \"x\" is none of None, ClientIP\n"
            "EndpointSlice default/web-1: endpoints[0].addresses[0]: \"fd00::1\" is not of the "
            "slice's addressType\n"
            "items[3]: must be an object\n");
}

TEST(ImportTest, AnObjectThatIsThereTwiceIsAMistake) {
  const std::string service = R"({"kind":"Service","apiVersion":"v1","metadata":{"name":"web"},
                                  "spec":{"clusterIP":"10.96.0.7","ports":[{"port":80}]}})";
  EXPECT_EQ(MistakesOf(service + service), "Service default/web: is in the input twice\n");
  const std::string headless =
      R"({"kind":"Service","apiVersion":"v1","metadata":{"name":"web"},"spec":{"clusterIP":"None"}})";
  EXPECT_EQ(MistakesOf(headless + service), "Service default/web: is in the input twice\n");
}

TEST(ImportTest, WhatIsNotJsonIsAFailure) {
  EXPECT_EQ(MistakesOf("apiVersion: v1\nkind: List\n"),
            "line 1, column 1: syntax error while parsing value - invalid literal");
  EXPECT_EQ(MistakesOf(""), "the input is empty");
}

TEST(ImportTest, MistakesBeyondWhatAnybodyReadsAreCounted) {
  std::string ports;
  for (int i = 0; i < 200; ++i)
    absl::StrAppend(&ports, i > 0 ? "," : "", "{\"name\":\"p", i, "\"}");
  std::string text;
  for (int i = 0; i < 10; ++i) {
    absl::StrAppend(&text, R"({"kind":"Service","apiVersion":"v1","metadata":{"name":"s)", i,
                    R"("},"spec":{"clusterIP":"10.96.0.7","ports":[)", ports, "]}}");
  }
  const absl::StatusOr<ImportResult> result = Import(text, "");
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->issues.size(), 1000u);
  EXPECT_EQ(result->issues_left_off, 1000u);
}

}  // namespace
}  // namespace nftsvc::kubernetes

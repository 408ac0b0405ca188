// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "absl/strings/str_replace.h"
#include "tests/cli/cli_run.h"

namespace nftsvc::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr char kObjects[] = R"({"kind":"List","apiVersion":"v1","items":[
  {"kind":"Service","apiVersion":"v1","metadata":{"name":"web"},"spec":{"clusterIP":"10.96.0.7","ports":[{"port":80}]}},
  {"kind":"Service","apiVersion":"v1","metadata":{"name":"db"},"spec":{"clusterIP":"None"}},
  {"kind":"EndpointSlice","apiVersion":"discovery.k8s.io/v1","metadata":{"name":"web-1","labels":{"kubernetes.io/service-name":"web"}},
   "addressType":"IPv4","endpoints":[{"addresses":["10.244.1.5"]}],"ports":[{"name":"","port":8080}]},
  {"kind":"Node","apiVersion":"v1","metadata":{"name":"node-a"},"spec":{"podCIDR":"10.244.1.0/24"}}]})";

constexpr char kServices[] = R"(services {
  namespace: "default"
  name: "web"
  cluster_ips: "10.96.0.7"
  ports {
    protocol: TCP
    port: 80
    endpoints {
      address: "10.244.1.5"
      port: 8080
    }
  }
}
)";

constexpr char kMistaken[] = R"({"kind":"Service","apiVersion":"v1","metadata":{"name":"web"},
  "spec":{"clusterIP":"10.96.0.7","ports":[{"name":"a","port":80},{"name":"b","port":0}]}})";

std::string ReadFile(const std::string& file) {
  std::ifstream in(file);
  std::ostringstream text;
  text << in.rdbuf();
  return std::move(text).str();
}

CliRun Import(std::vector<std::string> arguments, const std::string& in = kObjects) {
  arguments.insert(arguments.begin(), {"import", "kubernetes"});
  return CliRun("", arguments, in);
}

TEST(ImportTest, PrintsTheSnapshotAndTellsWhatIsLeftOut) {
  const CliRun run = Import({"-"});
  EXPECT_EQ(run.code, kDone);
  EXPECT_EQ(run.out, std::string("# Imported from Kubernetes: 1 service, 1 port, 1 endpoint.\n") +
                         kServices);
  EXPECT_EQ(run.err,
            "imported: 1 service, 1 port, 1 endpoint\n"
            "left out: Nodes that were not asked for: 1 (node-a)\n"
            "left out: headless services: 1 (default/db)\n");
  EXPECT_EQ(run.requests, 0);
}

TEST(ImportTest, PushTakesWhatIsPrinted) {
  for (const char* format : {"text", "json"}) {
    const CliRun import = Import({"-", "--output", format});
    EXPECT_EQ(import.code, kDone) << import.err;
    const CliRun push("push { revision: 1 }", {"push", "-"}, import.out);
    EXPECT_EQ(push.code, kDone) << push.err;
    ASSERT_EQ(push.request.push().snapshot().services_size(), 1);
    EXPECT_EQ(push.request.push().snapshot().services(0).name(), "web");
  }
}

TEST(ImportTest, MistakesAreToldWithTheObjectAndThePath) {
  const CliRun run = Import({"-"}, kMistaken);
  EXPECT_EQ(run.code, kFailed);
  EXPECT_EQ(run.err,
            "Service default/web: spec.ports[1].port: must be a number from 1 to 65535\n"
            "nftsvc: import objects: 1 mistake\n");
}

TEST(ImportTest, MistakesOfJsonAreToldWithThePosition) {
  const CliRun run = Import({"-"}, "{\n  \"kind\" 7");
  EXPECT_EQ(run.code, kFailed);
  EXPECT_THAT(run.err, StartsWith("nftsvc: -: line 2, column 10: syntax error"));
}

TEST(ImportTest, AFailureInAPipeIsNotTheEmptySnapshot) {
  for (const char* format : {"text", "json"}) {
    for (const char* in : {kMistaken, "{", ""}) {
      const CliRun import = Import({"-", "--output", format}, in);
      EXPECT_EQ(import.code, kFailed);
      const CliRun push("push { revision: 1 }", {"push", "-"}, import.out);
      EXPECT_EQ(push.code, kFailed);
      EXPECT_EQ(push.requests, 0);
    }
  }
}

TEST(ImportTest, AFileThatIsNotThereIsNamed) {
  const CliRun run = Import({"/nonexistent/objects.json"});
  EXPECT_EQ(run.code, kFailed);
  EXPECT_THAT(run.err, HasSubstr("/nonexistent/objects.json: No such file"));
}

TEST(ImportTest, TheNodesConfigurationIsAComment) {
  const CliRun run = Import({"--node", "node-a", "-"});
  EXPECT_EQ(run.code, kDone);
  EXPECT_EQ(run.out, std::string(R"(# Imported from Kubernetes: 1 service, 1 port, 1 endpoint.
# Configuration of nftsvcd on this node, as its Node object has it:
# node {
#   name: "node-a"
# }
# local_pods {
#   cidrs: "10.244.1.0/24"
# }
)") + kServices);
}

TEST(ImportTest, TheNodesConfigurationGoesToAFile) {
  const std::filesystem::path file =
      std::filesystem::path(::testing::TempDir()) / "import_test.textproto";
  const CliRun run = Import({"--node", "node-a", "--config-out", file, "--output", "json", "-"});
  EXPECT_EQ(run.code, kDone) << run.err;
  EXPECT_THAT(run.out, StartsWith("{"));
  EXPECT_EQ(ReadFile(file), R"(# Configuration of nftsvcd on this node, as its Node object has it:
node {
  name: "node-a"
}
local_pods {
  cidrs: "10.244.1.0/24"
}
)");
  std::filesystem::remove(file);
}

TEST(ImportTest, AConfigurationThatCannotBeWrittenIsAFailure) {
  const CliRun run = Import({"--node", "node-a", "--config-out", "/nonexistent/nftsvcd", "-"});
  EXPECT_EQ(run.code, kFailed);
  EXPECT_THAT(run.err, HasSubstr("write /nonexistent/nftsvcd: No such file or directory"));
}

TEST(ImportTest, JsonHasNoPlaceForTheConfiguration) {
  const CliRun run = Import({"--node", "node-a", "--output", "json", "-"});
  EXPECT_EQ(run.code, kUsage);
  EXPECT_THAT(run.err, HasSubstr("--config-out"));
}

TEST(ImportTest, AFileForTheConfigurationNeedsANode) {
  EXPECT_EQ(Import({"--config-out", "/nonexistent/nftsvcd", "-"}).code, kUsage);
}

TEST(ImportTest, ANodeThatIsNotThereIsAMistake) {
  const CliRun run = Import({"--node", "node-x", "-"});
  EXPECT_EQ(run.code, kFailed);
  EXPECT_THAT(run.err, HasSubstr("Node \"node-x\": is not among the Nodes of the input\n"));
}

TEST(ImportTest, WarnsOfWhatTheInputLacks) {
  const CliRun run = Import({"--node", "a", "-"}, R"(
    {"kind":"Service","apiVersion":"v1","metadata":{"name":"web"},"spec":{"clusterIP":"10.96.0.7","ports":[{"port":80}]}}
    {"kind":"Node","apiVersion":"v1","metadata":{"name":"a"}})");
  EXPECT_EQ(run.code, kDone);
  EXPECT_EQ(
      run.err,
      "imported: 1 service, 1 port, 0 endpoints\n"
      "warning: there are no EndpointSlices in the input, so every service refuses its clients\n"
      "warning: the Node has no podCIDRs: set local_pods in the configuration yourself\n");
}

TEST(ImportTest, SomethingToImportAndAFileAreRequired) {
  EXPECT_EQ(CliRun("", {"import"}).code, kUsage);
  EXPECT_EQ(CliRun("", {"import", "kubernetes"}).code, kUsage);
}

constexpr char kRules[] = R"(*nat
:PREROUTING ACCEPT [0:0]
:KUBE-SERVICES - [0:0]
:DOCKER - [0:0]
-A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
-A DOCKER -j RETURN
-A KUBE-SEP-A -p tcp -m comment --comment "default/web" -m tcp -j DNAT --to-destination 10.244.1.5:8080
-A KUBE-SERVICES -d 10.96.0.7/32 -p tcp -m comment --comment "default/web cluster IP" -m tcp --dport 80 -j KUBE-SVC-A
-A KUBE-SVC-A -m comment --comment "default/web -> 10.244.1.5:8080" -j KUBE-SEP-A
COMMIT
)";

CliRun ImportRules(std::vector<std::string> arguments, const std::string& in = kRules) {
  arguments.insert(arguments.begin(), {"import", "iptables"});
  return CliRun("", arguments, in);
}

TEST(ImportTest, RulesOfIptablesBecomeASnapshot) {
  const CliRun run = ImportRules({"-"});
  EXPECT_EQ(run.code, kDone);
  EXPECT_EQ(run.out,
            std::string("# Imported from iptables: 1 service, 1 port, 1 endpoint.\n") + kServices);
  EXPECT_EQ(
      run.err,
      "imported: 1 service, 1 port, 1 endpoint\n"
      "note: rules that are not kube-proxy's: 1\n"
      "warning: there is a nat table without a filter table, so services without endpoints are "
      "not known, nor health checks\n");
  EXPECT_EQ(run.requests, 0);
}

TEST(ImportTest, PushTakesWhatIsMadeOfRules) {
  for (const char* format : {"text", "json"}) {
    const CliRun import = ImportRules({"-", "--output", format});
    EXPECT_EQ(import.code, kDone) << import.err;
    const CliRun push("push { revision: 1 }", {"push", "-"}, import.out);
    EXPECT_EQ(push.code, kDone) << push.err;
    ASSERT_EQ(push.request.push().snapshot().services_size(), 1);
    EXPECT_EQ(push.request.push().snapshot().services(0).name(), "web");
  }
}

TEST(ImportTest, LocalPoliciesNeedTheNameOfTheNode) {
  const std::string local =
      absl::StrReplaceAll(kRules, {{"KUBE-SVC-A", "KUBE-SVL-A"}}) + "*filter\nCOMMIT\n";
  EXPECT_THAT(ImportRules({"-"}, local).err,
              HasSubstr("warning: 1 service with a policy of LOCAL: give --node"));
  const CliRun named = ImportRules({"-", "--node", "node-a"}, local);
  EXPECT_THAT(named.err, Not(HasSubstr("warning")));
  EXPECT_THAT(named.out, HasSubstr("node: \"node-a\""));
}

TEST(ImportTest, MistakesOfRulesAreToldWithTheLine) {
  const CliRun run = ImportRules({"-"}, absl::StrReplaceAll(kRules, {{"10.96.0.7", "127.0.0.7"}}));
  EXPECT_EQ(run.code, kFailed);
  EXPECT_EQ(run.err,
            "line 8: service default/web: cluster_ips[0]: 127.0.0.7 is a loopback address\n"
            "nftsvc: import rules: 1 mistake\n");
}

TEST(ImportTest, AFailureOfRulesInAPipeIsNotTheEmptySnapshot) {
  const std::string cut = std::string(kRules).substr(0, 200);
  const std::string mistaken = absl::StrReplaceAll(kRules, {{"10.96.0.7", "127.0.0.7"}});
  for (const char* format : {"text", "json"}) {
    for (const std::string& in : {cut, mistaken, std::string()}) {
      const CliRun import = ImportRules({"-", "--output", format}, in);
      EXPECT_EQ(import.code, kFailed);
      const CliRun push("push { revision: 1 }", {"push", "-"}, import.out);
      EXPECT_EQ(push.code, kFailed);
      EXPECT_EQ(push.requests, 0);
    }
  }
}

TEST(ImportTest, AFileOfRulesThatIsNotThereIsNamed) {
  const CliRun run = ImportRules({"/nonexistent/rules.save"});
  EXPECT_EQ(run.code, kFailed);
  EXPECT_THAT(run.err, HasSubstr("/nonexistent/rules.save: No such file"));
  EXPECT_EQ(ImportRules({}).code, kUsage);
}

}  // namespace
}  // namespace nftsvc::cli

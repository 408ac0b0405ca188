// SPDX-License-Identifier: Apache-2.0
#include "src/wire/json.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "nftsvc/v1/control.pb.h"
#include "nftsvc/v1/snapshot.pb.h"

namespace nftsvc::wire {
namespace {

TEST(JsonTest, SaysWhereAMistakeIs) {
  const std::vector<std::pair<std::string, std::string>> kCases = {
      {"{\n\"services\":[{]}", "line 2, column 14: expected a name in double quotes"},
      {R"({"services":[{"name":7}]})", "services[0].name: invalid value 7 for type TYPE_STRING"},
      {R"({"services":[{"name":"a","ports":[{"port":"x"}]}]})",
       "services[0].ports[0].port: invalid value \"x\" for type TYPE_UINT32"},
      {R"({"services":[{"name":"a","ports":[{"port":-1}]}]})",
       "services[0].ports[0].port: invalid value -1 for type TYPE_UINT32"},
      {R"({"services":[{"ports":[{"prot":1}]}]})", "services[0].ports[0]: prot: Cannot find field"},
      {R"({"service":[]})", "service: Cannot find field"},
      {"{\"services\":[{\"name\":\"\xff\"}]}", "line 1: not UTF-8"},
  };
  for (const auto& [text, error] : kCases) {
    v1::Snapshot message;
    const absl::Status status = ParseJson(text, message);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_EQ(status.message(), error) << text;
  }
}

TEST(JsonTest, AMistakeCanBePrinted) {
  v1::Snapshot snapshot;
  EXPECT_EQ(ParseJson(R"({"services":[{"na\u0007me":1}]})", snapshot).message(),
            R"(services[0]: na\x07me: Cannot find field)");
}

TEST(JsonTest, TakesFieldNamesOfBothStylesAndEnumsByNameOrNumber) {
  for (const char* text : {
           R"({"services":[{"cluster_ips":["x"],"ports":[{"node_port":1,"protocol":"UDP"}]}]})",
           R"({"services":[{"clusterIps":["x"],"ports":[{"nodePort":1,"protocol":2}]}]})",
       }) {
    v1::Snapshot message;
    ASSERT_TRUE(ParseJson(text, message).ok()) << text;
    EXPECT_EQ(message.services(0).cluster_ips(0), "x");
    EXPECT_EQ(message.services(0).ports(0).node_port(), 1u);
    EXPECT_EQ(message.services(0).ports(0).protocol(), v1::UDP);
  }
}

TEST(JsonTest, ReplacesWhatTheMessageHeld) {
  v1::Snapshot message;
  message.add_services()->set_name("old");
  ASSERT_TRUE(ParseJson("{}", message).ok());
  EXPECT_EQ(message.services_size(), 0);
}

TEST(JsonTest, PrintsFieldNamesOfTheProtoFileAndParsesThemBack) {
  v1::Snapshot message;
  v1::Service& service = *message.add_services();
  service.set_name("web");
  service.add_cluster_ips("10.0.0.1");
  service.add_ports()->set_node_port(30080);
  const std::string text = PrintJson(message);
  EXPECT_EQ(text,
            "{\n"
            " \"services\": [\n"
            "  {\n"
            "   \"name\": \"web\",\n"
            "   \"cluster_ips\": [\n"
            "    \"10.0.0.1\"\n"
            "   ],\n"
            "   \"ports\": [\n"
            "    {\n"
            "     \"node_port\": 30080\n"
            "    }\n"
            "   ]\n"
            "  }\n"
            " ]\n"
            "}\n");
  v1::Snapshot again;
  ASSERT_TRUE(ParseJson(text, again).ok());
  EXPECT_EQ(again.SerializeAsString(), message.SerializeAsString());
}

TEST(JsonTest, PrintsMapsSorted) {
  v1::Service ascending;
  v1::Service descending;
  for (int i = 10; i < 60; ++i) {
    (*ascending.mutable_labels())[absl::StrCat("k", i)] = "v";
    (*descending.mutable_labels())[absl::StrCat("k", 69 - i)] = "v";
  }
  EXPECT_EQ(PrintJson(ascending), PrintJson(descending));
}

TEST(JsonTest, PrintsAnyMessage) {
  v1::Response message;
  message.mutable_error()->set_code(v1::Error::NOT_FOUND);
  EXPECT_EQ(PrintJson(message), "{\n \"error\": {\n  \"code\": \"NOT_FOUND\"\n }\n}\n");
}

}  // namespace
}  // namespace nftsvc::wire

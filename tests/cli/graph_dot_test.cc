// SPDX-License-Identifier: Apache-2.0
#include "src/cli/graph_dot.h"

#include <gtest/gtest.h>

#include "google/protobuf/text_format.h"

namespace nftsvc::cli {
namespace {

template <typename Message>
Message FromText(const std::string& text) {
  Message message;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &message)) << text;
  return message;
}

TEST(GraphDotTest, ShowsFrontendsPortsAndEndpoints) {
  const auto service = FromText<v1::Service>(R"pb(
    namespace: "default"
    name: "web"
    external_traffic_policy: LOCAL
    ports {
      name: "http"
      balancing: ROUND_ROBIN
      endpoints { address: "10.0.0.2" port: 80 name: "web-a" node: "node-a" }
      endpoints { address: "10.0.0.3" port: 80 ready: false }
    })pb");
  const auto summary = FromText<v1::ServiceSummary>(R"pb(
    service: "default/web"
    ports {
      name: "http"
      protocol: TCP
      frontends: "10.96.0.1:80"
      frontends: "*:30080"
      connections: 40
      affinity_seconds: 60
      endpoint_connections { address: "10.0.0.2:80" name: "web-a" connections: 30 }
      endpoint_connections { address: "10.0.0.3:80" connections: 10 }
    })pb");
  EXPECT_EQ(PrintDot(service, summary),
            R"dot(digraph "default/web" {
  rankdir=LR;
  label="default/web\nexternal policy: local";
  labelloc=t;
  node [shape=box, style=rounded, fontname="sans-serif"];
  edge [fontname="sans-serif"];
  "port 0" [label="http/tcp\nround robin\nsession affinity: 60 s\n40 connections", style="rounded,bold"];
  "10.96.0.1:80/tcp" [label="10.96.0.1:80/tcp", shape=cds, style=solid];
  "10.96.0.1:80/tcp" -> "port 0";
  "*:30080/tcp" [label="*:30080/tcp", shape=cds, style=solid];
  "*:30080/tcp" -> "port 0";
  "10.0.0.2:80" [label="web-a\n10.0.0.2:80\non node-a"];
  "port 0" -> "10.0.0.2:80" [label="new 30", penwidth=4.0];
  "10.0.0.3:80" [label="10.0.0.3:80", style="rounded,dashed"];
  "port 0" -> "10.0.0.3:80" [label="new 10", penwidth=2.0, style=dashed];
}
)dot");
}

TEST(GraphDotTest, QuotesWhatNamesMayHold) {
  const auto service =
      FromText<v1::Service>("ports { endpoints { name: 'a\"b\\\\c' address: '10.0.0.2' } }");
  const auto summary = FromText<v1::ServiceSummary>(
      "service: 'x' ports { endpoint_connections { address: '10.0.0.2:80' } }");
  EXPECT_NE(PrintDot(service, summary).find(R"([label="a\"b\\c\n10.0.0.2:80"])"),
            std::string::npos);
}

}  // namespace
}  // namespace nftsvc::cli

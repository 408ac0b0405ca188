// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include "absl/strings/str_cat.h"
#include "src/web/facts.h"

namespace nftsvc::web {

// A daemon that has seen something, with names that want escaping.
inline Facts SampleFacts() {
  Facts facts;
  facts.now = absl::UnixEpoch() + absl::Hours(24 * 365);
  facts.started = facts.now - absl::Hours(50);
  facts.version = "1.2.3";
  facts.node = "node-a";
  facts.layout = "FLAT";
  facts.in_sync = true;
  facts.last_in_sync = facts.now;
  facts.problems = {{"kernel", ""}, {"state", "write <snapshot-7>: no space left"}};
  facts.revision = 7;
  facts.generation = 12;
  facts.services = 3;
  facts.ports = 3;
  facts.endpoints = 5;
  facts.elements = 14;
  facts.commit_seconds.Add(0.0002);
  facts.commit_seconds.Add(0.5);
  facts.last_commit = facts.now - absl::Milliseconds(1500);
  facts.failures = 1;
  facts.drift_repairs = 2;
  facts.last_drift = "1970-12-31: repaired by 1 operations, the first: add \"x\"";
  facts.push_seconds.Add(0.003);
  facts.last_queued = facts.now - absl::Seconds(2);
  facts.pushes = {{"accepted", 2}, {"failed", 0}, {"refused", 1}, {"unchanged", 9}};
  facts.service_changes = {{"added", 3}, {"changed", 1}, {"removed", 0}};
  facts.changes = {{.time = facts.now - absl::Seconds(2),
                    .who = "push by pid 12 uid 0",
                    .what = "revision 7: +1 ~0 -0 services in 3.0 ms"},
                   {.time = facts.now - absl::Minutes(90),
                    .who = "delta by pid 13 uid 1000",
                    .what = "refused: upsert[0].name: \"<script>\" is not a name",
                    .is_good = false}};
  facts.clients = 1;
  facts.buffered_bytes = 100;
  facts.resident_bytes = 20 << 20;
  facts.healthz_answers = {{200, 4}, {503, 1}};
  facts.livez_answers = {{200, 4}};
  facts.by_service = {
      {.name_space = "default",
       .name = "web",
       .source = "push",
       .ports = {{.number = 80,
                  .name = "http",
                  .protocol = "tcp",
                  .frontends = {"10.96.0.1:80", "*:30080"},
                  .usable_endpoints = 2,
                  .connections = 400,
                  .endpoints = {{"10.0.0.2:80", "web-a", 100},
                                {"10.0.0.3:80", "a\\b\"c\nd<&>'", 300},
                                {"10.0.0.4:80", "", 0}}}}},
      {.name_space = "",
       .name = "dns",
       .source = "files/dns.textproto",
       .ports = {{.number = 53, .protocol = "udp", .frontends = {"10.96.0.10:53"}}}}};
  facts.series_left_off = 5;
  facts.gathered_in = absl::Microseconds(250);
  return facts;
}

// Compares with tests/web/<name>; with NFTSVC_UPDATE_GOLDEN=1 writes it instead.
inline void ExpectGolden(const std::string& name, const std::string& text) {
  const std::string path = absl::StrCat(NFTSVC_SOURCE_DIR, "/tests/web/", name);
  if (std::getenv("NFTSVC_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(path, std::ios::binary) << text;
    return;
  }
  std::ifstream stream(path, std::ios::binary);
  const std::string golden((std::istreambuf_iterator<char>(stream)), {});
  EXPECT_EQ(text, golden) << path << "; NFTSVC_UPDATE_GOLDEN=1 rewrites it";
}

}  // namespace nftsvc::web

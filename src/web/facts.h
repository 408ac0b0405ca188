// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "src/base/histogram.h"

// What is known of a running daemon when somebody asks by HTTP, as plain values.
namespace nftsvc::web {

struct EndpointFacts {
  std::string address = {};  // "10.0.0.2:80"
  std::string name = {};
  uint64_t connections = 0;
};

struct PortFacts {
  uint16_t number = 0;
  std::string name = {};
  std::string protocol = {};                // "tcp"
  std::vector<std::string> frontends = {};  // "10.0.0.1:80", "*:30080"
  uint64_t usable_endpoints = 0;            // that take new connections, of all in `endpoints`
  uint64_t connections = 0;
  std::vector<EndpointFacts> endpoints = {};
};

struct ServiceFacts {
  std::string name_space = {};
  std::string name = {};
  std::string source = {};
  std::vector<PortFacts> ports = {};
};

// Something that changed the services, or would have.
struct ChangeFacts {
  absl::Time time = {};
  std::string who = {};
  std::string what = {};  // "revision 7: +1 ~0 -0 services in 1.2ms", "refused: ..."
  bool is_good = true;
};

struct Facts {
  absl::Time now;
  absl::Time started;
  std::string version;
  std::string node;    // its name; may be empty
  std::string layout;  // "FLAT"

  bool in_sync = false;
  absl::Time last_in_sync = absl::InfinitePast();  // `now` while it is
  std::map<std::string, std::string> problems;     // by what has them; empty: none

  uint64_t revision = 0;
  uint64_t generation = 0;
  uint64_t services = 0;
  uint64_t ports = 0;
  uint64_t endpoints = 0;
  uint64_t elements = 0;

  base::Histogram commit_seconds;
  absl::Time last_commit = absl::InfinitePast();
  uint64_t failures = 0;
  uint64_t drift_repairs = 0;
  std::string last_drift;

  base::Histogram push_seconds;
  absl::Time last_queued = absl::InfinitePast();
  std::map<std::string, uint64_t> pushes;           // by result: "accepted"
  std::map<std::string, uint64_t> service_changes;  // by kind: "added"
  std::vector<ChangeFacts> changes;                 // the latest first

  uint64_t clients = 0;
  uint64_t buffered_bytes = 0;
  uint64_t resident_bytes = 0;
  std::map<int, uint64_t> healthz_answers;  // by status
  std::map<int, uint64_t> livez_answers;

  // As many as the limit allows, in the order of their names, and how many time series those would
  // have that are not here.
  std::vector<ServiceFacts> by_service;
  uint64_t series_left_off = 0;
  absl::Duration gathered_in;
};

// Time series of a port with so many endpoints in PrintMetrics.
constexpr size_t SeriesOfPort(size_t endpoints) { return 3 + endpoints; }

}  // namespace nftsvc::web

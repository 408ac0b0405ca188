// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/strings/string_view.h"
#include "nftsvc/v1/control.pb.h"
#include "nftsvc/v1/report.pb.h"
#include "src/cli/style.h"

namespace nftsvc::cli {

// A counter as it was read last.
struct TopCounter {
  uint64_t count = 0;
  double seconds = -1;  // when it was read; below 0: never
  double rate = 0;

  void Read(uint64_t now, double at);
};

struct TopPort {
  TopCounter counter;
  bool session_affinity = false;
  std::vector<std::pair<std::string, std::string>> endpoints;  // addresses and names
  absl::btree_map<std::string, TopCounter> endpoint_counters;  // by address
};

// Makes connections per second of counters that are read now and then.
//
//   meter.ReadAll(first, 0.0);
//   meter.ReadSome(second, 1.0);      // of some services: others keep what was known of them
//   out << RenderTop(meter.Sample(), ...);
class TopMeter {
 public:
  // Readings of all services, or of some. `seconds` by any clock that only goes forward.
  void ReadAll(const v1::ListResult& reading, double seconds);
  void ReadSome(const v1::ListResult& reading, double seconds);

  // The busiest first; of those alike, the one with more connections so far.
  v1::TopSample Sample() const;

  // The services of the busiest ports, at most so many.
  std::vector<std::string> Busiest(size_t most) const;

  size_t service_count() const { return service_count_; }

 private:
  using Key = std::pair<std::string, std::string>;  // service and port

  static void ReadPort(const v1::PortSummary& summary, double seconds, TopPort& port);

  absl::btree_map<Key, TopPort> ports_;
  size_t service_count_ = 0;
};

struct Screen {
  size_t rows = 0;  // 0: no end
  size_t columns = 0;
};

// As a table, cut to the screen.
std::string RenderTop(const v1::TopSample& sample, absl::string_view title, const Screen& screen,
                      const Style& style);

}  // namespace nftsvc::cli

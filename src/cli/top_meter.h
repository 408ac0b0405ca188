// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "nftsvc/v1/control.pb.h"
#include "nftsvc/v1/report.pb.h"
#include "src/cli/style.h"

namespace nftsvc::cli {

// Makes connections per second of counters that are read now and then. Of 100,000 services a screen
// shows fifty: what is kept of each is small, and what is not shown is neither copied nor sorted.
//
//   meter.ReadAll(first, 0.0);
//   meter.ReadSome(second, 1.0);      // of some services: others keep what was known of them
//   out << RenderTop(meter.Sample(), ...);
class TopMeter {
 public:
  // Readings of all services, or of some. `seconds` by any clock that only goes forward.
  void ReadAll(const v1::ListResult& reading, double seconds);
  void ReadSome(const v1::ListResult& reading, double seconds);

  // The busiest ports first, at most so many; of those alike, the one with more connections so far.
  v1::TopSample Sample(size_t most = SIZE_MAX) const;

  // The services of the busiest ports, at most so many.
  std::vector<std::string> Busiest(size_t most) const;

  size_t service_count() const { return service_count_; }

 private:
  using Key = std::pair<std::string, std::string>;  // service and port

  struct Counter {
    uint64_t count = 0;
    double rate = 0;

    void Read(uint64_t now, double elapsed);
  };

  struct Port {
    Counter counter;
    double seconds = 0;    // when it was read
    uint32_t reading = 0;  // which reading of all services has it; 0: none has yet
    bool session_affinity = false;
    std::string endpoints;          // of each its address and its name, with '\0' behind both
    std::vector<Counter> counters;  // of each endpoint
  };

  using Entry = std::pair<const Key, Port>;

  static void ReadPort(const v1::PortSummary& summary, double seconds, Port& port);
  static std::vector<Counter> TakeOver(const Port& port, const v1::PortSummary& summary);
  static void AddPort(const Entry& entry, v1::TopSample& sample);
  std::vector<const Entry*> Rank(size_t most) const;

  absl::flat_hash_map<Key, Port> ports_;
  uint32_t reading_ = 1;
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

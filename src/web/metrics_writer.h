// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "src/base/histogram.h"

namespace nftsvc::web {

// Writes Prometheus' text exposition format, version 0.0.4.
//
//   MetricsWriter writer;
//   writer.Begin("nftsvc_pushes_total", "counter", "Pushes, by what became of them.");
//   writer.Add({{"result", "accepted"}}, 7);
class MetricsWriter {
 public:
  using Labels = std::vector<std::pair<absl::string_view, absl::string_view>>;

  // The samples from here on are of this family.
  void Begin(absl::string_view name, absl::string_view type, absl::string_view help);

  void Add(const Labels& labels, uint64_t value);

  // A family of one value.
  void Counter(absl::string_view name, absl::string_view help, uint64_t value);
  void Gauge(absl::string_view name, absl::string_view help, uint64_t value);

  // In seconds since 1970; 0 for InfinitePast, which means never.
  void Timestamp(absl::string_view name, absl::string_view help, absl::Time value);
  void Seconds(absl::string_view name, absl::string_view help, absl::Duration value);

  void Histogram(absl::string_view name, absl::string_view help, const base::Histogram& value);

  std::string Take() && { return std::move(text_); }

 private:
  void Sample(absl::string_view suffix, const Labels& labels, absl::string_view value);

  std::string text_;
  std::string name_;
};

}  // namespace nftsvc::web

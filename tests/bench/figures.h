// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "tests/bench/samples.h"

namespace nftsvc::bench {

// One thing that was measured, once or more often.
struct Figure {
  std::string subject;  // a profile or a variant
  std::string what;
  std::string unit;
  std::vector<double> values;  // by round
};

// What was measured, in the order in which it is to be read.
class Figures {
 public:
  explicit Figures(std::string subject) : subject_(std::move(subject)) {}

  // Another value of the figure with this name.
  void Add(absl::string_view what, absl::string_view unit, double value);

  // Milliseconds.
  void Add(absl::string_view what, const Samples& samples);
  void Add(absl::string_view what, absl::Duration duration);

  // What must be so in every round: the figure is 1 or 0.
  void Check(absl::string_view what, bool holds);

  const std::vector<Figure>& all() const { return figures_; }

 private:
  Figure& Find(absl::string_view what, absl::string_view unit);

  std::string subject_;
  std::vector<Figure> figures_;
};

// A line a figure, min / median / max.
std::string ToTable(const std::vector<Figure>& figures);

// A row a value, "subject,what,unit,value", which tests/bench/bench.py reads.
std::string ToCsv(const std::vector<Figure>& figures);

}  // namespace nftsvc::bench

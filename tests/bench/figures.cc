// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/figures.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace nftsvc::bench {

void Figures::Add(absl::string_view what, absl::string_view unit, double value) {
  Find(what, unit).values.push_back(value);
}

void Figures::Add(absl::string_view what, const Samples& samples) {
  for (const absl::Duration duration : samples.durations()) Add(what, duration);
}

void Figures::Add(absl::string_view what, absl::Duration duration) {
  Add(what, "ms", absl::ToDoubleMilliseconds(duration));
}

void Figures::Check(absl::string_view what, bool holds) { Add(what, "check", holds ? 1 : 0); }

Figure& Figures::Find(absl::string_view what, absl::string_view unit) {
  const auto found = std::find_if(figures_.begin(), figures_.end(),
                                  [&](const Figure& figure) { return figure.what == what; });
  if (found != figures_.end()) return *found;
  return figures_.emplace_back(Figure{subject_, std::string(what), std::string(unit), {}});
}

std::string ToTable(const std::vector<Figure>& figures) {
  std::string text;
  absl::string_view subject;
  for (const Figure& figure : figures) {
    if (figure.subject != subject) absl::StrAppend(&text, figure.subject, "\n");
    subject = figure.subject;
    std::vector<double> sorted = figure.values;
    std::sort(sorted.begin(), sorted.end());
    absl::StrAppendFormat(&text, "  %-44s %12.3f / %12.3f / %12.3f %s\n", figure.what,
                          sorted.front(), sorted[sorted.size() / 2], sorted.back(), figure.unit);
  }
  return text;
}

std::string ToCsv(const std::vector<Figure>& figures) {
  std::string text;
  for (const Figure& figure : figures) {
    for (const double value : figure.values) {
      absl::StrAppendFormat(&text, "\"%s\",\"%s\",%s,%.9g\n", figure.subject, figure.what,
                            figure.unit, value);
    }
  }
  return text;
}

}  // namespace nftsvc::bench

// SPDX-License-Identifier: Apache-2.0
#include "src/web/metrics_writer.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace nftsvc::web {
namespace {

// In a label's value; help texts are ours and need none.
void AppendLabelValue(absl::string_view value, std::string& text) {
  for (const char c : value) {
    if (c == '\\' || c == '"') text.push_back('\\');
    if (c == '\n') {
      text += "\\n";
    } else {
      text.push_back(c);
    }
  }
}

// Enough digits for microseconds at times of today.
std::string PrintSeconds(double seconds) { return absl::StrFormat("%.16g", seconds); }

}  // namespace

void MetricsWriter::Begin(absl::string_view name, absl::string_view type, absl::string_view help) {
  name_ = std::string(name);
  absl::StrAppend(&text_, "# HELP ", name, " ", help, "\n# TYPE ", name, " ", type, "\n");
}

void MetricsWriter::Add(const Labels& labels, uint64_t value) {
  Sample("", labels, absl::StrCat(value));
}

void MetricsWriter::Counter(absl::string_view name, absl::string_view help, uint64_t value) {
  Begin(name, "counter", help);
  Add({}, value);
}

void MetricsWriter::Gauge(absl::string_view name, absl::string_view help, uint64_t value) {
  Begin(name, "gauge", help);
  Add({}, value);
}

void MetricsWriter::Timestamp(absl::string_view name, absl::string_view help, absl::Time value) {
  Begin(name, "gauge", help);
  const bool is_never = value == absl::InfinitePast();
  Sample("", {}, is_never ? "0" : PrintSeconds(absl::ToDoubleSeconds(value - absl::UnixEpoch())));
}

void MetricsWriter::Seconds(absl::string_view name, absl::string_view help, absl::Duration value) {
  Begin(name, "gauge", help);
  Sample("", {}, PrintSeconds(absl::ToDoubleSeconds(value)));
}

void MetricsWriter::Histogram(absl::string_view name, absl::string_view help,
                              const base::Histogram& value) {
  Begin(name, "histogram", help);
  for (size_t i = 0; i < base::Histogram::kBounds; ++i) {
    const std::string bound = absl::StrCat(base::Histogram::Bound(i));
    Sample("_bucket", {{"le", bound}}, absl::StrCat(value.below(i)));
  }
  Sample("_bucket", {{"le", "+Inf"}}, absl::StrCat(value.count()));
  Sample("_sum", {}, PrintSeconds(value.sum()));
  Sample("_count", {}, absl::StrCat(value.count()));
}

void MetricsWriter::Sample(absl::string_view suffix, const Labels& labels,
                           absl::string_view value) {
  absl::StrAppend(&text_, name_, suffix);
  absl::string_view before = "{";
  for (const auto& [label, label_value] : labels) {
    absl::StrAppend(&text_, before, label, "=\"");
    AppendLabelValue(label_value, text_);
    text_.push_back('"');
    before = ",";
  }
  absl::StrAppend(&text_, labels.empty() ? " " : "} ", value, "\n");
}

}  // namespace nftsvc::web

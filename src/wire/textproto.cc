// SPDX-License-Identifier: Apache-2.0
#include "src/wire/textproto.h"

#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/text_format.h>

#include "absl/strings/str_cat.h"
#include "src/base/printable.h"
#include "src/base/status_macros.h"
#include "src/wire/require_utf8.h"

namespace nftsvc::wire {
namespace {

// Deeper than any message of ours; the parser has no limit of its own.
constexpr int kMostTextNesting = 32;

// Keeps the first error: the others follow from it.
class FirstError : public google::protobuf::io::ErrorCollector {
 public:
  void AddError(int line, google::protobuf::io::ColumnNumber column,
                const std::string& message) override {
    if (!text_.empty()) return;
    text_ = base::Printable(message);  // it may cite anything
    // Both are counted from 0; there is no line for what is missing at the end.
    if (line < 0) return;
    text_ = absl::StrCat("line ", line + 1, ", column ", column + 1, ": ", text_);
  }

  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

}  // namespace

absl::Status ParseTextproto(absl::string_view text, google::protobuf::Message& message) {
  RETURN_IF_ERROR(RequireUtf8(text));
  FirstError error;
  google::protobuf::TextFormat::Parser parser;
  parser.RecordErrorsTo(&error);
  parser.SetRecursionLimit(kMostTextNesting);
  google::protobuf::io::ArrayInputStream input(text.data(), static_cast<int>(text.size()));
  if (parser.Parse(&input, &message) && error.text().empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(error.text());
}

std::string PrintTextproto(const google::protobuf::Message& message) {
  google::protobuf::TextFormat::Printer printer;
  printer.SetUseUtf8StringEscaping(true);
  std::string text;
  printer.PrintToString(message, &text);
  return text;
}

}  // namespace nftsvc::wire

// SPDX-License-Identifier: Apache-2.0
#include "src/kubernetes/json_reader.h"

#include <algorithm>
#include <istream>
#include <optional>
#include <streambuf>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "src/base/status_macros.h"
#include "src/kubernetes/dom_builder.h"
#include "src/kubernetes/printable.h"
#include "src/wire/text_position.h"

namespace nftsvc::kubernetes {
namespace {

using nlohmann::json;

// Tells how far the parser has come: it reads up to the closing brace and no further.
class TextBuffer : public std::streambuf {
 public:
  explicit TextBuffer(absl::string_view text) {
    char* begin = const_cast<char*>(text.data());  // only ever read
    setg(begin, begin, begin + text.size());
  }

  size_t position() const { return static_cast<size_t>(gptr() - eback()); }
};

// "[json.exception.parse_error.101] parse error at line 1, column 5: syntax error while parsing
// value - invalid literal; last read: '...'" without what we say ourselves, and without the last
// token, which can be as long as the input.
std::string Reworded(absl::string_view message) {
  constexpr absl::string_view kLastRead = "; last read: ", kPosition = "parse error at ";
  message = message.substr(0, message.find(kLastRead));
  message.remove_prefix(std::min(message.find("] ") + 2, message.size()));
  if (absl::ConsumePrefix(&message, kPosition)) message.remove_prefix(message.find(": ") + 2);
  return std::string(message.substr(0, 200));
}

// Keeps the parts of one top-level object that are wanted: all but its items, or each of them.
class Selection : public json::json_sax_t {
 public:
  using Visit = absl::FunctionRef<void(size_t index, const json& item)>;

  explicit Selection(std::optional<Visit> visit_items) : visit_items_(visit_items) {}

  json TakeHead() { return builder_.Take(); }
  JsonDocument::Items items() const { return items_; }

  // Of the first failure. The offset is set if the parser knows better than how far it has read.
  const std::string& failure() const { return failure_; }
  std::optional<size_t> failure_offset() const { return failure_offset_; }

  bool null() override { return Scalar(nullptr); }
  bool boolean(bool value) override { return Scalar(value); }
  bool number_integer(number_integer_t value) override { return Scalar(value); }
  bool number_unsigned(number_unsigned_t value) override { return Scalar(value); }
  bool number_float(number_float_t value, const string_t&) override { return Scalar(value); }
  bool string(string_t& value) override { return Scalar(std::move(value)); }
  bool binary(binary_t&) override { return Scalar(nullptr); }  // no JSON text has any
  bool start_object(size_t) override { return Open(json::object()); }
  bool end_object() override { return Close(); }
  bool start_array(size_t) override { return Open(json::array()); }
  bool end_array() override { return Close(); }

  bool key(string_t& name) override {
    if (depth_ == 1) {
      in_items_ = name == "items";
      if (in_items_ && std::exchange(had_items_, true)) return Twice(name);
      if (in_items_) return true;
    }
    if (!Wants(depth_ - 1)) return true;
    return builder_.Name(name) || Twice(name);
  }

  bool parse_error(size_t bytes_read, const std::string&,
                   const json::exception& exception) override {
    failure_offset_ = bytes_read - 1;
    return Fail(Reworded(exception.what()));
  }

 private:
  // Whether a value is wanted that stands directly in the container at this depth; 1 is the
  // top-level object.
  bool Wants(int depth) const {
    return visit_items_.has_value() ? in_items_ && depth >= 2 : !in_items_ || depth < 1;
  }

  bool Scalar(json value) {
    if (depth_ == 0) return Fail("expected an object");
    NoteItems(value);
    if (!Wants(depth_)) return true;
    builder_.Add(std::move(value));
    return Added();
  }

  bool Open(json container) {
    if (depth_ == 0 && !container.is_object()) return Fail("expected an object");
    if (depth_ == JsonReader::kMostNesting) return Fail("nested too deep");
    NoteItems(container);
    const bool wanted = Wants(depth_++);
    if (wanted) builder_.Open(std::move(container));
    return true;
  }

  bool Close() {
    if (!Wants(--depth_)) return true;
    builder_.Close();
    return Added();
  }

  void NoteItems(const json& value) {
    if (depth_ != 1 || !in_items_) return;
    const bool list = value.is_array() || value.is_null();
    items_ = list ? JsonDocument::Items::kList : JsonDocument::Items::kOther;
  }

  bool Added() {
    if (builder_.size() > JsonReader::kMostValues) {
      return Fail("too large an object: no object of Kubernetes has that many values");
    }
    if (visit_items_.has_value() && builder_.whole()) (*visit_items_)(index_++, builder_.Take());
    return true;
  }

  bool Twice(absl::string_view name) {
    return Fail(absl::StrCat("the name ", Printable(name), " stands twice in one object"));
  }

  bool Fail(std::string message) {
    failure_ = std::move(message);
    return false;
  }

  std::optional<Visit> visit_items_;
  DomBuilder builder_;
  int depth_ = 0;          // how many containers are open
  bool in_items_ = false;  // the member of the top-level object named last is `items`
  bool had_items_ = false;
  JsonDocument::Items items_ = JsonDocument::Items::kNone;
  size_t index_ = 0;
  std::string failure_;
  std::optional<size_t> failure_offset_;
};

// Reads one object that starts at `begin` of the text. Returns the offset behind it.
absl::StatusOr<size_t> Parse(absl::string_view text, size_t begin, Selection& selection) {
  TextBuffer buffer(text.substr(begin));
  std::istream stream(&buffer);
  const bool parsed =
      json::sax_parse(stream, &selection, json::input_format_t::json, /*strict=*/false);
  const size_t end = begin + buffer.position();
  if (parsed) return end;
  const size_t at = selection.failure_offset().has_value() ? begin + *selection.failure_offset()
                                                           : std::max(end, begin + 1) - 1;
  return absl::InvalidArgumentError(
      absl::StrCat(wire::TextPosition(text, at), ": ", selection.failure()));
}

}  // namespace

bool JsonReader::AtEnd() {
  at_ = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size());
  return at_ == text_.size();
}

absl::StatusOr<JsonDocument> JsonReader::ReadHead() {
  JsonDocument document;
  Selection selection(std::nullopt);
  document.begin = at_;
  ASSIGN_OR_RETURN(document.end, Parse(text_, at_, selection));
  at_ = document.end;
  document.head = selection.TakeHead();
  document.items = selection.items();
  return document;
}

absl::Status JsonReader::ReadItems(
    const JsonDocument& document,
    absl::FunctionRef<void(size_t index, const nlohmann::json& item)> visit) {
  Selection selection(visit);
  return Parse(text_, document.begin, selection).status();
}

}  // namespace nftsvc::kubernetes

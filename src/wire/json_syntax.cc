// SPDX-License-Identifier: Apache-2.0
#include "src/wire/json_syntax.h"

#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "src/base/status_macros.h"
#include "src/wire/text_position.h"

namespace nftsvc::wire {
namespace {

constexpr int kMostNesting = 64;

class Checker {
 public:
  explicit Checker(absl::string_view text) : text_(text) {}

  absl::Status Check() {
    SkipSpace();
    if (Peek() != '{') return Expected("'{'");
    RETURN_IF_ERROR(Value(0));
    SkipSpace();
    return at_ == text_.size() ? absl::OkStatus() : Expected("the end");
  }

 private:
  char Peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  bool Take(char c) {
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  void SkipSpace() {
    while (at_ < text_.size() && absl::StrContains(" \t\r\n", text_.substr(at_, 1))) ++at_;
  }

  bool SkipDigits() {
    const size_t start = at_;
    while (absl::ascii_isdigit(static_cast<unsigned char>(Peek()))) ++at_;
    return at_ > start;
  }

  absl::Status Wrong(absl::string_view what) const {
    return absl::InvalidArgumentError(absl::StrCat(TextPosition(text_, at_), ": ", what));
  }

  absl::Status Expected(absl::string_view what) const {
    return Wrong(absl::StrCat("expected ", what));
  }

  absl::Status Value(int depth) {
    SkipSpace();
    switch (Peek()) {
      case '{':
        return List(depth, '}', /*named=*/true);
      case '[':
        return List(depth, ']', /*named=*/false);
      case '"':
        return String();
      default:
        break;
    }
    for (const absl::string_view word : {"true", "false", "null"}) {
      if (!absl::StartsWith(text_.substr(at_), word)) continue;
      at_ += word.size();
      return absl::OkStatus();
    }
    return Number();
  }

  absl::Status List(int depth, char end, bool named) {
    if (depth == kMostNesting) return Wrong("nested too deep");
    ++at_;
    SkipSpace();
    if (Take(end)) return absl::OkStatus();
    for (;;) {
      if (named) RETURN_IF_ERROR(Name());
      RETURN_IF_ERROR(Value(depth + 1));
      SkipSpace();
      if (Take(end)) return absl::OkStatus();
      if (!Take(',')) return Expected(absl::StrCat("',' or '", std::string(1, end), "'"));
    }
  }

  absl::Status Name() {
    SkipSpace();
    if (Peek() != '"') return Expected("a name in double quotes");
    RETURN_IF_ERROR(String());
    SkipSpace();
    return Take(':') ? absl::OkStatus() : Expected("':'");
  }

  absl::Status String() {
    ++at_;
    for (; at_ < text_.size() && text_[at_] != '"'; ++at_) {
      if (static_cast<unsigned char>(text_[at_]) < 0x20) {
        return Wrong("a control character in a string");
      }
      if (text_[at_] == '\\') RETURN_IF_ERROR(Escape());
    }
    return Take('"') ? absl::OkStatus() : Expected("a closing '\"'");
  }

  // Leaves the last character of the escape to be stepped over.
  absl::Status Escape() {
    ++at_;
    if (Peek() != 'u') {
      const bool known =
          at_ < text_.size() && absl::StrContains("\"\\/bfnrt", text_.substr(at_, 1));
      return known ? absl::OkStatus() : Wrong("an unknown escape in a string");
    }
    for (int i = 0; i < 4; ++i) {
      ++at_;
      if (!absl::ascii_isxdigit(static_cast<unsigned char>(Peek()))) {
        return Expected("four hexadecimal digits");
      }
    }
    return absl::OkStatus();
  }

  absl::Status Number() {
    const size_t start = at_;
    Take('-');
    if (!Take('0') && !SkipDigits()) {
      at_ = start;
      return Expected("a value");
    }
    if (Take('.') && !SkipDigits()) return Expected("a digit");
    if (Take('e') || Take('E')) {
      if (!Take('+')) Take('-');
      if (!SkipDigits()) return Expected("a digit");
    }
    return absl::OkStatus();
  }

  absl::string_view text_;
  size_t at_ = 0;
};

}  // namespace

absl::Status CheckJsonSyntax(absl::string_view text) { return Checker(text).Check(); }

}  // namespace nftsvc::wire

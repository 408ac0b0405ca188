// SPDX-License-Identifier: Apache-2.0
#include "src/model/check_text.h"

#include "src/model/limits.h"
#include "src/model/utf8.h"

namespace nftsvc::model {
namespace {

constexpr bool IsLower(unsigned char c) { return c >= 'a' && c <= 'z'; }
constexpr bool IsUpper(unsigned char c) { return c >= 'A' && c <= 'Z'; }
constexpr bool IsDigit(unsigned char c) { return c >= '0' && c <= '9'; }
constexpr bool IsControl(unsigned char c) { return c < ' ' || c == 0x7f; }

constexpr bool IsLowerOrDigit(unsigned char c) { return IsLower(c) || IsDigit(c); }

constexpr bool IsNamespaceByte(unsigned char c) {
  return IsLowerOrDigit(c) || c == '-' || c == '.';
}

constexpr bool IsServiceNameByte(unsigned char c) {
  return IsLowerOrDigit(c) || IsUpper(c) || c == '-' || c == '.' || c == '_';
}

constexpr bool IsPortNameByte(unsigned char c) { return IsLowerOrDigit(c) || c == '-'; }

constexpr bool IsPrintable(unsigned char c) { return !IsControl(c); }

// nft cannot read a quote or a backslash within the quotes of a comment (nft(8) has no escapes),
// and its listing must always load again.
constexpr bool IsCommentByte(unsigned char c) { return IsPrintable(c) && c != '"' && c != '\\'; }

// There are hundreds of thousands of texts, and what a byte may be is asked for each of theirs.
constexpr std::array<bool, 256> Bytes(bool (*allows)(unsigned char)) {
  std::array<bool, 256> table{};
  for (size_t c = 0; c < table.size(); ++c) table[c] = allows(static_cast<unsigned char>(c));
  return table;
}

}  // namespace

constinit const TextRule kNamespaceRule = {kMaxNamespaceLength, Bytes(IsNamespaceByte),
                                           "has a character other than a-z, 0-9, '-' and '.'"};
constinit const TextRule kServiceNameRule = {
    kMaxNameLength, Bytes(IsServiceNameByte),
    "has a character other than a-z, A-Z, 0-9, '-', '.' and '_'"};
constinit const TextRule kPortNameRule = {kMaxPortNameLength, Bytes(IsPortNameByte),
                                          "has a character other than a-z, 0-9 and '-'"};
constinit const TextRule kLabelRule = {kMaxLabelLength, Bytes(IsPrintable),
                                       "has a control character"};
constinit const TextRule kEndpointTextRule = {kMaxEndpointTextLength, Bytes(IsCommentByte),
                                              "has a control character, quote or backslash"};

bool CheckText(absl::string_view text, const TextRule& rule, const Path& path,
               IssueCollector& issues) {
  if (text.size() > rule.most_bytes) {
    issues.Add(path, Quoted{text}, " is ", text.size(), " bytes long, at most ", rule.most_bytes,
               " are allowed");
    return false;
  }
  bool allowed = true;
  unsigned char bits = 0;  // of any byte
  for (const char c : text) {
    allowed &= rule.allows[static_cast<unsigned char>(c)];
    bits |= static_cast<unsigned char>(c);
  }
  if (!allowed) {
    issues.Add(path, Quoted{text}, " ", rule.complaint);
    return false;
  }
  if (bits < 0x80) return true;  // ASCII
  if (!IsUtf8(text)) {
    issues.Add(path, Quoted{text}, " is not UTF-8");
    return false;
  }
  if (HasC1Control(text)) {
    issues.Add(path, Quoted{text}, " ", rule.complaint);
    return false;
  }
  return true;
}

bool CheckCount(size_t count, size_t most, const Path& path, IssueCollector& issues) {
  if (count <= most) return true;
  issues.Add(path, count, " are too many, at most ", most, " are allowed");
  return false;
}

}  // namespace nftsvc::model

// SPDX-License-Identifier: Apache-2.0
#include "src/model/check_text.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "src/model/limits.h"
#include "src/model/utf8.h"

namespace nftsvc::model {
namespace {

bool IsLowerOrDigit(unsigned char c) { return absl::ascii_islower(c) || absl::ascii_isdigit(c); }

bool IsNamespaceByte(unsigned char c) { return IsLowerOrDigit(c) || c == '-' || c == '.'; }

bool IsServiceNameByte(unsigned char c) {
  return absl::ascii_isalnum(c) || c == '-' || c == '.' || c == '_';
}

bool IsPortNameByte(unsigned char c) { return IsLowerOrDigit(c) || c == '-'; }

bool IsPrintable(unsigned char c) { return !absl::ascii_iscntrl(c); }

// nft cannot read a quote or a backslash within the quotes of a comment (nft(8) has no escapes),
// and its listing must always load again.
bool IsCommentByte(unsigned char c) { return IsPrintable(c) && c != '"' && c != '\\'; }

}  // namespace

const TextRule kNamespaceRule = {kMaxNamespaceLength, IsNamespaceByte,
                                 "has a character other than a-z, 0-9, '-' and '.'"};
const TextRule kServiceNameRule = {kMaxNameLength, IsServiceNameByte,
                                   "has a character other than a-z, A-Z, 0-9, '-', '.' and '_'"};
const TextRule kPortNameRule = {kMaxPortNameLength, IsPortNameByte,
                                "has a character other than a-z, 0-9 and '-'"};
const TextRule kLabelRule = {kMaxLabelLength, IsPrintable, "has a control character"};
const TextRule kEndpointTextRule = {kMaxEndpointTextLength, IsCommentByte,
                                    "has a control character, quote or backslash"};

bool CheckText(absl::string_view text, const TextRule& rule, const Path& path,
               IssueCollector& issues) {
  if (text.size() > rule.most_bytes) {
    issues.Add(path, Quoted{text}, " is ", text.size(), " bytes long, at most ", rule.most_bytes,
               " are allowed");
    return false;
  }
  if (!std::all_of(text.begin(), text.end(), rule.allows)) {
    issues.Add(path, Quoted{text}, " ", rule.complaint);
    return false;
  }
  const bool ascii = std::all_of(text.begin(), text.end(), absl::ascii_isascii);
  if (ascii) return true;
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

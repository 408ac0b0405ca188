// SPDX-License-Identifier: Apache-2.0
#include "src/netlink/userdata.h"

#include <libnftnl/udata.h>

#include <cstring>

namespace nftsvc::netlink {

static_assert(kComment == NFTNL_UDATA_TABLE_COMMENT && kComment == NFTNL_UDATA_SET_ELEM_COMMENT);

void AppendRecord(std::vector<uint8_t>& userdata, uint8_t type, std::span<const uint8_t> value) {
  userdata.push_back(type);
  userdata.push_back(static_cast<uint8_t>(value.size()));
  userdata.insert(userdata.end(), value.begin(), value.end());
}

void AppendComment(std::vector<uint8_t>& userdata, absl::string_view text) {
  std::vector<uint8_t> value(text.begin(), text.end());
  value.push_back(0);
  AppendRecord(userdata, kComment, value);
}

std::span<const uint8_t> FindRecord(std::span<const uint8_t> userdata, uint8_t type) {
  while (userdata.size() >= 2) {
    const size_t size = userdata[1];
    if (2 + size > userdata.size()) break;
    if (userdata[0] == type) return userdata.subspan(2, size);
    userdata = userdata.subspan(2 + size);
  }
  return {};
}

absl::string_view CommentIn(std::span<const uint8_t> userdata) {
  const std::span<const uint8_t> value = FindRecord(userdata, kComment);
  const auto* text = reinterpret_cast<const char*>(value.data());
  return {text, value.empty() ? 0 : strnlen(text, value.size())};
}

}  // namespace nftsvc::netlink

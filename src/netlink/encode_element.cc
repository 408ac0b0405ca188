// SPDX-License-Identifier: Apache-2.0
#include "src/netlink/encode_element.h"

#include <arpa/inet.h>
#include <endian.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "src/netlink/message.h"
#include "src/netlink/userdata.h"

namespace nftsvc::netlink {
namespace {

// An attribute's length has 16 bits, the list's too. The longest element has two keys, a verdict
// with a chain's name (NFT_NAME_MAXLEN: 256), a counter and a comment: well under 1 KiB.
constexpr size_t kLongestList = UINT16_MAX - 1024;

// A counter's value as it stands in a message.
struct CounterAttributes {
  nlattr bytes_header{.nla_len = 12, .nla_type = NFTA_COUNTER_BYTES};
  std::array<uint8_t, 8> bytes;
  nlattr packets_header{.nla_len = 12, .nla_type = NFTA_COUNTER_PACKETS};
  std::array<uint8_t, 8> packets;
};
static_assert(sizeof(CounterAttributes) == 24);

std::array<uint8_t, 8> BigEndian(uint64_t number) {
  std::array<uint8_t, 8> bytes;
  const uint64_t big_endian = htobe64(number);
  std::memcpy(bytes.data(), &big_endian, sizeof(big_endian));
  return bytes;
}

uint8_t* PutCounter(nlmsghdr* message) {
  nlattr* expression = mnl_attr_nest_start(message, NFTA_SET_ELEM_EXPR);
  PutString(message, NFTA_EXPR_NAME, "counter");
  nlattr* data = mnl_attr_nest_start(message, NFTA_EXPR_DATA);
  auto* at = static_cast<uint8_t*>(mnl_nlmsg_get_payload_tail(message));
  message->nlmsg_len += sizeof(CounterAttributes);
  mnl_attr_nest_end(message, data);
  mnl_attr_nest_end(message, expression);
  SetCounter(at, {});
  return at;
}

}  // namespace

void SetCounter(uint8_t* at, const nft::Counter& counter) {
  CounterAttributes attributes;
  attributes.bytes = BigEndian(counter.bytes);
  attributes.packets = BigEndian(counter.packets);
  std::memcpy(at, &attributes, sizeof(attributes));
}

ElementList::ElementList(nlmsghdr* message, absl::string_view set) : message_(message) {
  PutString(message, NFTA_SET_ELEM_LIST_TABLE, nft::kTableName);
  PutString(message, NFTA_SET_ELEM_LIST_SET, set);
  list_ = mnl_attr_nest_start(message, NFTA_SET_ELEM_LIST_ELEMENTS);
}

bool ElementList::HasRoom() const {
  const auto* end = static_cast<const uint8_t*>(mnl_nlmsg_get_payload_tail(message_));
  return static_cast<size_t>(end - reinterpret_cast<const uint8_t*>(list_)) < kLongestList;
}

void ElementList::Close() { mnl_attr_nest_end(message_, list_); }

void ElementList::PutBytes(uint16_t attribute, const nft::Bytes& bytes) {
  nlattr* nest = mnl_attr_nest_start(message_, attribute);
  mnl_attr_put(message_, NFTA_DATA_VALUE, bytes.size(), bytes.span().data());
  mnl_attr_nest_end(message_, nest);
}

void ElementList::PutVerdict(const nft::Element& element) {
  nlattr* data = mnl_attr_nest_start(message_, NFTA_SET_ELEM_DATA);
  nlattr* verdict = mnl_attr_nest_start(message_, NFTA_DATA_VERDICT);
  const bool drop = element.verdict == nft::VerdictCode::kDrop;
  PutNumber(message_, NFTA_VERDICT_CODE, static_cast<uint32_t>(drop ? NF_DROP : NFT_GOTO));
  if (!drop) PutString(message_, NFTA_VERDICT_CHAIN, element.chain);
  mnl_attr_nest_end(message_, verdict);
  mnl_attr_nest_end(message_, data);
}

void ElementList::PutComment(absl::string_view comment) {
  std::array<uint8_t, 2 + nft::kMaxComment + 1> record{};
  const size_t size = std::min(comment.size(), nft::kMaxComment);
  record[0] = kComment;
  record[1] = static_cast<uint8_t>(size + 1);
  std::memcpy(record.data() + 2, comment.data(), size);
  mnl_attr_put(message_, NFTA_SET_ELEM_USERDATA, 2 + size + 1, record.data());
}

uint8_t* ElementList::PutNew(const nft::Element& element, bool with_counter) {
  const nft::SetDeclaration& declaration = nft::DeclarationOf(element.id.set);
  nlattr* nest = mnl_attr_nest_start(message_, NFTA_LIST_ELEM);
  PutBytes(NFTA_SET_ELEM_KEY, element.id.key);
  if (declaration.interval) PutBytes(NFTA_SET_ELEM_KEY_END, element.value);
  if (declaration.data == nft::SetData::kEndpoint) PutBytes(NFTA_SET_ELEM_DATA, element.value);
  if (declaration.data == nft::SetData::kVerdict) PutVerdict(element);
  if (!element.comment.empty()) PutComment(element.comment);
  uint8_t* counter = with_counter ? PutCounter(message_) : nullptr;
  mnl_attr_nest_end(message_, nest);
  return counter;
}

void ElementList::PutKey(const nft::ElementKey& id, const nft::Bytes& range_end) {
  nlattr* nest = mnl_attr_nest_start(message_, NFTA_LIST_ELEM);
  if (id.key.empty()) PutNumber(message_, NFTA_SET_ELEM_FLAGS, NFT_SET_ELEM_CATCHALL);
  if (!id.key.empty()) PutBytes(NFTA_SET_ELEM_KEY, id.key);
  if (!range_end.empty()) PutBytes(NFTA_SET_ELEM_KEY_END, range_end);
  mnl_attr_nest_end(message_, nest);
}

}  // namespace nftsvc::netlink

// SPDX-License-Identifier: Apache-2.0
#include "src/netlink/attributes.h"

#include <arpa/inet.h>
#include <endian.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nfnetlink.h>

#include <cstring>

namespace nftsvc::netlink {
namespace {

template <typename Number>
std::optional<Number> ReadNumber(std::span<const uint8_t> bytes) {
  if (bytes.size() < sizeof(Number)) return std::nullopt;
  Number number;
  std::memcpy(&number, bytes.data(), sizeof(number));
  return number;
}

// (libmnl's own loops are macros that are not C++.)
void ForEach(std::span<const uint8_t> bytes, absl::FunctionRef<void(const nlattr*)> each) {
  const auto* end = bytes.data() + bytes.size();
  const auto* attribute = reinterpret_cast<const nlattr*>(bytes.data());
  while (
      mnl_attr_ok(attribute, static_cast<int>(end - reinterpret_cast<const uint8_t*>(attribute)))) {
    each(attribute);
    attribute = mnl_attr_next(attribute);
  }
}

}  // namespace

Attributes::Attributes(const nlmsghdr& message, size_t header) {
  if (mnl_nlmsg_get_payload_len(&message) < header) return;
  const auto* start = static_cast<const uint8_t*>(mnl_nlmsg_get_payload(&message));
  ForEach({start + header, mnl_nlmsg_get_payload_len(&message) - header},
          [this](const nlattr* attribute) { Add(attribute); });
}

Attributes::Attributes(const nlmsghdr& message) : Attributes(message, sizeof(nfgenmsg)) {}

Attributes::Attributes(const nlattr* nest) {
  ForEachNested(nest, [this](const nlattr* attribute) { Add(attribute); });
}

void Attributes::Add(const nlattr* attribute) {
  const uint16_t type = mnl_attr_get_type(attribute);
  if (type < kTypes) by_type_[type] = attribute;
}

std::span<const uint8_t> Attributes::Bytes(int type) const {
  const nlattr* attribute = Find(type);
  if (attribute == nullptr) return {};
  return {static_cast<const uint8_t*>(mnl_attr_get_payload(attribute)),
          mnl_attr_get_payload_len(attribute)};
}

std::optional<uint32_t> Attributes::HostNumber(int type) const {
  return ReadNumber<uint32_t>(Bytes(type));
}

std::optional<uint32_t> Attributes::Number(int type) const {
  const std::optional<uint32_t> number = HostNumber(type);
  return number.has_value() ? std::optional(ntohl(*number)) : std::nullopt;
}

std::optional<uint64_t> Attributes::LongNumber(int type) const {
  const auto number = ReadNumber<uint64_t>(Bytes(type));
  return number.has_value() ? std::optional<uint64_t>(be64toh(*number)) : std::nullopt;
}

absl::string_view Attributes::String(int type) const {
  const std::span<const uint8_t> bytes = Bytes(type);
  const auto* text = reinterpret_cast<const char*>(bytes.data());
  return {text, bytes.empty() ? 0 : strnlen(text, bytes.size())};
}

void ForEachNested(const nlattr* nest, absl::FunctionRef<void(const nlattr*)> each) {
  if (nest == nullptr) return;
  ForEach({static_cast<const uint8_t*>(mnl_attr_get_payload(nest)), mnl_attr_get_payload_len(nest)},
          each);
}

}  // namespace nftsvc::netlink

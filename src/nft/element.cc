// SPDX-License-Identifier: Apache-2.0
#include "src/nft/element.h"

#include <arpa/inet.h>

#include <cstring>

namespace nftsvc::nft {
namespace {

void AppendPadded(Bytes& key, std::span<const uint8_t> bytes) {
  key.Append(bytes);
  key.AppendZeros((4 - bytes.size() % 4) % 4);
}

void AppendProtocol(Bytes& key, base::Protocol protocol) {
  const uint8_t number = static_cast<uint8_t>(protocol);
  AppendPadded(key, {&number, 1});
}

void AppendPort(Bytes& key, uint16_t port) {
  const std::array<uint8_t, 2> big_endian = {static_cast<uint8_t>(port >> 8),
                                             static_cast<uint8_t>(port)};
  AppendPadded(key, big_endian);
}

}  // namespace

std::string CommentOf(absl::string_view text) {
  size_t length = std::min(text.size(), kMaxComment);
  if (length < text.size()) {
    // A byte 10xxxxxx continues a character: step back to where that one starts.
    while (length > 0 && (static_cast<uint8_t>(text[length]) & 0xc0) == 0x80) --length;
  }
  std::string comment(text.substr(0, length));
  for (char& c : comment) {
    const uint8_t byte = static_cast<uint8_t>(c);
    if (byte < 0x20 || byte == 0x7f || c == '"' || c == '\\') c = '_';
  }
  return comment;
}

Bytes AddressKey(const base::IpAddress& address) {
  Bytes key;
  key.Append(address.bytes());
  return key;
}

Bytes PortKey(base::Protocol protocol, uint16_t port) {
  Bytes key;
  AppendProtocol(key, protocol);
  AppendPort(key, port);
  return key;
}

Bytes FrontendKey(const model::FrontendKey& frontend) {
  Bytes key;
  if (!frontend.node_port) key.Append(frontend.address.bytes());
  AppendProtocol(key, frontend.protocol);
  AppendPort(key, frontend.port);
  return key;
}

Bytes SlotKey(const model::FrontendKey& frontend, uint32_t slot) {
  Bytes key = FrontendKey(frontend);
  // numgen leaves its number in a register, hence in the host's byte order.
  std::array<uint8_t, 4> host_endian;
  std::memcpy(host_endian.data(), &slot, sizeof(slot));
  key.Append(host_endian);
  return key;
}

Bytes EndpointValue(const base::IpAddress& address, uint16_t port) {
  Bytes value;
  value.Append(address.bytes());
  AppendPort(value, port);
  return value;
}

base::IpAddress AddressIn(base::Family family, const Bytes& bytes) {
  return base::IpAddress::FromBytes(family, bytes.span().first(FieldSize(Field::kDaddr, family)));
}

uint16_t PortAt(const Bytes& bytes, size_t offset) {
  return static_cast<uint16_t>(bytes.span()[offset] << 8 | bytes.span()[offset + 1]);
}

uint32_t SlotIn(const Bytes& key) {
  uint32_t slot;
  std::memcpy(&slot, key.span().last(sizeof(slot)).data(), sizeof(slot));
  return slot;
}

model::FrontendKey FrontendIn(const ElementKey& element) {
  model::FrontendKey frontend;
  size_t offset = 0;
  frontend.node_port = DeclarationOf(element.set).key.front() != Field::kDaddr;
  if (frontend.node_port) {
    frontend.address = base::Unspecified(element.family);
  } else {
    frontend.address = AddressIn(element.family, element.key);
    offset = FieldSize(Field::kDaddr, element.family);
  }
  frontend.protocol = static_cast<base::Protocol>(element.key.span()[offset]);
  frontend.port = PortAt(element.key, offset + 4);
  return frontend;
}

}  // namespace nftsvc::nft

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"

struct nlattr;
struct nlmsghdr;

namespace nftsvc::netlink {

// The attributes of a message, or those nested in an attribute, by type. Reads no byte beyond their
// end, whatever they hold; of several of a type, the last counts. Types that nothing here knows are
// left out. The message must outlive it.
class Attributes {
 public:
  // Of a message, behind `header` bytes of its payload.
  Attributes(const nlmsghdr& message, size_t header);
  // Of an nf_tables message.
  explicit Attributes(const nlmsghdr& message);
  // Of a nest; none for null.
  explicit Attributes(const nlattr* nest);

  const nlattr* Find(int type) const { return by_type_[static_cast<size_t>(type)]; }
  bool Has(int type) const { return Find(type) != nullptr; }

  // None: no such attribute, or too short.
  std::optional<uint32_t> Number(int type) const;      // network order
  std::optional<uint32_t> HostNumber(int type) const;  // host order
  std::optional<uint64_t> LongNumber(int type) const;  // network order

  // Empty if there is no such attribute.
  std::span<const uint8_t> Bytes(int type) const;
  absl::string_view String(int type) const;  // without its NUL

 private:
  static constexpr size_t kTypes = 32;

  void Add(const nlattr* attribute);

  std::array<const nlattr*, kTypes> by_type_{};
};

// Calls `each` for the attributes that an attribute nests, in order, whatever their types; none for
// null.
void ForEachNested(const nlattr* nest, absl::FunctionRef<void(const nlattr*)> each);

}  // namespace nftsvc::netlink

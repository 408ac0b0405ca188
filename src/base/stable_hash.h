// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "absl/strings/string_view.h"

namespace nftsvc::base {

// FNV-1a, 64 bits (draft-eastlake-fnv). The same in every build and on every host, unlike
// absl::Hash.
inline constexpr uint64_t kStableHashStart = 0xcbf29ce484222325;

constexpr uint64_t StableHash(absl::string_view text, uint64_t start = kStableHashStart) {
  uint64_t hash = start;
  for (const char c : text) hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001b3;
  return hash;
}

// Spreads a number's bits over all bits of another (the finalizer of SplitMix64; Steele, Lea,
// Flood: Fast Splittable Pseudorandom Number Generators, 2014). FNV-1a alone leaves similar texts
// with similar upper bits.
constexpr uint64_t Mixed(uint64_t number) {
  number = (number ^ number >> 30) * 0xbf58476d1ce4e5b9;
  number = (number ^ number >> 27) * 0x94d049bb133111eb;
  return number ^ number >> 31;
}

}  // namespace nftsvc::base

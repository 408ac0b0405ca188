// SPDX-License-Identifier: Apache-2.0
#include "src/model/name_rank.h"

#include <algorithm>
#include <cstddef>

namespace nftsvc::model {
namespace {

// Of "namespace NUL name", whose order is that of the names; NUL behind its end.
char CharAt(const ServiceName& name, size_t i) {
  const size_t length = name.name_space.size();
  if (i < length) return name.name_space[i];
  if (i == length || i - length > name.name.size()) return '\0';
  return name.name[i - length - 1];
}

size_t LengthOf(const ServiceName& name) { return name.name_space.size() + 1 + name.name.size(); }

// How many characters all have in common with the first, at the beginning.
size_t CommonLength(absl::Span<const ServiceName* const> names) {
  size_t common = names.empty() ? 0 : LengthOf(*names.front());
  for (const ServiceName* name : names) {
    size_t i = 0;
    while (i < common && CharAt(*name, i) == CharAt(*names.front(), i)) ++i;
    common = i;
  }
  return common;
}

}  // namespace

std::vector<uint64_t> RankNames(absl::Span<const ServiceName* const> names) {
  const size_t common = CommonLength(names);
  std::vector<uint64_t> ranks;
  ranks.reserve(names.size());
  for (const ServiceName* name : names) {
    uint64_t rank = 0;
    for (size_t i = 0; i < sizeof(rank); ++i) {
      rank = rank << 8 | static_cast<uint8_t>(CharAt(*name, common + i));
    }
    ranks.push_back(rank);
  }
  return ranks;
}

}  // namespace nftsvc::model

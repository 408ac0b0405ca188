// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

namespace nftsvc::base {

// Gives back the room of a hash table that most of its entries have left: erasing keeps all of it.
// To be called when many may have gone.
template <typename Table>
void ShrinkIfSparse(Table& table) {
  constexpr size_t kSmall = 1'000;
  if (table.capacity() > kSmall && table.size() < table.capacity() / 8) table.rehash(0);
}

}  // namespace nftsvc::base

// SPDX-License-Identifier: Apache-2.0
#include "src/base/shared_text.h"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <new>

namespace nftsvc::base {

// The bytes follow the block.
struct SharedText::Block {
  std::atomic<uint32_t> owners;
  uint32_t size;

  char* bytes() { return reinterpret_cast<char*>(this + 1); }
};

SharedText::SharedText(absl::string_view text) {
  if (text.empty()) return;
  void* memory = ::operator new(sizeof(Block) + text.size());
  block_ = new (memory) Block{{1}, static_cast<uint32_t>(text.size())};
  std::copy(text.begin(), text.end(), block_->bytes());
}

absl::string_view SharedText::view() const {
  return empty() ? absl::string_view() : absl::string_view(block_->bytes(), block_->size);
}

void SharedText::Share() {
  if (block_ != nullptr) block_->owners.fetch_add(1, std::memory_order_relaxed);
}

void SharedText::Release() {
  // The last owner must see whatever the others did with the text before they let go of it.
  if (block_ == nullptr || block_->owners.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  block_->~Block();
  ::operator delete(block_);
}

}  // namespace nftsvc::base

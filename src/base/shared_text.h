// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ostream>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"

namespace nftsvc::base {

// A text that never changes and that copies share: the name of one endpoint is known to the
// snapshot, to the forwarding table and to the ruleset, and there are hundreds of thousands of
// them. A pointer in size; empty, it owns nothing. Reads as a string_view, compares by value.
class SharedText {
 public:
  SharedText() = default;
  SharedText(absl::string_view text);  // NOLINT(google-explicit-constructor)
  SharedText(const char* text)         // NOLINT(google-explicit-constructor)
      : SharedText(absl::string_view(text)) {}
  SharedText(const std::string& text)  // NOLINT(google-explicit-constructor)
      : SharedText(absl::string_view(text)) {}

  SharedText(const SharedText& other) : block_(other.block_) { Share(); }
  SharedText(SharedText&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
  SharedText& operator=(SharedText other) noexcept {
    std::swap(block_, other.block_);
    return *this;
  }
  ~SharedText() { Release(); }

  absl::string_view view() const;
  operator absl::string_view() const { return view(); }  // NOLINT(google-explicit-constructor)
  explicit operator std::string() const { return std::string(view()); }
  bool empty() const { return block_ == nullptr; }

  friend bool operator==(const SharedText& a, const SharedText& b) {
    return a.block_ == b.block_ || a.view() == b.view();
  }
  friend bool operator==(const SharedText& a, absl::string_view b) { return a.view() == b; }
  friend bool operator==(const SharedText& a, const char* b) { return a.view() == b; }
  friend bool operator==(const SharedText& a, const std::string& b) { return a.view() == b; }

  friend std::ostream& operator<<(std::ostream& out, const SharedText& text) {
    return out << text.view();
  }

 private:
  struct Block;

  void Share();
  void Release();

  Block* block_ = nullptr;  // null: empty
};

}  // namespace nftsvc::base

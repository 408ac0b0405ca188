// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "src/control/history.h"

namespace nftsvc::testing {

// A history that knows what the test tells it, and nothing of what is pushed.
class FakeHistory : public control::History {
 public:
  void Expect(std::optional<control::Author> author) override {
    if (author) authors.push_back(*std::move(author));
  }
  std::vector<v1::HistoryEntry> Entries() const override { return entries; }
  absl::StatusOr<control::Undo> UndoTo(uint64_t) const override { return undo; }
  const std::optional<control::Pending>& pending() const override { return waiting; }
  absl::Status Settle() override {
    if (settle_failure.ok()) waiting.reset();
    return settle_failure;
  }

  std::vector<control::Author> authors;
  std::vector<v1::HistoryEntry> entries;
  absl::StatusOr<control::Undo> undo = absl::NotFoundError("nothing is kept");
  std::optional<control::Pending> waiting;
  absl::Status settle_failure;
};

}  // namespace nftsvc::testing

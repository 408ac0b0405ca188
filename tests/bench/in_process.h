// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "nftsvc/v1/snapshot.pb.h"
#include "src/nft/set.h"
#include "tests/bench/figures.h"

namespace nftsvc::bench {

struct StagesResult {
  absl::Duration limit;  // the kernel alone: one prebuilt batch of all elements, until acknowledged
  size_t elements = 0;   // in that batch
};

// One round of a full load without a daemon, into this thread's network namespace, which is a
// Node's: adds to `figures` what each stage takes by itself.
absl::StatusOr<StagesResult> MeasureStages(const v1::Snapshot& message, Figures& figures);

// How many elements our tables have in this thread's network namespace.
absl::StatusOr<size_t> CountElements();

// The number of the ruleset there: a commit by anybody changes it.
absl::StatusOr<uint32_t> CurrentGeneration();

// Deletes the first of the service's elements in this set, as somebody would by hand.
absl::Status DeleteElementOf(const v1::Service& service, nft::SetId set);

// Takes our tables out of the kernel.
absl::Status RemoveTables();

}  // namespace nftsvc::bench

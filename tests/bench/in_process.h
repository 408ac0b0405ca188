// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tests/bench/samples.h"

namespace nftsvc::bench {

// How long each stage of a full load takes by itself, without a daemon.
struct StageTimes {
  Samples validate;  // from parsed protobuf to the model
  Samples resolve;
  Samples compile;
  Samples plan;    // from empty tables
  Samples encode;  // into one netlink batch
  Samples limit;   // the kernel alone: that batch, made beforehand, until it is acknowledged
  size_t operations = 0;
  size_t batch_bytes = 0;
};

absl::StatusOr<StageTimes> MeasureStages(uint32_t services, uint32_t endpoints, int rounds);

// Takes our tables out of the kernel.
absl::Status RemoveTables();

}  // namespace nftsvc::bench

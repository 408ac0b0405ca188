// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "absl/status/status.h"
#include "tests/support/loop.h"

namespace nftsvc::reconcile {

// A day in the life of the loop: each step is a call of a user's, or time that passes.
using StepFunction = std::function<absl::Status(testing::Loop&)>;
std::vector<StepFunction> Story();

// The story, told by a user who tries again what failed, while the daemon polls. Fails the test
// when the loop ever claims what is not so, or is not in sync in the end.
void Live(testing::Loop& loop);

// How often the story asks the kernel when nothing goes wrong.
size_t CallsOfTheStory();

}  // namespace nftsvc::reconcile

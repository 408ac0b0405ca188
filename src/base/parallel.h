// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "absl/functional/function_ref.h"

// Work on many things that do not depend on each other, by several processors.
namespace nftsvc::base {

// Into how many parts it is worth cutting work on `count` things, if no part should have less than
// `least`: at most one for each processor that this process may use, and eight; at least one.
size_t PartsFor(size_t count, size_t least);

// Runs `work` for each part of [0, count), which follow on each other and are of one size, at the
// same time: part 0 on this thread. Returns when all are done. Where no thread can be had, this one
// does what is left. `parts` is 1 or more.
void InParts(size_t parts, size_t count,
             absl::FunctionRef<void(size_t part, size_t begin, size_t end)> work);

}  // namespace nftsvc::base

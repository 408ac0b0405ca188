// SPDX-License-Identifier: Apache-2.0
// How much of what they could try tests do try: all of it, but with the thread sanitizer, where
// each case takes ten times as long or more and what is looked for does not depend on a case's
// values.
#pragma once

#include <cstddef>
#include <cstdint>

namespace nftsvc::testing {

#if defined(NFTSVC_UNDER_TSAN)
inline constexpr uint64_t kOneOf = 10;
#else
inline constexpr uint64_t kOneOf = 1;
#endif

// How many of so many random cases.
constexpr uint64_t Cases(uint64_t count) { return count / kOneOf; }

// From one of the calls that may fail to the next that does.
inline constexpr size_t kNextCall = kOneOf;

}  // namespace nftsvc::testing

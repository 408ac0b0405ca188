// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>

#include "absl/strings/string_view.h"

namespace nftsvc::base {

// The SHA-256 digest of a text (FIPS 180-4). It makes names, it keeps no secrets: a library for the
// one function would weigh more than the function.
std::array<uint8_t, 32> Sha256(absl::string_view text);

}  // namespace nftsvc::base

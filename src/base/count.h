// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace nftsvc::base {

// "1 service", "2 services": the plural is the singular with an s.
std::string Count(uint64_t number, absl::string_view singular);

}  // namespace nftsvc::base

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace nftsvc::control {

// Physical memory that this process holds (proc(5), statm). 0 if /proc is not there.
uint64_t ResidentBytes();

}  // namespace nftsvc::control

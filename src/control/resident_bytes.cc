// SPDX-License-Identifier: Apache-2.0
#include "src/control/resident_bytes.h"

#include <unistd.h>

#include <fstream>

namespace nftsvc::control {

uint64_t ResidentBytes() {
  uint64_t total = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> total >> resident;  // in pages
  return resident * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
}

}  // namespace nftsvc::control

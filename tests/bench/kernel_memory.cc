// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/kernel_memory.h"

#include <fstream>
#include <string>

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace nftsvc::bench {

double KernelBytes() {
  absl::SleepFor(absl::Milliseconds(300));  // for what is freed a little later
  std::ifstream file("/proc/meminfo");
  double kib = 0;
  for (std::string word; file >> word;) {
    if (word != "SUnreclaim:" && word != "VmallocUsed:") continue;
    double value = 0;
    file >> value;
    kib += value;
  }
  return kib * 1024;
}

}  // namespace nftsvc::bench

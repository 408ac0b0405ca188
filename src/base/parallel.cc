// SPDX-License-Identifier: Apache-2.0
#include "src/base/parallel.h"

#include <algorithm>
#include <system_error>
#include <thread>
#include <vector>

namespace nftsvc::base {
namespace {

// More would wait for memory rather than for a processor.
constexpr size_t kMostParts = 8;

}  // namespace

size_t PartsFor(size_t count, size_t least) {
  const size_t wanted = std::min(count / std::max<size_t>(1, least), kMostParts);
  if (wanted <= 1) return 1;
  // A question to sysfs: some 5 µs, several times for each small push.
  const size_t processors = std::max<size_t>(1, std::thread::hardware_concurrency());
  return std::min(wanted, processors);
}

void InParts(size_t parts, size_t count,
             absl::FunctionRef<void(size_t part, size_t begin, size_t end)> work) {
  const auto run = [&](size_t part) {
    work(part, count * part / parts, count * (part + 1) / parts);
  };
  std::vector<std::thread> threads;
  threads.reserve(parts - 1);
  size_t part = parts;
  try {
    for (; part > 1; --part) threads.emplace_back(run, part - 1);
  } catch (const std::system_error&) {
  }
  while (part > 0) run(--part);
  for (std::thread& thread : threads) thread.join();
}

}  // namespace nftsvc::base

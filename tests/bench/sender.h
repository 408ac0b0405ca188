// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "src/control/unique_fd.h"

namespace nftsvc::bench {

// Whose connections go where.
struct Traffic {
  std::vector<uint32_t> dialled;  // addresses, in host order
  uint32_t clients = 1;           // that take turns
};

// Dials by single UDP packets, each of another connection. They are made up, with the addresses of
// clients elsewhere, and take the way of packets that this host sends.
class Sender {
 public:
  static constexpr size_t kBatch = 64;

  // Clients that no run of this program uses up.
  static constexpr uint32_t kManyClients = 131'072;

  // In the calling thread's network namespace, which has a Node's interface.
  static absl::StatusOr<Sender> Open(Traffic traffic);

  // Dials kBatch times. Returns this thread's own time in the kernel, which others on the machine
  // do not lengthen by having theirs.
  absl::StatusOr<absl::Duration> Dial();

  // Likewise. Returns the addresses that the packets left for.
  absl::StatusOr<std::vector<uint32_t>> Trace();

  // The next to dial is the first client.
  void StartOver();

 private:
  Sender(Traffic traffic, control::UniqueFd socket)
      : traffic_(std::move(traffic)), socket_(std::move(socket)) {}

  Traffic traffic_;
  control::UniqueFd socket_;
  uint64_t next_ = 0;  // number of the next connection
};

}  // namespace nftsvc::bench

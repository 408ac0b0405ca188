// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

struct mnl_socket;

namespace nftsvc::netlink {

// A netlink socket to the kernel's netfilter part, in the network namespace of the thread that
// opened it.
//
// The kernel works on a datagram within the call that sends it, so replies wait in the receive
// queue when Send returns; those to a dump are made one after the other, as they are received.
class Socket {
 public:
  static absl::StatusOr<Socket> Open();

  // Sends one datagram whole, with a send buffer as large as it needs. On failure the kernel has
  // seen none of it.
  absl::Status Send(std::span<const uint8_t> datagram);

  // The next datagram from the kernel, which holds one or more messages; empty if none came within
  // `patience`. Valid until the next call. kResourceExhausted: some replies were lost; those that
  // were not can still be received.
  absl::StatusOr<std::span<const uint8_t>> Receive(std::chrono::milliseconds patience);

  // The first of `count` numbers for messages, unlike all before.
  uint32_t TakeSequences(uint32_t count);

  // False after a failure that only another socket can mend.
  bool usable() const { return usable_; }

 private:
  struct Closer {
    void operator()(mnl_socket* socket) const;
  };

  explicit Socket(mnl_socket* socket);

  absl::Status SystemError(int error, absl::string_view doing);
  void GrowSendBuffer(size_t size);

  std::unique_ptr<mnl_socket, Closer> socket_;
  std::vector<uint8_t> received_;
  size_t send_buffer_ = 0;
  uint32_t next_sequence_ = 1;
  bool usable_ = true;
};

}  // namespace nftsvc::netlink

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <memory>
#include <span>
#include <vector>

#include "absl/status/statusor.h"
#include "src/netlink/trace_message.h"

struct mnl_socket;

namespace nftsvc::netlink {

// The messages of a datagram that tell of traced packets.
std::vector<TraceMessage> DecodeTrace(std::span<const uint8_t> datagram);

// Hears of all packets in this network namespace whose tracing somebody has switched on. That is a
// group of its own: it does not make commits any slower, as listening for them does.
class TraceListener {
 public:
  // Needs CAP_NET_ADMIN.
  static absl::StatusOr<TraceListener> Open();

  // What came within `patience`, in order; none if nothing did. kResourceExhausted: some were lost.
  absl::StatusOr<std::vector<TraceMessage>> Receive(std::chrono::milliseconds patience);

 private:
  struct Closer {
    void operator()(mnl_socket* socket) const;
  };

  explicit TraceListener(mnl_socket* socket) : socket_(socket) {}

  std::unique_ptr<mnl_socket, Closer> socket_;
};

}  // namespace nftsvc::netlink

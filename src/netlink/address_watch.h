// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "absl/status/statusor.h"

struct mnl_socket;

namespace nftsvc::netlink {

// Hears from the kernel that addresses of interfaces or routes change (rtnetlink(7)), in the
// network namespace of the thread that opened it. Not what changes: who wants to know reads it
// anew.
class AddressWatch {
 public:
  static absl::StatusOr<AddressWatch> Open();

  // Readable when there is something to hear.
  int fd() const;

  // Whether something has changed since the last call. Reads a bounded part of what there is to
  // hear; if more is left, fd() stays readable.
  bool TakeChange();

 private:
  struct Closer {
    void operator()(mnl_socket* socket) const;
  };

  explicit AddressWatch(mnl_socket* socket) : socket_(socket) {}

  std::unique_ptr<mnl_socket, Closer> socket_;
};

}  // namespace nftsvc::netlink

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"

namespace nftsvc::control {

// The address of a Unix socket in the file system.
class UnixAddress {
 public:
  // kInvalidArgument: the path does not fit into the kernel's 108 bytes with its NUL (unix(7)).
  static absl::StatusOr<UnixAddress> Of(const std::string& path) {
    UnixAddress address;
    if (path.empty() || path.size() >= sizeof(address.raw_.sun_path)) {
      return absl::InvalidArgumentError(absl::StrCat("socket path \"", path, "\": not 1 to ",
                                                     sizeof(address.raw_.sun_path) - 1,
                                                     " bytes long"));
    }
    std::memcpy(address.raw_.sun_path, path.data(), path.size());
    return address;
  }

  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&raw_); }
  socklen_t size() const { return sizeof(raw_); }

 private:
  sockaddr_un raw_ = {.sun_family = AF_UNIX, .sun_path = {}};
};

}  // namespace nftsvc::control

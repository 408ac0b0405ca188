// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "src/control/unique_fd.h"

namespace nftsvc::bench {

// A host in a network namespace of its own, as long as this object lives. It routes everything to
// an interface that takes packets and throws them away, so nothing comes out of it, and sending
// costs what the way through the host costs and no more.
class Node {
 public:
  static constexpr const char* kInterface = "sink";
  static constexpr const char* kAddress = "192.0.2.2";

  // The calling thread is in it then.
  static absl::StatusOr<Node> Make();

  // Moves the calling thread there.
  absl::Status Enter() const;

 private:
  explicit Node(control::UniqueFd space) : space_(std::move(space)) {}

  control::UniqueFd space_;
};

// Of the namespace that the calling thread is in:

// Runs a program of the shell's with `input`.
absl::Status Run(const std::string& command, absl::string_view input);

// Makes the kernel forget all connections.
absl::Status ForgetConnections();

// How many connections the kernel tracks.
absl::StatusOr<size_t> CountConnections();

}  // namespace nftsvc::bench

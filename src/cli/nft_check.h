// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

// What libnftables says of nft's language. It serves where text is the interface, and only there:
// it reads the whole ruleset before it does anything.
namespace nftsvc::cli {

// Our tables in this network namespace, as `nft list` prints them. A table that is missing is not
// listed. Fails without CAP_NET_ADMIN.
absl::StatusOr<std::string> ListOurTables();

// One chain of ours, `family` being "ip" or "ip6". NotFound: this network namespace has none such.
absl::StatusOr<std::string> ListOurChain(const std::string& family, const std::string& chain);

// Moves the process into a network namespace of its own for good, as root or (where the host allows
// it) in a user namespace too. Requires: one thread only.
absl::Status EnterPrivateNetwork();

// A dry run of `nft -f`: parsed, evaluated, sent to the kernel as a batch without an end, which it
// checks and forgets. A refusal is InvalidArgument, with nft's own words and line numbers.
absl::Status CheckNftText(const std::string& text);

}  // namespace nftsvc::cli

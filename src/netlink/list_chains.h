// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace nftsvc::netlink {

// A chain of anybody, without its rules.
struct ListedChain {
  std::string family;  // "inet"
  std::string table;
  std::string name;

  struct Hook {
    std::string type;   // "nat"
    std::string point;  // "prerouting"
    int priority = 0;
    bool drops = false;  // by policy: what no rule decides on
  };
  std::optional<Hook> hook;  // none: not a base chain
};

// All chains of this network namespace, of every table. Needs CAP_NET_ADMIN.
absl::StatusOr<std::vector<ListedChain>> ListAllChains();

}  // namespace nftsvc::netlink

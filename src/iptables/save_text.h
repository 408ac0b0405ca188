// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "absl/strings/string_view.h"
#include "src/base/family.h"

// What stands on a line of iptables-save, before anything of it is understood.
namespace nftsvc::iptables {

enum class SavedLineKind {
  kTable,   // "*nat": name
  kChain,   // ":KUBE-SERVICES - [0:0]": name
  kRule,    // "-A KUBE-SERVICES -d ... -j ...": name of the chain, and the arguments behind it
  kCommit,  // "COMMIT": name of the table
};

struct SavedLine {
  SavedLineKind kind;
  size_t number;  // counted from 1
  absl::string_view name;
  std::vector<absl::string_view> arguments;

  // Of a rule, if the text has counters: how many packets it took.
  std::optional<uint64_t> packets;

  // Of a chain: what becomes of packets that reach its end, such as "DROP"; "-" if it is no hook's.
  absl::string_view policy;

  // Of a table: the family of the program that the comment in front of it names.
  std::optional<base::Family> family;
};

}  // namespace nftsvc::iptables

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "src/base/family.h"
#include "src/iptables/saved.h"

// The programs of iptables on this host.
namespace nftsvc::xtables {

// Which of the two kinds of iptables is meant; by default what the host calls "iptables".
enum class IptablesBackend : uint8_t { kDefault, kLegacy, kNft };

// By "default", "legacy" or "nft".
std::optional<IptablesBackend> ParseIptablesBackend(absl::string_view name);

// The programs of one family and backend: "iptables-nft-save", "ip6tables-restore".
class IptablesTools {
 public:
  IptablesTools(base::Family family, IptablesBackend backend);

  // What iptables-save prints. NotFound: there is no such program.
  absl::StatusOr<std::string> SaveText() const;

  // What the tables hold.
  absl::StatusOr<iptables::SavedTables> Save(bool with_counters = false) const;

  // Applies the text to what is there. Each table changes whole or not at all; a failure says what
  // the program said. Who changes iptables at the same time is waited for, for some seconds.
  absl::Status Restore(const std::string& text) const;

  // Whether it could be restored on an empty host. Requires a network namespace of our own.
  absl::Status Check(const std::string& text) const;

 private:
  std::string save_;
  std::string restore_;
};

}  // namespace nftsvc::xtables

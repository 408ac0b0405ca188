// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "src/iptables/ruleset.h"
#include "src/iptables/saved.h"

namespace nftsvc::iptables {

// How to get from what the tables hold to what they should hold of ours.
struct Plan {
  // For iptables-restore --noflush, which takes each table whole or not at all. Empty: nothing to
  // do.
  std::string restore;

  size_t chains_written = 0;
  size_t chains_removed = 0;
  size_t jumps_changed = 0;  // hooks whose jumps to our chains are put in order

  // Chains that are ours no more but that somebody else's rules jump to: they are emptied, and
  // stay.
  std::vector<std::string> chains_kept;
};

// Writes chains that are missing or hold anything else than they should, and leaves the others,
// with their counters, alone. Removes chains of ours that should not be there. Puts the jumps from
// the hooks right: all of a hook, at its top, if one is missing, too many or out of order. Other
// chains and rules are nobody's business.
Plan PlanChanges(const SavedTables& current, const Ruleset& desired);

// The same where the tables hold all of `current`, as they do after it was written, and nothing
// else of ours. Who changed them meanwhile is not noticed.
Plan PlanChanges(const Ruleset& current, const Ruleset& desired);

}  // namespace nftsvc::iptables

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

#include "absl/strings/string_view.h"
#include "src/cli/offline.h"
#include "src/cli/session.h"
#include "src/iptables/plan.h"
#include "src/xtables/iptables_tools.h"

// What `nftsvc iptables` and `nftsvc migrate --back` do to the host's iptables.
namespace nftsvc::cli {

// What is to be done to one family.
struct IptablesStep {
  const char* name;
  xtables::IptablesTools tools;
  iptables::Plan plan;
};

// Whether iptables can say what the input wants. If not, says so. Warns of node ports that nobody
// would serve.
bool CheckForIptables(Session& session, const OfflineInput::Result& input, absl::string_view what);

// Plans all families before anything is done. Nothing after it reported a failure. Without input
// nothing of ours shall be there.
std::optional<std::vector<IptablesStep>> PlanIptables(Session& session,
                                                      const std::vector<base::Family>& families,
                                                      xtables::IptablesBackend backend,
                                                      const OfflineInput::Result* input);

// These return exit codes.
int CarryOutIptables(Session& session, const std::vector<IptablesStep>& steps);
int ShowIptables(Session& session, const std::vector<IptablesStep>& steps);

}  // namespace nftsvc::cli

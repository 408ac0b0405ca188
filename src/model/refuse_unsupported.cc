// SPDX-License-Identifier: Apache-2.0
#include "src/model/refuse_unsupported.h"

#include <array>

namespace nftsvc::model {

void RefuseUnsupported(const ServiceDraft& draft, const Path& path, IssueCollector& issues) {
  // Those of proto/nftsvc/v1/snapshot.proto behind RANDOM.
  constexpr std::array kWays = {"ROUND_ROBIN", "SOURCE_HASH", "FLOW_HASH", "MAGLEV"};
  if (draft.has_session_affinity) {
    issues.Add(Path(path, "session_affinity"), "is not supported yet");
  }
  if (draft.health_check_node_port != 0) {
    issues.Add(Path(path, "health_check_node_port"), "is not supported yet");
  }
  for (size_t i = 0; i < draft.ports.size(); ++i) {
    const auto way = static_cast<size_t>(draft.ports[i].balancing) - 2;
    if (way < kWays.size()) {
      const Path port(path, "ports", i);
      issues.Add(Path(port, "balancing"), kWays[way], " is not supported yet");
    }
  }
}

}  // namespace nftsvc::model

// SPDX-License-Identifier: Apache-2.0
#include "src/model/refuse_unsupported.h"

namespace nftsvc::model {

void RefuseUnsupported(const ServiceDraft& draft, const Path& path, IssueCollector& issues) {
  if (draft.health_check_node_port != 0) {
    issues.Add(Path(path, "health_check_node_port"), "is not supported yet");
  }
}

}  // namespace nftsvc::model

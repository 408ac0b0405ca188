// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "nftsvc/v1/control.pb.h"
#include "src/forwarding/routes.h"
#include "src/model/issue.h"

namespace nftsvc::control {

// What Decide says of such a packet, over all slots that could be drawn. Adds to `issues` what is
// wrong with the request; then the result is empty.
v1::ExplainResult Explain(const forwarding::ForwardingTable& table,
                          const v1::ExplainRequest& request, model::Issues& issues);

}  // namespace nftsvc::control

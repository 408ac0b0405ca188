// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include "nftsvc/v1/control.pb.h"
#include "src/base/ip_address.h"
#include "src/forwarding/decide.h"
#include "src/forwarding/routes.h"
#include "src/model/issue.h"

namespace nftsvc::control {

// The endpoint that session affinity keeps a client on, as "10.0.0.2:80"; empty if none.
using FindKept =
    std::function<std::string(const forwarding::Decision& decision, const base::IpAddress& client)>;

// What Decide says of such a packet, over all slots that could be drawn. Adds to `issues` what is
// wrong with the request; then the result is empty.
v1::ExplainResult Explain(const forwarding::ForwardingTable& table,
                          const v1::ExplainRequest& request, model::Issues& issues,
                          const FindKept& find_kept = {});

}  // namespace nftsvc::control

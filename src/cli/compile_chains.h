// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "src/forwarding/routes.h"
#include "src/iptables/ruleset.h"
#include "src/model/issue.h"
#include "src/nft/compile.h"

// kube-proxy's chains with the daemon's options.
namespace nftsvc::cli {

// What iptables cannot say of a table or of the daemon's options, all of it.
model::Issues FindUnsupportedByIptables(const forwarding::ForwardingTable& table,
                                        const nft::CompileOptions& options);

// With the daemon's options. Requires: FindUnsupportedByIptables finds nothing.
iptables::Ruleset CompileForIptables(const forwarding::ForwardingTable& table, base::Family family,
                                     const nft::CompileOptions& options);

}  // namespace nftsvc::cli

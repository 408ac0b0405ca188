// SPDX-License-Identifier: Apache-2.0
#include "src/cli/compile_chains.h"

#include "src/iptables/compile.h"

namespace nftsvc::cli {

model::Issues FindUnsupportedByIptables(const forwarding::ForwardingTable& table,
                                        const nft::CompileOptions& options) {
  model::Issues issues = iptables::FindUnsupported(table);
  if (options.layout == nft::Layout::kVerdictMaps) {
    issues.push_back({.path = "layout",
                      .message =
                          "VERDICT_MAPS is a layout of nft's tables; iptables has a chain for "
                          "each endpoint in any case",
                      .service = ""});
  }
  return issues;
}

iptables::Ruleset CompileForIptables(const forwarding::ForwardingTable& table, base::Family family,
                                     const nft::CompileOptions& options) {
  return iptables::Compile(table, family,
                           {.mark_bits = options.mark_bits, .fully_random = options.fully_random});
}

}  // namespace nftsvc::cli

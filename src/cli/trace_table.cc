// SPDX-License-Identifier: Apache-2.0
#include "src/cli/trace_table.h"

#include <nftables/libnftables.h>
#include <unistd.h>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "src/base/family.h"
#include "src/base/protocol.h"

namespace nftsvc::cli {
namespace {

// A name, hook and priority: before raw (-300), and behind srcnat (100).
std::string ChainText(absl::string_view name, absl::string_view hook, int priority,
                      absl::string_view rule) {
  return absl::StrCat("  chain ", name, " {\n    type filter hook ", hook, " priority ", priority,
                      ";\n", rule, "  }\n");
}

// A packet that somebody else already traces costs nothing; a flood of them would.
constexpr absl::string_view kMarkForTracing =
    "limit rate 50/second burst 50 packets meta nftrace set 1\n";

}  // namespace

std::string PrintTraceTable(absl::string_view name, const Destination& destination,
                            const std::optional<base::IpAddress>& source) {
  const bool ipv6 = destination.address.family() == base::Family::kIPv6;
  const absl::string_view ip = ipv6 ? "ip6" : "ip";
  const absl::string_view protocol = base::ProtocolName(destination.protocol);
  std::string rule = absl::StrCat("    ", ip, " daddr ", destination.address.ToString(), " ");
  if (source.has_value()) absl::StrAppend(&rule, ip, " saddr ", source->ToString(), " ");
  absl::StrAppend(&rule, protocol, " dport ", destination.port, " ");
  if (destination.protocol == base::Protocol::kTcp) {
    absl::StrAppend(&rule, "tcp flags & (syn | ack) == syn ");
  }
  absl::StrAppend(&rule, kMarkForTracing);
  return absl::StrCat("table ", ip, " ", name, " {\n  flags owner;\n",
                      ChainText("start-prerouting", "prerouting", -350, rule),
                      ChainText("start-output", "output", -350, rule),
                      ChainText("end-input", "input", 350, ""),
                      ChainText("end-postrouting", "postrouting", 350, ""), "}\n");
}

void TraceTable::Free::operator()(nft_ctx* context) const { nft_ctx_free(context); }

std::string TraceTable::Name() { return absl::StrCat(kTraceTablePrefix, getpid()); }

absl::StatusOr<TraceTable> TraceTable::Add(const Destination& destination,
                                           const std::optional<base::IpAddress>& source) {
  const std::string name = Name();
  TraceTable table(nft_ctx_new(NFT_CTX_DEFAULT));
  nft_ctx_buffer_error(table.context_.get());
  const std::string text = PrintTraceTable(name, destination, source);
  if (nft_run_cmd_from_buffer(table.context_.get(), text.c_str()) == 0) return table;
  const absl::string_view complaint = nft_ctx_get_error_buffer(table.context_.get());
  return absl::UnknownError(
      absl::StrCat("add table ", name, ": ", absl::StripAsciiWhitespace(complaint)));
}

}  // namespace nftsvc::cli

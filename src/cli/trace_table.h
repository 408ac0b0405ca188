// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "src/base/ip_address.h"
#include "src/cli/destination.h"

struct nft_ctx;

namespace nftsvc::cli {

// What the names of all tables of traces begin with; the process's id follows.
inline constexpr absl::string_view kTraceTablePrefix = "nftsvc-trace-";

// The chains of such a table in which a packet is done.
inline constexpr absl::string_view kTraceEndPrefix = "end-";

// The table as nft reads it: marks packets to the destination (and from the source) for tracing
// before anybody else sees them, those of TCP only if they open a connection, and sees those that
// are left at the end.
std::string PrintTraceTable(absl::string_view name, const Destination& destination,
                            const std::optional<base::IpAddress>& source);

// Such a table in the kernel. It belongs to this process: the kernel removes it when the process
// goes, however it goes, and nobody else can change it.
class TraceTable {
 public:
  // Needs CAP_NET_ADMIN, and Linux 5.12.
  static absl::StatusOr<TraceTable> Add(const Destination& destination,
                                        const std::optional<base::IpAddress>& source);

  static std::string Name();

 private:
  struct Free {
    void operator()(nft_ctx* context) const;
  };

  explicit TraceTable(nft_ctx* context) : context_(context) {}

  std::unique_ptr<nft_ctx, Free> context_;
};

}  // namespace nftsvc::cli

// SPDX-License-Identifier: Apache-2.0
#include "src/cli/nft_check.h"

#include <nftables/libnftables.h>
#include <sched.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace nftsvc::cli {
namespace {

// One run of libnftables with its output caught.
class Nft {
 public:
  Nft() : context_(nft_ctx_new(NFT_CTX_DEFAULT)) {
    nft_ctx_buffer_output(context_.get());
    nft_ctx_buffer_error(context_.get());
  }

  void set_dry_run() { nft_ctx_set_dry_run(context_.get(), true); }

  // What it printed; InvalidArgument with what it complained of.
  absl::StatusOr<std::string> Run(const std::string& commands) {
    if (nft_run_cmd_from_buffer(context_.get(), commands.c_str()) != 0) {
      const absl::string_view complaint = nft_ctx_get_error_buffer(context_.get());
      return absl::InvalidArgumentError(absl::StripAsciiWhitespace(complaint));
    }
    return std::string(nft_ctx_get_output_buffer(context_.get()));
  }

 private:
  struct Free {
    void operator()(nft_ctx* context) const { nft_ctx_free(context); }
  };
  std::unique_ptr<nft_ctx, Free> context_;
};

}  // namespace

absl::StatusOr<std::string> ListOurTables() {
  std::string listing;
  absl::StatusOr<std::string> tables = Nft().Run("list tables");
  if (!tables.ok()) {
    return absl::PermissionDeniedError(absl::StrCat("list tables: ", tables.status().message()));
  }
  for (const char* name : {"ip nftsvc", "ip6 nftsvc"}) {
    if (!absl::StrContains(*tables, absl::StrCat("table ", name, "\n"))) continue;
    absl::StatusOr<std::string> table = Nft().Run(absl::StrCat("list table ", name));
    if (!table.ok()) {
      return absl::UnknownError(absl::StrCat("list table ", name, ": ", table.status().message()));
    }
    listing += *table;
  }
  return listing;
}

absl::Status EnterPrivateNetwork() {
  const int flags = geteuid() == 0 ? CLONE_NEWNET : CLONE_NEWUSER | CLONE_NEWNET;
  if (unshare(flags) == 0) return absl::OkStatus();
  return absl::PermissionDeniedError(
      absl::StrCat("make network namespace: ", strerror(errno), "; run as root"));
}

absl::Status CheckNftText(const std::string& text) {
  Nft nft;
  nft.set_dry_run();
  return nft.Run(text).status();
}

}  // namespace nftsvc::cli

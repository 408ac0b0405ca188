// SPDX-License-Identifier: Apache-2.0
#include "src/cli/nft_check.h"

#include <nftables/libnftables.h>
#include <sched.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

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
  absl::StatusOr<std::string> RunCommand(const std::string& command) {
    return Result(nft_run_cmd_from_buffer(context_.get(), command.c_str()));
  }
  absl::StatusOr<std::string> RunFile(const std::string& path) {
    return Result(nft_run_cmd_from_filename(context_.get(), path.c_str()));
  }

 private:
  absl::StatusOr<std::string> Result(int code) {
    if (code == 0) return std::string(nft_ctx_get_output_buffer(context_.get()));
    const absl::string_view complaint = nft_ctx_get_error_buffer(context_.get());
    return absl::InvalidArgumentError(absl::StripAsciiWhitespace(complaint));
  }

  struct Free {
    void operator()(nft_ctx* context) const { nft_ctx_free(context); }
  };
  std::unique_ptr<nft_ctx, Free> context_;
};

}  // namespace

absl::StatusOr<std::string> ListOurTables() {
  std::string listing;
  absl::StatusOr<std::string> tables = Nft().RunCommand("list tables");
  if (!tables.ok()) {
    return absl::PermissionDeniedError(absl::StrCat("list tables: ", tables.status().message()));
  }
  for (const char* name : {"ip nftsvc", "ip6 nftsvc"}) {
    if (!absl::StrContains(*tables, absl::StrCat("table ", name, "\n"))) continue;
    absl::StatusOr<std::string> table = Nft().RunCommand(absl::StrCat("list table ", name));
    if (!table.ok()) {
      return absl::UnknownError(absl::StrCat("list table ", name, ": ", table.status().message()));
    }
    listing += *table;
  }
  return listing;
}

absl::StatusOr<std::string> ListOurChain(const std::string& family, const std::string& chain) {
  const std::string command = absl::StrCat("list chain ", family, " nftsvc ", chain);
  absl::StatusOr<std::string> listing = Nft().RunCommand(command);
  if (listing.ok()) return listing;
  return absl::NotFoundError(absl::StrCat(command, ": ", listing.status().message()));
}

absl::Status EnterPrivateNetwork() {
  const int flags = geteuid() == 0 ? CLONE_NEWNET : CLONE_NEWUSER | CLONE_NEWNET;
  if (unshare(flags) == 0) return absl::OkStatus();
  return absl::PermissionDeniedError(
      absl::StrCat("make network namespace: ", strerror(errno), "; run as root"));
}

absl::Status CheckNftText(const std::string& text) {
  // libnftables gives the lines of mistakes only in files.
  const std::unique_ptr<FILE, decltype(&std::fclose)> file(std::tmpfile(), &std::fclose);
  if (file == nullptr || std::fwrite(text.data(), 1, text.size(), file.get()) != text.size() ||
      std::fflush(file.get()) != 0) {
    return absl::UnknownError(absl::StrCat("write temporary file: ", strerror(errno)));
  }
  const std::string path = absl::StrCat("/proc/self/fd/", fileno(file.get()));
  Nft nft;
  nft.set_dry_run();
  const absl::Status status = nft.RunFile(path).status();
  return absl::Status(status.code(),
                      absl::StrReplaceAll(status.message(), {{absl::StrCat(path, ":"), "line "}}));
}

}  // namespace nftsvc::cli

// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "src/cli/commands.h"
#include "src/cli/nft_check.h"

namespace nftsvc::cli {
namespace {

constexpr char kVerifyExamples[] =
    R"(Asks the daemon whether the kernel holds what the snapshot says. As root it also checks that what nft lists of
our tables would load again, as a saved ruleset does at boot; that is a dry run in a network namespace of its own.

Exit code 1 if either is not so.
)";

std::string RenderDifferences(const v1::VerifyResult& result, const Style& style) {
  if (result.in_sync()) {
    return absl::StrCat(style.Paint(Colour::kGreen, "in sync"),
                        ": the kernel holds what the snapshot says\n");
  }
  std::string text = absl::StrCat(style.Paint(Colour::kRed, "drift"),
                                  ": these commands would make the kernel right\n");
  for (const std::string& line : result.differences()) absl::StrAppend(&text, "  ", line, "\n");
  if (result.differences_left_off() > 0) {
    absl::StrAppend(&text, "  and ", result.differences_left_off(), " more\n");
  }
  return text;
}

// Whether the listing is known not to load again. Not being able to tell is none of the tables'
// fault.
bool ListingIsBroken(Session& session) {
  const absl::StatusOr<std::string> listing = ListOurTables();
  absl::Status possible = listing.status();
  if (possible.ok() && listing->empty()) {
    possible = absl::NotFoundError("this network namespace has no table nftsvc");
  }
  if (possible.ok()) possible = EnterPrivateNetwork();
  if (!possible.ok()) {
    session.Warn(absl::StrCat("not checked whether the listing loads again: ", possible.message()));
    return false;
  }
  const absl::Status loads = CheckNftText(*listing);
  if (loads.ok()) return false;
  session.Fail(absl::StrCat("nft cannot load its own listing:\n", loads.message()));
  return true;
}

int Verify(Session& session) {
  v1::Request request;
  request.mutable_verify();
  const std::optional<v1::Response> response = session.Ask(std::move(request), "comparing");
  if (!response) return kFailed;
  const v1::VerifyResult& result = response->verify();
  if (session.json) {
    session.PrintJson(result);
  } else {
    session.out << RenderDifferences(result, session.out_style) << std::flush;
  }
  // Of iptables mode there is no table for nft to list.
  const bool broken = !result.has_no_tables() && ListingIsBroken(session);
  return result.in_sync() && !broken ? kDone : kFailed;
}

}  // namespace

void AddVerify(CLI::App& app, Session& session, int& exit_code) {
  CLI::App* command = app.add_subcommand("verify", "Compare the kernel with the snapshot");
  command->footer(kVerifyExamples);
  command->callback([&session, &exit_code] { exit_code = Verify(session); });
}

}  // namespace nftsvc::cli

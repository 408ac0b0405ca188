// SPDX-License-Identifier: Apache-2.0
#include "src/cli/iptables_tools.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "src/cli/run_program.h"
#include "src/iptables/compile.h"

namespace nftsvc::cli {
namespace {

absl::StatusOr<std::string> Run(const std::vector<std::string>& arguments, const std::string& in) {
  absl::StatusOr<ProgramResult> result = RunProgram(arguments, in);
  if (!result.ok()) return result.status();
  if (result->exit_code == 0) return std::move(result->out);
  return absl::UnknownError(absl::StrCat(arguments.front(), ": exit ", result->exit_code, ": ",
                                         absl::StripAsciiWhitespace(result->err)));
}

}  // namespace

std::optional<IptablesBackend> ParseIptablesBackend(absl::string_view name) {
  if (name == "default") return IptablesBackend::kDefault;
  if (name == "legacy") return IptablesBackend::kLegacy;
  if (name == "nft") return IptablesBackend::kNft;
  return std::nullopt;
}

IptablesTools::IptablesTools(base::Family family, IptablesBackend backend) {
  absl::string_view kind;
  switch (backend) {
    case IptablesBackend::kDefault:
      kind = "";
      break;
    case IptablesBackend::kLegacy:
      kind = "-legacy";
      break;
    case IptablesBackend::kNft:
      kind = "-nft";
      break;
  }
  const std::string name =
      absl::StrCat(family == base::Family::kIPv4 ? "iptables" : "ip6tables", kind);
  save_ = name + "-save";
  restore_ = name + "-restore";
}

absl::StatusOr<std::string> IptablesTools::SaveText() const { return Run({save_}, ""); }

absl::StatusOr<iptables::SavedTables> IptablesTools::Save() const {
  const absl::StatusOr<std::string> text = SaveText();
  if (!text.ok()) return text.status();
  absl::StatusOr<iptables::SavedTables> saved = iptables::ReadSaved(*text);
  if (saved.ok()) return saved;
  return absl::UnknownError(absl::StrCat(save_, ": ", saved.status().message()));
}

absl::Status IptablesTools::Restore(const std::string& text) const {
  return Run({restore_, "--noflush", "--wait"}, text).status();
}

absl::Status IptablesTools::Check(const std::string& text) const {
  return Run({restore_, "--test"}, text).status();
}

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

// SPDX-License-Identifier: Apache-2.0
#include "src/xtables/iptables_tools.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "src/xtables/run_program.h"

namespace nftsvc::xtables {
namespace {

constexpr char kWait[] = "--wait=10";

absl::StatusOr<std::string> RunTool(const std::vector<std::string>& arguments,
                                    const std::string& in) {
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

absl::StatusOr<std::string> IptablesTools::SaveText() const { return RunTool({save_}, ""); }

absl::StatusOr<iptables::SavedTables> IptablesTools::Save(bool with_counters) const {
  const absl::StatusOr<std::string> text =
      with_counters ? RunTool({save_, "--counters"}, "") : SaveText();
  if (!text.ok()) return text.status();
  absl::StatusOr<iptables::SavedTables> saved = iptables::ReadSaved(*text);
  if (saved.ok()) return saved;
  return absl::UnknownError(absl::StrCat(save_, ": ", saved.status().message()));
}

absl::Status IptablesTools::Restore(const std::string& text) const {
  return RunTool({restore_, "--noflush", kWait}, text).status();
}

absl::Status IptablesTools::Check(const std::string& text) const {
  return RunTool({restore_, "--test"}, text).status();
}

}  // namespace nftsvc::xtables

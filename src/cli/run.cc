// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>

#include "absl/strings/str_cat.h"
#include "src/cli/commands.h"
#include "src/cli/suggest.h"

namespace nftsvc::cli {
namespace {

constexpr char kExamples[] = R"(
Examples:
  nftsvc push services.textproto       serve these services, and no others
  nftsvc list --wide                   who serves, and how many connections each got
  nftsvc explain 10.104.14.67:80/tcp   where such a packet goes, and why
  nftsvc COMMAND --help                options and examples of a command

Exit codes: 0 done, 1 refused or failed, 2 wrong usage.
)";

// What the user may have meant by a word that is no command.
std::string Hint(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands({})) names.push_back(command->get_name());
  for (const std::string& word : app.remaining()) {
    if (std::optional<std::string> name = Suggest(word, names)) {
      return absl::StrCat("Did you mean \"", *name, "\"?\n");
    }
  }
  return "";
}

}  // namespace

int Run(const std::vector<std::string>& arguments, Session& session) {
  CLI::App app("Shows and changes the services that nftsvcd forwards.", "nftsvc");
  int exit_code = kUsage;
  std::string output = "text";
  app.add_option("--socket", session.socket, "The daemon's control socket")->capture_default_str();
  app.add_option("--output", output, "How results and errors are printed: text or json")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
  app.set_version_flag("--version", "nftsvc " NFTSVC_VERSION);
  app.require_subcommand(1);
  app.fallthrough();
  app.footer(kExamples);
  // Before any command's own callback.
  app.parse_complete_callback([&] { session.json = output == "json"; });
  for (auto* add :
       {AddPush, AddDiff, AddGet, AddList, AddStatus, AddVerify, AddExplain, AddCompile}) {
    add(app, session, exit_code);
  }

  try {
    // The parser takes its arguments from the back.
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::ParseError& error) {
    const bool asked = error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success);
    app.exit(error, session.out, session.err);
    if (!asked) session.err << Hint(app);
    return asked ? kDone : kUsage;
  }
  return exit_code;
}

}  // namespace nftsvc::cli

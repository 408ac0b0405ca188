// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "src/base/suggest.h"
#include "src/cli/commands.h"

namespace nftsvc::cli {
namespace {

constexpr char kRunExamples[] = R"(Examples:
  nftsvc push services.textproto       serve these services, and no others
  nftsvc list --wide                   who serves, and how many connections each got
  nftsvc explain 10.104.14.67:80/tcp   where such a packet goes, and why
  nftsvc COMMAND --help                options and examples of a command

Exit codes: 0 done, 1 refused or failed, 2 wrong usage.
)";

std::string DidYouMean(const std::string& word, const std::vector<std::string>& names) {
  const std::optional<std::string> name = base::Suggest(word, names);
  return name ? absl::StrCat("; did you mean \"", *name, "\"?") : "";
}

// The command that was chosen, at any depth; the program itself if none was.
const CLI::App& ChosenCommand(const CLI::App& app) {
  const CLI::App* chosen = &app;
  while (!chosen->get_subcommands().empty()) chosen = chosen->get_subcommands().front();
  return *chosen;
}

// Says of a word that is no command which one the user may have meant.
std::string DescribeUnknownCommand(const CLI::App& app, const std::string& word) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App* c) {
         return !c->get_group().empty();  // those that are shown
       })) {
    names.push_back(command->get_name());
  }
  return absl::StrCat("no command \"", word, "\"", DidYouMean(word, names));
}

// Likewise of an option, of this command or of all.
std::string DescribeUnknownOption(const CLI::App& app, const CLI::App& command,
                                  const std::string& word) {
  std::vector<std::string> names;
  for (const CLI::App* owner : {&command, &app}) {
    for (const CLI::Option* option : owner->get_options()) {
      for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    }
  }
  const std::string option = word.substr(0, word.find('='));
  return absl::StrCat("no option \"", option, "\"",
                      &command == &app ? "" : absl::StrCat(" of ", command.get_name()),
                      DidYouMean(option, names));
}

// What the parser threw: help and version were asked for, all else is a mistake.
int Explain(const CLI::App& app, const CLI::ParseError& error, Session& session) {
  if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) {
    app.exit(error, session.out, session.err);
    return kDone;
  }
  const CLI::App& command = ChosenCommand(app);
  const std::vector<std::string> unknown = app.remaining(/*recurse=*/true);
  if (!unknown.empty() && absl::StartsWith(unknown.front(), "-")) {
    session.Fail(DescribeUnknownOption(app, command, unknown.front()));
  } else if (!unknown.empty() && !command.get_subcommands({}).empty()) {
    session.Fail(DescribeUnknownCommand(command, unknown.front()));
  } else {
    session.Fail(error.what());
  }
  session.err << "Run `nftsvc --help` or `nftsvc COMMAND --help` for more.\n";
  return kUsage;
}

}  // namespace

int Run(const std::vector<std::string>& arguments, Session& session) {
  CLI::App app("Shows and changes the services that nftsvcd forwards.", "nftsvc");
  int exit_code = kUsage;
  std::string output = "text";
  app.add_option("--socket", session.socket, "The daemon's control socket")
      ->type_name("PATH")
      ->capture_default_str();
  app.add_option("--output", output, "How results and errors are printed")
      ->type_name("FORMAT")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
  std::string color = "auto";
  app.add_option("--color", color, "Whether to use colours; auto: on terminals, without NO_COLOR")
      ->type_name("WHEN")
      ->check(CLI::IsMember({"auto", "always", "never"}))
      ->capture_default_str();
  app.set_version_flag("--version", "nftsvc " NFTSVC_VERSION);
  app.require_subcommand(1);
  app.fallthrough();
  app.footer(kRunExamples);
  // Before any command's own callback.
  app.parse_complete_callback([&] {
    session.json = output == "json";
    if (color != "auto") session.out_style = session.err_style = Style(color == "always");
  });
  for (auto* add :
       {AddPush,   AddDiff,    AddGet,      AddList,    AddHistory, AddRollback,   AddConfirm,
        AddStatus, AddVerify,  AddExplain,  AddTrace,   AddTop,     AddWatch,      AddGraph,
        AddDoctor, AddCompile, AddIptables, AddMigrate, AddImport,  AddCompletions}) {
    add(app, session, exit_code);
  }

  try {
    // The parser takes its arguments from the back.
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::ParseError& error) {
    return Explain(app, error, session);
  }
  return exit_code;
}

}  // namespace nftsvc::cli

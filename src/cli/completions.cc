// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <memory>

#include "src/cli/command_words.h"
#include "src/cli/commands.h"
#include "src/cli/shell_script.h"

namespace nftsvc::cli {
namespace {

constexpr char kCompletionsExamples[] = R"(Packages put these where the shells look for them.

Examples:
  nftsvc completions bash > /etc/bash_completion.d/nftsvc
  nftsvc completions fish | source
)";

int PrintCompletions(const CLI::App& app, Session& session, const std::string& shell) {
  const CommandWords program = DescribeCommand(app);
  if (shell == "bash") session.out << PrintBashScript(program);
  if (shell == "zsh") session.out << PrintZshScript(program);
  if (shell == "fish") session.out << PrintFishScript(program);
  return kDone;
}

}  // namespace

void AddCompletions(CLI::App& app, Session& session, int& exit_code) {
  auto shell = std::make_shared<std::string>();
  CLI::App* command =
      app.add_subcommand("completions", "Print a script with which a shell completes commands");
  command->group("");  // hidden
  command->add_option("SHELL", *shell, "The shell")
      ->type_name("")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  command->footer(kCompletionsExamples);
  command->callback(
      [&app, &session, &exit_code, shell] { exit_code = PrintCompletions(app, session, *shell); });
}

}  // namespace nftsvc::cli

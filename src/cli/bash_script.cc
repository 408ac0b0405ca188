// SPDX-License-Identifier: Apache-2.0
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "src/cli/shell_script.h"

namespace nftsvc::cli {
namespace {

constexpr char kBashScriptHead[] = R"(
_nftsvc() {
  local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
  local command="" options="" words="" files="" i
  COMPREPLY=()
  # bash takes the = of --option=value for a word of its own.
  if [[ $word == = ]]; then
    word=""
  elif [[ $previous == = ]]; then
    previous=${COMP_WORDS[COMP_CWORD - 2]}
  fi
  for ((i = 1; i < COMP_CWORD; ++i)); do
    case "$command ${COMP_WORDS[i]}" in
)";

constexpr char kBetweenWalkAndCommands[] = R"(    esac
  done
  case "$command" in
)";

constexpr char kBetweenCommandsAndValues[] = R"(  esac
  [[ $word == -* ]] && words=$options files=""
  case "$command $previous" in
)";

constexpr char kTail[] = R"(  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
  if [[ $files ]]; then
    compopt -o filenames 2>/dev/null
    mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "$word")
  fi
}
complete -F _nftsvc nftsvc
)";

// The three case statements of the function. Words that were typed are told as a path with a blank
// before each: " import kubernetes".
struct Cases {
  std::string walk;      // from a path to a longer one
  std::string commands;  // what can follow a path
  std::string values;    // what can follow an option of a path
};

std::string Words(const CommandWords& command) {
  std::vector<std::string> words;
  for (const CommandWords& below : command.commands) words.push_back(below.name);
  for (const ArgumentWords& argument : command.arguments) {
    words.insert(words.end(), argument.choices.begin(), argument.choices.end());
  }
  return absl::StrJoin(words, " ");
}

void AddCases(const CommandWords& command, const std::string& path,
              const std::string& program_options, Cases& cases) {
  std::string options = program_options;
  bool takes_file = false;
  for (const ArgumentWords& argument : command.arguments) takes_file |= argument.is_file;
  for (const ArgumentWords& option : command.options) {
    for (const std::string& name : option.names) {
      absl::StrAppend(&options, options.empty() ? "" : " ", name);
      if (!option.takes_value) continue;
      const std::string pattern =
          absl::StrCat(path.empty() ? "*" : "", "\"", path, " ", name, "\"");
      absl::StrAppend(&cases.walk, "      ", pattern, ") ((++i)) ;;\n");
      absl::StrAppend(&cases.values, "    ", pattern, ") words=\"",
                      absl::StrJoin(option.choices, " "),
                      "\" files=", option.is_file ? "yes" : "\"\"", " ;;\n");
    }
  }
  absl::StrAppend(&cases.commands, "    \"", path, "\") options=\"", options, "\" words=\"",
                  Words(command), "\"", takes_file ? " files=yes" : "", " ;;\n");
  for (const CommandWords& below : command.commands) {
    const std::string longer = absl::StrCat(path, " ", below.name);
    absl::StrAppend(&cases.walk, "      \"", longer, "\") command=\"", longer, "\" ;;\n");
    AddCases(below, longer, path.empty() ? options : program_options, cases);
  }
}

}  // namespace

std::string PrintBashScript(const CommandWords& program) {
  Cases cases;
  AddCases(program, "", "", cases);
  return absl::StrCat("# Completions of nftsvc for bash.\n", kBashScriptHead, cases.walk,
                      kBetweenWalkAndCommands, cases.commands, kBetweenCommandsAndValues,
                      cases.values, kTail);
}

}  // namespace nftsvc::cli

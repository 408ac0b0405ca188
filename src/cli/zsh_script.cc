// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "src/cli/shell_script.h"

namespace nftsvc::cli {
namespace {

// One word of the shell, whatever is in it.
std::string ZshQuoted(const std::string& text) {
  return absl::StrCat("'", absl::StrReplaceAll(text, {{"'", "'\\''"}}), "'");
}

// What _arguments takes brackets and colons for is escaped.
std::string Escaped(const std::string& help) {
  return absl::StrReplaceAll(help, {{"\\", "\\\\"}, {"[", "\\["}, {"]", "\\]"}, {":", "\\:"}});
}

std::string Action(const ArgumentWords& argument) {
  if (!argument.choices.empty())
    return absl::StrCat("(", absl::StrJoin(argument.choices, " "), ")");
  return argument.is_file ? "_files" : " ";
}

// Those of the command, and of the program where they are others.
std::vector<ArgumentWords> AllOptions(const CommandWords& command, const CommandWords* top) {
  std::vector<ArgumentWords> options = command.options;
  if (top == nullptr) return options;
  for (const ArgumentWords& option : top->options) {
    const bool is_known =
        std::any_of(options.begin(), options.end(),
                    [&](const ArgumentWords& known) { return known.names == option.names; });
    if (!is_known) options.push_back(option);
  }
  return options;
}

void AddOptions(const std::vector<ArgumentWords>& options, std::string& text) {
  for (const ArgumentWords& option : options) {
    for (const std::string& name : option.names) {
      // The value follows as the next word or behind an equals sign.
      std::string spec =
          absl::StrCat(name, option.takes_value && absl::StartsWith(name, "--") ? "=" : "", "[",
                       Escaped(option.help), "]");
      if (option.takes_value) absl::StrAppend(&spec, ":value:", Action(option));
      absl::StrAppend(&text, " \\\n    ", ZshQuoted(spec));
    }
  }
}

// A function for the command and one for each below it: `_nftsvc_import_kubernetes`.
void AddFunctions(const CommandWords& command, const std::string& function, const CommandWords* top,
                  std::string& text) {
  for (const CommandWords& below : command.commands) {
    AddFunctions(below, absl::StrCat(function, "_", below.name), top == nullptr ? &command : top,
                 text);
  }
  absl::StrAppend(&text, "\n", function, "() {\n");
  const bool has_commands = !command.commands.empty();
  if (has_commands) absl::StrAppend(&text, "  local curcontext=$curcontext state line\n");
  absl::StrAppend(&text, "  _arguments", has_commands ? " -C" : "");
  AddOptions(AllOptions(command, top), text);
  for (const ArgumentWords& argument : command.arguments) {
    absl::StrAppend(
        &text, " \\\n    ",
        ZshQuoted(absl::StrCat(":", Escaped(argument.names.front()), ":", Action(argument))));
  }
  if (has_commands) {
    absl::StrAppend(&text, " \\\n    '1: :->command' '*:: :->rest'\n  case $state in\n",
                    "    command)\n      local -a commands=(\n");
    for (const CommandWords& below : command.commands) {
      absl::StrAppend(&text, "        ",
                      ZshQuoted(absl::StrCat(below.name, ":", Escaped(below.help))), "\n");
    }
    absl::StrAppend(&text, "      )\n      _describe command commands\n      ;;\n",
                    "    rest) (( $+functions[", function, "_$words[1]] )) && ", function,
                    "_$words[1] ;;\n  esac");
  }
  absl::StrAppend(&text, "\n}\n");
}

}  // namespace

std::string PrintZshScript(const CommandWords& program) {
  std::string text = "#compdef nftsvc\n# Completions of nftsvc for zsh.\n";
  AddFunctions(program, "_nftsvc", nullptr, text);
  // Loaded by the completion system, the file is the body of the function; sourced, it defines it.
  absl::StrAppend(&text,
                  "\nif [[ $funcstack[1] == _nftsvc ]]; then\n  _nftsvc \"$@\"\nelse\n"
                  "  compdef _nftsvc nftsvc\nfi\n");
  return text;
}

}  // namespace nftsvc::cli

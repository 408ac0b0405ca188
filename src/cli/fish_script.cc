// SPDX-License-Identifier: Apache-2.0
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "src/cli/shell_script.h"

namespace nftsvc::cli {
namespace {

std::string FishQuoted(const std::string& text) {
  return absl::StrCat("'", absl::StrReplaceAll(text, {{"\\", "\\\\"}, {"'", "\\'"}}), "'");
}

std::string ValueFlags(const ArgumentWords& argument) {
  if (!argument.choices.empty()) {
    return absl::StrCat(" -x -a ", FishQuoted(absl::StrJoin(argument.choices, " ")));
  }
  return argument.is_file ? " -r -F" : " -x";
}

// The functions that say where the line stands: `at` the end of these commands, or `behind` them.
constexpr char kFishScriptHead[] = R"(# Completions of nftsvc for fish.
function __nftsvc_words
    set -l is_value 0
    for word in (commandline -opc)[2..-1]
        if test $is_value = 1
            set is_value 0
        else if contains -- $word @OPTIONS_WITH_VALUES@
            set is_value 1
        else if not string match -q -- '-*' $word
            echo $word
        end
    end
end
function __nftsvc_at
    set -l words (__nftsvc_words)
    test "$words" = "$argv"
end
function __nftsvc_behind
    set -l words (__nftsvc_words)
    set -l length (count $argv)
    test (count $words) -ge $length; and test "$words[1..$length]" = "$argv"
end
complete -c nftsvc -f
)";

void CollectOptionsWithValues(const CommandWords& command, std::vector<std::string>& names) {
  for (const ArgumentWords& option : command.options) {
    if (option.takes_value) names.insert(names.end(), option.names.begin(), option.names.end());
  }
  for (const CommandWords& below : command.commands) CollectOptionsWithValues(below, names);
}

// `path` holds the commands up to this one, each with a blank before it.
void AddLines(const CommandWords& command, const std::string& path, std::string& text) {
  const std::string line =
      path.empty() ? "complete -c nftsvc"
                   : absl::StrCat("complete -c nftsvc -n ", FishQuoted("__nftsvc_behind" + path));
  for (const ArgumentWords& option : command.options) {
    std::string names;
    for (const std::string& name : option.names) {
      absl::string_view bare = name;
      const bool is_long = absl::ConsumePrefix(&bare, "--");
      absl::StrAppend(&names, is_long ? " -l " : " -s ", absl::StripPrefix(bare, "-"));
    }
    absl::StrAppend(&text, line, names, option.takes_value ? ValueFlags(option) : "", " -d ",
                    FishQuoted(option.help), "\n");
  }
  for (const ArgumentWords& argument : command.arguments) {
    if (argument.is_file) absl::StrAppend(&text, line, " -F\n");
    if (!argument.choices.empty()) absl::StrAppend(&text, line, ValueFlags(argument), "\n");
  }
  for (const CommandWords& below : command.commands) {
    absl::StrAppend(&text, "complete -c nftsvc -n ", FishQuoted("__nftsvc_at" + path), " -a ",
                    below.name, " -d ", FishQuoted(below.help), "\n");
    AddLines(below, absl::StrCat(path, " ", below.name), text);
  }
}

}  // namespace

std::string PrintFishScript(const CommandWords& program) {
  std::vector<std::string> with_values;
  CollectOptionsWithValues(program, with_values);
  std::string text = absl::StrReplaceAll(
      kFishScriptHead, {{"@OPTIONS_WITH_VALUES@", absl::StrJoin(with_values, " ")}});
  AddLines(program, "", text);
  return text;
}

}  // namespace nftsvc::cli

// SPDX-License-Identifier: Apache-2.0
#include "src/cli/command_words.h"

#include <CLI/CLI.hpp>

#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"

namespace nftsvc::cli {
namespace {

// A type is told as "FORMAT", or as "FORMAT:{text,json}" where only these are values.
std::vector<std::string> Choices(absl::string_view type) {
  const size_t start = type.find('{');
  if (start == absl::string_view::npos) return {};
  const size_t end = type.find('}', start);
  return absl::StrSplit(type.substr(start + 1, end - start - 1), ',');
}

ArgumentWords DescribeArgument(const CLI::Option& option) {
  ArgumentWords words;
  for (const std::string& name : option.get_lnames()) words.names.push_back("--" + name);
  for (const std::string& name : option.get_snames()) words.names.push_back("-" + name);
  const bool is_named = !words.names.empty();
  if (!is_named) words.names.push_back(option.get_name(/*positional=*/true));
  words.help = option.get_description();
  words.takes_value = option.get_items_expected_max() > 0;
  const std::string type = option.get_type_name();
  words.choices = Choices(type);
  const absl::string_view kind = is_named ? absl::string_view(type) : words.names.front();
  words.is_file = kind == "FILE" || kind == "PATH";
  return words;
}

}  // namespace

CommandWords DescribeCommand(const CLI::App& command) {
  CommandWords words;
  words.name = command.get_name();
  words.help = command.get_description();
  for (const CLI::Option* option : command.get_options()) {
    if (option->nonpositional() && option->get_group().empty()) continue;
    auto& kind = option->nonpositional() ? words.options : words.arguments;
    kind.push_back(DescribeArgument(*option));
  }
  for (const CLI::App* below : command.get_subcommands({})) {
    if (!below->get_group().empty()) words.commands.push_back(DescribeCommand(*below));
  }
  return words;
}

}  // namespace nftsvc::cli

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}  // namespace CLI

namespace nftsvc::cli {

// What can be written behind a command, as the parser itself tells it: whatever lists commands and
// options for people or shells is made from this, and cannot fall behind.

// An option, or an argument without a name.
struct ArgumentWords {
  std::vector<std::string> names;  // "--help", "-h"; of an argument "FILE"
  std::string help;
  bool takes_value = false;
  bool is_file = false;
  std::vector<std::string> choices;  // no others are values; empty if any text may be one
};

struct CommandWords {
  std::string name;
  std::string help;
  std::vector<ArgumentWords> options;
  std::vector<ArgumentWords> arguments;
  std::vector<CommandWords> commands;
};

// Hidden commands and options are left out.
CommandWords DescribeCommand(const CLI::App& command);

}  // namespace nftsvc::cli

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "src/cli/command_words.h"

namespace nftsvc::cli {

// Scripts with which a shell completes what is typed behind a program's name. Options of the
// program itself may stand behind any of its commands.
std::string PrintBashScript(const CommandWords& program);
std::string PrintZshScript(const CommandWords& program);
std::string PrintFishScript(const CommandWords& program);

}  // namespace nftsvc::cli

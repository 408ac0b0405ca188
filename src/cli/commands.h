// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "src/cli/session.h"

namespace CLI {
class App;
}  // namespace CLI

// The commands of `nftsvc`, one in each file. Each Add tells the parser of a command, which runs
// when it was chosen and sets the exit code. The parser and session must outlive the parsing.
namespace nftsvc::cli {

void AddPush(CLI::App& app, Session& session, int& exit_code);
void AddDiff(CLI::App& app, Session& session, int& exit_code);
void AddGet(CLI::App& app, Session& session, int& exit_code);
void AddList(CLI::App& app, Session& session, int& exit_code);
void AddHistory(CLI::App& app, Session& session, int& exit_code);
void AddRollback(CLI::App& app, Session& session, int& exit_code);
void AddConfirm(CLI::App& app, Session& session, int& exit_code);
void AddStatus(CLI::App& app, Session& session, int& exit_code);
void AddVerify(CLI::App& app, Session& session, int& exit_code);
void AddExplain(CLI::App& app, Session& session, int& exit_code);
void AddTrace(CLI::App& app, Session& session, int& exit_code);
void AddTop(CLI::App& app, Session& session, int& exit_code);
void AddWatch(CLI::App& app, Session& session, int& exit_code);
void AddGraph(CLI::App& app, Session& session, int& exit_code);
void AddDoctor(CLI::App& app, Session& session, int& exit_code);
void AddCompile(CLI::App& app, Session& session, int& exit_code);
void AddIptables(CLI::App& app, Session& session, int& exit_code);
void AddMigrate(CLI::App& app, Session& session, int& exit_code);
void AddImport(CLI::App& app, Session& session, int& exit_code);

// Not shown to people.
void AddCompletions(CLI::App& app, Session& session, int& exit_code);

// The whole program. `arguments` do not hold its name.
int Run(const std::vector<std::string>& arguments, Session& session);

}  // namespace nftsvc::cli

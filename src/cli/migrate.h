// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "src/cli/migrate_report.h"
#include "src/cli/session.h"

// `nftsvc migrate`: both directions first look, then print what they would do, then do it.
namespace nftsvc::cli {

struct MigrateFlags {
  bool back = false;
  bool execute = false;
  bool force = false;
  std::string node;
  std::string backend = "auto";
  std::string config;
};

// What speaks against it, for people. Obstacles end it unless it is forced.
struct Doubts {
  std::vector<std::string> obstacles;
  std::vector<std::string> warnings;
};

// Prints the doubts. Whether to go on and do it; if not, `exit_code` says how it ends.
bool MayProceed(Session& session, MigrateReport& report, const MigrateFlags& flags,
                const Doubts& doubts, int& exit_code);

// Whether the daemon says that the kernel holds what its snapshot says. If not, it has been told.
bool IsInSync(Session& session);

// These return exit codes.
int MigrateForward(Session& session, const MigrateFlags& flags);
int MigrateBack(Session& session, const MigrateFlags& flags);

}  // namespace nftsvc::cli

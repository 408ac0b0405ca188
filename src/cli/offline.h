// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "src/cli/session.h"
#include "src/cli/snapshot_input.h"
#include "src/config/config.h"
#include "src/forwarding/routes.h"
#include "src/model/issue.h"

namespace CLI {
class App;
}  // namespace CLI

namespace nftsvc::cli {

// Several mistakes as the daemon would answer them: "WHAT: 3 mistakes".
v1::Error Refusal(const model::Issues& issues, size_t left_off, absl::string_view what);

// Whom a result is for. The addresses of another host count only if the configuration has them.
enum class For { kAnyHost, kThisHost };

// The daemon's configuration from a file; if that is empty, defaults. Nothing after it reported why
// not.
std::optional<reconcile::Settings> ReadSettings(Session& session, const std::string& file,
                                                For whom);

// Warns if no node port of the table is served.
void WarnOfNodePorts(Session& session, const forwarding::ForwardingTable& table);

// A snapshot and a configuration from files, for commands that do without the daemon.
class OfflineInput {
 public:
  struct Result {
    reconcile::Settings settings;
    forwarding::ForwardingTable table;
  };

  // Adds FILE, --format and --config. This must outlive the parsing.
  void AddTo(CLI::App& command);

  // Nothing after it reported why not: "WHAT: ...".
  std::optional<Result> Read(Session& session, absl::string_view what, For whom) const;

  // The same for a snapshot that is not in a file.
  static std::optional<Result> Resolve(Session& session, const v1::Snapshot& message,
                                       reconcile::Settings settings, absl::string_view what);

 private:
  SnapshotInput snapshot_;
  std::string config_;
};

}  // namespace nftsvc::cli

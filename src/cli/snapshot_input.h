// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "nftsvc/v1/snapshot.pb.h"
#include "src/cli/session.h"

namespace CLI {
class App;
}  // namespace CLI

namespace nftsvc::cli {

// The file with a snapshot that push, diff and compile take, and how to read it.
class SnapshotInput {
 public:
  // Adds FILE and --format. This must outlive the parsing.
  void AddTo(CLI::App& command);

  // "services.textproto: line 3, column 7: ...".
  absl::StatusOr<v1::Snapshot> Read(Session& session) const;

 private:
  std::string file_;
  std::string format_;
};

}  // namespace nftsvc::cli

// SPDX-License-Identifier: Apache-2.0
#include "src/cli/snapshot_input.h"

#include <CLI/CLI.hpp>

#include "absl/strings/str_cat.h"
#include "src/base/status_macros.h"
#include "src/wire/snapshot_text.h"

namespace nftsvc::cli {

void SnapshotInput::AddTo(CLI::App& command) {
  command.add_option("FILE", file_, "The snapshot; - for standard input")
      ->type_name("")
      ->required();
  command.add_option("--format", format_, "Of the snapshot; told by its contents if not given")
      ->type_name("FORMAT")
      ->check(CLI::IsMember({"textproto", "json", "binary"}));
}

absl::StatusOr<v1::Snapshot> SnapshotInput::Read(Session& session) const {
  ASSIGN_OR_RETURN(const std::string bytes, ReadInput(session, file_));
  const wire::Format format = wire::ParseFormat(format_).value_or(wire::Format::kDetect);
  // More often the output of a program that did not run than somebody's wish.
  if (bytes.empty() && format == wire::Format::kDetect) {
    return absl::InvalidArgumentError(
        absl::StrCat(file_,
                     ": is empty, which would remove all services; if that is what you want, "
                     "say --format textproto"));
  }
  absl::StatusOr<v1::Snapshot> snapshot = wire::ParseSnapshot(bytes, format);
  if (snapshot.ok()) return snapshot;
  return absl::Status(snapshot.status().code(),
                      absl::StrCat(file_, ": ", snapshot.status().message()));
}

}  // namespace nftsvc::cli

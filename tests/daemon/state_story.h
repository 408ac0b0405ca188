// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "src/daemon/state_file.h"
#include "src/wire/snapshot_codec.h"
#include "tests/control/temporary_directory.h"
#include "tests/support/builders.h"

namespace nftsvc::daemon {

// A state directory through which snapshots go, and what every revision of it looked like.
class StateStory {
 public:
  // As a daemon does at its start. Empty if it fails; see `status`.
  std::string Load() {
    file.reset();
    absl::StatusOr<std::unique_ptr<StateFile>> opened = StateFile::Open(
        path(), [this](base::Severity, absl::string_view line) { log.emplace_back(line); });
    status = opened.status();
    if (!opened.ok()) return "";
    file = *std::move(opened);
    absl::StatusOr<StateFile::Accepted> accepted = file->Load();
    status = accepted.status();
    if (!accepted.ok()) return "";
    snapshot = model::Snapshot();
    snapshot.Apply(accepted->services);
    revision = accepted->revision;
    return Print(snapshot);
  }

  // Saves changes as a new revision, as a push does, and remembers how that looks.
  absl::Status Save(const std::vector<model::ServiceChange>& changes) {
    snapshot.Apply(changes);
    ++revision;
    known.resize(revision + 1);
    known[revision] = Print(snapshot);
    file->Begin(revision, changes, snapshot);
    return file->Save(revision, changes, snapshot);
  }

  // Gives the service `count` endpoints, below 100, or takes it away if that is 0.
  absl::Status Push(const std::string& name, int count) {
    return Save({count == 0 ? testing::Remove(snapshot, name) : Upsert(name, count)});
  }

  // Many services at once, more than a journal takes.
  absl::Status PushMany(int count) { return Save(ManyChanges(count)); }

  std::vector<model::ServiceChange> ManyChanges(int count) const {
    std::vector<model::ServiceChange> changes;
    for (int i = 0; i < count; ++i) changes.push_back(Upsert(absl::StrCat("many/s", i), 1));
    return changes;
  }

  model::ServiceChange Upsert(const std::string& name, int count) const {
    // In the order that a snapshot has them in, which is by their text.
    std::vector<std::string> endpoints;
    for (int i = 0; i < count; ++i) endpoints.push_back(absl::StrCat("10.0.0.", 100 + i, ":80"));
    model::Service service = testing::WebAt(endpoints);
    service.name = testing::Name(name);
    const size_t hash = std::hash<std::string>()(name);
    service.cluster_ips = {testing::Ip(
        absl::StrCat("10.", hash % 200 + 10, ".", hash / 200 % 256, ".", hash / 51'200 % 256))};
    return testing::Upsert(snapshot, std::move(service));
  }

  static std::string Print(const model::Snapshot& snapshot) {
    return wire::EncodeSnapshot(snapshot).SerializeAsString();
  }

  std::string path() const { return directory / "state"; }
  std::string FilePath(const std::string& name) const { return absl::StrCat(path(), "/", name); }

  std::string ReadFile(const std::string& name) const {
    std::ifstream stream(FilePath(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
  }
  void WriteFile(const std::string& name, const std::string& bytes) const {
    std::ofstream(FilePath(name), std::ios::binary) << bytes;
  }

  testing::TemporaryDirectory directory;
  std::unique_ptr<StateFile> file;
  absl::Status status;
  std::vector<std::string> log;

  model::Snapshot snapshot;
  uint64_t revision = 0;
  std::vector<std::string> known = {""};  // by revision
};

}  // namespace nftsvc::daemon

// SPDX-License-Identifier: Apache-2.0
//
// Whatever stands in the files of the state directory, a start reads a state or says that there is
// none, and what it saves from there on is what the next start reads.
//
// The first byte says what the rest is: a snapshot, a journal behind a good snapshot, what undoes a
// push, or the note of one that waits. Of these kinds the upper four are raw bytes, the lower four
// a list of payloads, each behind two bytes of length, which get the checksums that a fuzzer cannot
// find.
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "nftsvc/v1/state.pb.h"
#include "src/daemon/history_file.h"
#include "src/daemon/state_file.h"
#include "src/daemon/state_record.h"
#include "src/wire/snapshot_codec.h"
#include "tests/fuzz/compile_all.h"
#include "tests/fuzz/require.h"
#include "tests/support/builders.h"

namespace nftsvc::fuzz {
namespace {

struct FileKind {
  absl::string_view name;
  absl::string_view magic;
};
constexpr FileKind kKinds[] = {{"snapshot-1", "nftsvcS1"},
                               {"journal-1", "nftsvcJ1"},
                               {"undo-3", "nftsvcU1"},
                               {"unconfirmed", "nftsvcC1"}};

// Gone with the process.
const std::string& Directory() {
  static const struct Holder {
    Holder() {
      std::string text = std::filesystem::temp_directory_path() / "nftsvc-fuzz-XXXXXX";
      Require(mkdtemp(text.data()) != nullptr, "make directory");
      path = text;
    }
    ~Holder() {
      std::error_code error;
      std::filesystem::remove_all(path, error);
    }
    std::string path;
  } holder;
  return holder.path;
}

void Write(absl::string_view name, absl::string_view bytes) {
  std::ofstream(absl::StrCat(Directory(), "/", name), std::ios::binary) << bytes;
}

std::string WithChecksums(absl::string_view magic, absl::string_view payloads) {
  std::string file(magic);
  while (payloads.size() >= 2) {
    const size_t length = static_cast<uint8_t>(payloads[0]) |
                          static_cast<size_t>(static_cast<uint8_t>(payloads[1])) << 8;
    payloads.remove_prefix(2);
    const absl::string_view payload = payloads.substr(0, length);
    payloads.remove_prefix(payload.size());
    if (!payload.empty()) daemon::AppendRecord(payload, file);
  }
  return file;
}

std::string GoodSnapshot() {
  const model::Snapshot snapshot = testing::SnapshotOf({testing::WebAt({"10.0.0.2:80"})});
  v1::StateHeader header;
  header.set_revision(3);
  header.set_services(1);
  std::string file = "nftsvcS1";
  daemon::AppendRecord(header.SerializeAsString(), file);
  daemon::AppendRecord(
      wire::EncodeService(*snapshot.services().begin()->second).SerializeAsString(), file);
  return file;
}

std::string Print(const model::Snapshot& snapshot) {
  return wire::EncodeSnapshot(snapshot).SerializeAsString();
}

// As a daemon does at its start. Null: it does not start.
struct Started {
  std::unique_ptr<daemon::StateFile> file;
  std::unique_ptr<daemon::HistoryFile> history;
  model::Snapshot snapshot;
  uint64_t revision = 0;
};
Started Start() {
  const auto log = [](base::Severity, absl::string_view line) { RequirePrintable(line); };
  Started started;
  auto file = daemon::StateFile::Open(Directory(), log);
  Require(file.ok(), "open state directory");
  const absl::StatusOr<daemon::StateFile::Accepted> accepted = (*file)->Load();
  if (!accepted.ok()) {
    RequirePrintable(accepted.status().message());
    return started;
  }
  started.snapshot.Apply(accepted->services);
  started.revision = accepted->revision;
  started.file = *std::move(file);
  started.history = std::make_unique<daemon::HistoryFile>(
      *started.file, 5, [] { return absl::UnixEpoch(); }, log);
  // Whatever its files hold, they can be read.
  Require(started.history->Load(started.revision).ok(), "load history");
  return started;
}

void LoadAndSave(uint8_t kind_byte, absl::string_view rest) {
  for (const auto& entry : std::filesystem::directory_iterator(Directory())) {
    std::filesystem::remove(entry.path());
  }
  const FileKind& kind = kKinds[kind_byte % 4];
  Write(kKinds[0].name, GoodSnapshot());
  Write(kind.name, kind_byte & 4 ? std::string(rest) : WithChecksums(kind.magic, rest));
  Started first = Start();
  if (first.file == nullptr) return;
  CompileAll(first.snapshot, testing::NodeA(), {});
  for (const v1::HistoryEntry& entry : first.history->Entries()) {
    (void)entry.SerializeAsString();
    (void)first.history->UndoTo(entry.revision() - 1);
  }

  // A revision at the end of its range has no next one.
  if (first.revision == UINT64_MAX) return;
  model::Service service = testing::WebAt({"10.0.0.7:80"});
  service.name = testing::Name("fuzz/saved");
  service.cluster_ips = {testing::Ip("10.255.255.254")};
  if (first.snapshot.Claimant(testing::FrontendAt("10.255.255.254:80/tcp")) != nullptr) return;
  if (first.snapshot.Find(service.name) != nullptr) return;
  const model::ServiceChange change = testing::Upsert(first.snapshot, std::move(service));
  const std::string before = Print(first.snapshot);
  first.snapshot.Apply({change});
  const absl::Status saved = first.history->Save(first.revision + 1, {change}, first.snapshot);
  Require(saved.ok(), std::string(saved.message()));
  first.history.reset();
  first.file.reset();

  const Started second = Start();
  Require(second.file != nullptr && second.revision == first.revision + 1, "lost what was saved");
  Require(Print(second.snapshot) == Print(first.snapshot), "reads something else than was saved");
  const auto undo = second.history->UndoTo(first.revision);
  Require(undo.ok() && undo->size() == 1 && !undo->at("fuzz/saved").service,
          "undoes something else");
}

}  // namespace
}  // namespace nftsvc::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size > 0) {
    nftsvc::fuzz::LoadAndSave(data[0], {reinterpret_cast<const char*>(data) + 1, size - 1});
  }
  return 0;
}

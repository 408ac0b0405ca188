// SPDX-License-Identifier: Apache-2.0
#include "src/daemon/state_load.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "nftsvc/v1/state.pb.h"
#include "src/base/parallel.h"
#include "src/base/status_macros.h"
#include "src/daemon/state_record.h"
#include "src/model/build_service.h"
#include "src/model/placement_pool.h"
#include "src/model/validate.h"
#include "src/wire/snapshot_codec.h"

namespace nftsvc::daemon {
namespace {

using Kind = StateDirectory::Kind;
using model::Validator;

template <typename Message>
bool ParseNext(RecordReader& records, Message& message) {
  const std::optional<absl::string_view> payload = records.Next();
  return payload && message.ParseFromArray(payload->data(), static_cast<int>(payload->size()));
}

using Runs = google::protobuf::RepeatedPtrField<v1::SourceRun>;

// Whose each service is, in order.
class SourceReader {
 public:
  explicit SourceReader(const Runs& runs) : runs_(runs) {}

  const base::SharedText& Next() {
    while (left_ == 0) {
      if (next_ == runs_.size()) return nobody_;
      left_ = runs_[next_].services();
      source_ = runs_[next_++].source();
    }
    --left_;
    return source_;
  }

 private:
  const Runs& runs_;
  int next_ = 0;
  uint64_t left_ = 0;
  base::SharedText source_;
  const base::SharedText nobody_;
};

std::string PathOf(size_t service) { return absl::StrCat("services[", service, "]"); }

// None: it is no service.
using Built = std::optional<model::BuiltService>;

// By all processors. Behind one that is none, others may be none although they are.
std::vector<Built> Build(const std::vector<absl::string_view>& services) {
  constexpr size_t kLeastOfPart = 100;
  std::vector<Built> built(services.size());
  const auto build = [&](size_t, size_t begin, size_t end) {
    model::PlacementPool placements;
    v1::Service service;
    for (size_t i = begin; i < end; ++i) {
      if (!service.ParseFromArray(services[i].data(), static_cast<int>(services[i].size()))) return;
      built[i] = model::BuildDraft(wire::DecodeService(service), PathOf(i), placements);
    }
  };
  base::InParts(base::PartsFor(services.size(), kLeastOfPart), services.size(), build);
  return built;
}

class Loader {
 public:
  Loader(const StateDirectory& directory, const base::Log& log)
      : directory_(directory), log_(log) {}

  absl::StatusOr<LoadedState> Load() {
    ASSIGN_OR_RETURN(const std::vector<uint64_t> snapshots, directory_.Numbers(Kind::kSnapshot));
    ASSIGN_OR_RETURN(const std::vector<uint64_t> journals, directory_.Numbers(Kind::kJournal));
    if (snapshots.empty() && journals.empty()) return LoadedState();
    ASSIGN_OR_RETURN(LoadedState state, NewestSnapshot(snapshots));
    const auto first = std::lower_bound(journals.begin(), journals.end(), state.number);
    for (auto journal = first; journal != journals.end(); ++journal) {
      RETURN_IF_ERROR(Follow(*journal, state));
    }
    state.highest_number = std::max(snapshots.back(), journals.empty() ? 0 : journals.back());
    state.is_appendable = state.highest_number == state.number;
    return state;
  }

 private:
  void Log(base::Severity severity, absl::string_view what) const { log_(severity, what); }

  absl::StatusOr<LoadedState> NewestSnapshot(const std::vector<uint64_t>& numbers) const {
    for (auto number = numbers.rbegin(); number != numbers.rend(); ++number) {
      absl::StatusOr<LoadedState> state = ReadSnapshot(*number);
      if (state.ok()) return state;
      if (!absl::IsDataLoss(state.status())) return NotRead(state.status());
      Log(base::Severity::kWarning,
          absl::StrCat(state.status().message(), "; passing over it for the one before"));
    }
    return absl::DataLossError(absl::StrCat(
        "read state: no snapshot in ", directory_.path(),
        " is whole; what the kernel holds stays. To start without services, move the files away"));
  }

  absl::StatusOr<LoadedState> ReadSnapshot(uint64_t number) const {
    ASSIGN_OR_RETURN(const std::string bytes, directory_.Read(Kind::kSnapshot, number));
    const auto failure = [&](absl::string_view cause) {
      return absl::DataLossError(
          absl::StrCat("read ", directory_.PathOf(Kind::kSnapshot, number), ": ", cause));
    };
    absl::string_view rest = bytes;
    if (!absl::ConsumePrefix(&rest, kSnapshotMagic))
      return failure("not a snapshot of this version");
    RecordReader records(rest);
    v1::StateHeader header;
    if (!ParseNext(records, header)) return failure("its header is damaged");
    LoadedState state;
    std::vector<absl::string_view> services;
    while (services.size() < header.services()) {
      const std::optional<absl::string_view> payload = records.Next();
      if (!payload) break;
      services.push_back(*payload);
    }
    std::vector<Built> built = Build(services);
    const auto first_bad =
        std::find_if(built.begin(), built.end(), [](const Built& b) { return !b.has_value(); });
    if (const auto good = static_cast<size_t>(first_bad - built.begin());
        good < header.services()) {
      return failure(absl::StrCat("damaged behind service ", good, " of ", header.services()));
    }
    if (!records.AtEnd()) return failure("more follows its last service");
    Validator validator(state.snapshot, Validator::Scope::kSnapshot, Validator::Refuse::kInvalid);
    SourceReader sources(header.sources());
    for (size_t i = 0; i < built.size(); ++i) {
      validator.Upsert(*std::move(built[i]), PathOf(i), sources.Next());
    }
    Apply(std::move(validator).Finish(), state);
    state.revision = header.revision();
    state.number = number;
    state.snapshot_bytes = bytes.size();
    return state;
  }

  // What is whole and cannot be read, for want of permission or memory, may be read later: to go on
  // without would take pushes back, and write over them.
  absl::Status NotRead(const absl::Status& why) const {
    return absl::Status(
        why.code(),
        absl::StrCat(
            why.message(), "; the files in ", directory_.path(),
            " and what the kernel holds stay as they are until it can be read, or is moved away"));
  }

  // Goes on from `state` through the changes of a journal, as far as they join up.
  absl::Status Follow(uint64_t number, LoadedState& state) const {
    const std::string path = directory_.PathOf(Kind::kJournal, number);
    const absl::StatusOr<std::string> bytes = directory_.Read(Kind::kJournal, number);
    if (absl::IsDataLoss(bytes.status())) {
      Log(base::Severity::kWarning, bytes.status().message());
      return absl::OkStatus();
    }
    if (!bytes.ok()) return NotRead(bytes.status());
    absl::string_view rest = *bytes;
    size_t good = 0;
    if (absl::ConsumePrefix(&rest, kJournalMagic)) {
      RecordReader records(rest);
      v1::StateChange change;
      while (ParseNext(records, change) && Follow(change, path, state)) {
        good = kJournalMagic.size() + records.offset();
      }
    }
    if (number == state.number) state.journal_bytes = good;
    if (good == bytes->size()) return absl::OkStatus();
    Log(base::Severity::kWarning,
        absl::StrCat("read ", path, ": left out the last ", bytes->size() - good, " of ",
                     bytes->size(), " bytes, from where it is not whole; revision is ",
                     state.revision));
    return absl::OkStatus();
  }

  bool Follow(const v1::StateChange& change, absl::string_view path, LoadedState& state) const {
    if (change.base_revision() != state.revision) {
      Log(base::Severity::kWarning,
          absl::StrCat("read ", path, ": revision ", change.revision(), " was made from ",
                       change.base_revision(), ", but ", state.revision, " is here"));
      return false;
    }
    Validator validator(state.snapshot, Validator::Scope::kDelta, Validator::Refuse::kInvalid);
    SourceReader sources(change.sources());
    for (int i = 0; i < change.upsert_size(); ++i) {
      validator.Upsert(wire::DecodeService(change.upsert(i)), absl::StrCat("upsert[", i, "]"),
                       sources.Next());
    }
    for (int i = 0; i < change.remove_size(); ++i) {
      validator.Remove(change.remove(i), absl::StrCat("remove[", i, "]"));
    }
    Apply(std::move(validator).Finish(), state);
    state.revision = change.revision();
    return true;
  }

  // There are issues only if this version refuses what the version that wrote it accepted.
  void Apply(const model::Validation& validation, LoadedState& state) const {
    for (const model::Issue& issue : validation.issues) {
      Log(base::Severity::kWarning,
          absl::StrCat("read state: left out ", issue.service, ": ", issue.ToString()));
    }
    state.snapshot.Apply(validation.changes);
  }

  const StateDirectory& directory_;
  const base::Log& log_;
};

}  // namespace

absl::StatusOr<LoadedState> LoadState(const StateDirectory& directory, const base::Log& log) {
  return Loader(directory, log).Load();
}

}  // namespace nftsvc::daemon

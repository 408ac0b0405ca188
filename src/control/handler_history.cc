// SPDX-License-Identifier: Apache-2.0
//
// The requests of Handler that look back: history, rollback and confirm.
#include <unistd.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "src/control/handler.h"
#include "src/control/list_services.h"
#include "src/control/respond.h"
#include "src/model/source.h"
#include "src/reconcile/report_text.h"
#include "src/wire/snapshot_codec.h"

namespace nftsvc::control {
namespace {

Peer Ourselves() { return {.pid = getpid(), .uid = geteuid(), .gid = getegid()}; }

// As a delta: what has not changed since is not touched. Nor is what files give, which is what they
// say now.
model::Validation ValidateUndo(const model::Snapshot& snapshot, const Undo& undo,
                               model::Validator::Refuse refuse) {
  model::Validator validator(snapshot, model::Validator::Scope::kDelta, refuse);
  for (const auto& [name, earlier] : undo) {
    const model::ServicePtr present = FindService(snapshot, name);
    const bool is_of_file =
        !model::FileOfSource(earlier.source).empty() ||
        (present != nullptr && !model::FileOfSource(present->source.view()).empty());
    if (is_of_file) continue;
    if (earlier.service) {
      validator.Upsert(wire::DecodeService(*earlier.service), name,
                       base::SharedText(earlier.source));
    } else if (present != nullptr) {
      validator.Remove(name, name);
    }
  }
  return std::move(validator).Finish();
}

}  // namespace

bool Handler::RefusesUnconfirmed(uint32_t confirm_within_ms, bool dry_run,
                                 v1::Response& response) const {
  if (absl::Milliseconds(confirm_within_ms) > kLongestConfirmation) {
    Refuse({{.path = "confirm_within_ms", .message = "is more than a day", .service = ""}}, 0,
           response);
    return true;
  }
  const std::optional<Pending>& pending = surroundings_.history.pending();
  if (!pending || dry_run) return false;
  Fail(v1::Error::UNCONFIRMED,
       absl::StrCat("revision ", pending->revision, " waits until ",
                    reconcile::TimeText(pending->until),
                    " to be confirmed; confirm it or roll it back first"),
       response);
  return true;
}

void Handler::DescribePending(std::string& until) const {
  if (surroundings_.history.pending())
    until = reconcile::TimeText(surroundings_.history.pending()->until);
}

void Handler::ShowHistory(v1::HistoryResult& result) const {
  for (v1::HistoryEntry& entry : surroundings_.history.Entries()) {
    *result.add_entries() = std::move(entry);
  }
  const std::optional<Pending>& pending = surroundings_.history.pending();
  if (!pending) return;
  for (v1::HistoryEntry& entry : *result.mutable_entries()) {
    if (entry.revision() == pending->revision)
      entry.set_confirm_until(reconcile::TimeText(pending->until));
  }
}

void Handler::Rollback(const v1::RollbackRequest& request, const Peer& peer,
                       v1::Response& response) {
  const absl::Time began = now_();
  const uint64_t current = reconciler_.revision();
  if (!request.has_revision() && current == 0) {
    return Fail(v1::Error::NOT_FOUND, "rollback: nothing has been pushed yet", response);
  }
  // What waits to be confirmed is what is to be undone, whatever files have changed since.
  const std::optional<Pending> pending = surroundings_.history.pending();
  const uint64_t before = pending ? pending->base_revision : current - 1;
  const uint64_t revision = request.has_revision() ? request.revision() : before;
  const absl::StatusOr<Undo> undo = surroundings_.history.UndoTo(revision);
  if (!undo.ok()) {
    return Fail(absl::IsNotFound(undo.status()) ? v1::Error::NOT_FOUND : v1::Error::UNAVAILABLE,
                undo.status().message(), response);
  }
  const std::string verb = absl::StrCat("rollback to ", revision);
  const bool settles = !pending || revision <= pending->base_revision;
  Apply({.verb = verb,
         .validation = ValidateUndo(reconciler_.snapshot(), *undo, model::Validator::Refuse::kAll),
         .dry_run = request.dry_run(),
         .want_changes = request.want_changes(),
         .settles = settles,
         .began = began},
        peer, response);
  if (response.has_error() || request.dry_run() || !pending || !settles) return;
  // Until the disk has it, a restart may still have to go back.
  if (!response.push().persist_warning().empty()) return;
  if (const absl::Status settled = Settle(); !settled.ok()) {
    log_(base::Severity::kError, settled.message());
  }
}

bool Handler::TakeBack() {
  if (!surroundings_.history.pending()) return true;
  const Pending pending = *surroundings_.history.pending();
  const absl::Time began = now_();
  const absl::StatusOr<Undo> undo = surroundings_.history.UndoTo(pending.base_revision);
  v1::Response response;
  if (undo.ok()) {
    const std::string verb = absl::StrCat("not confirmed: back to ", pending.base_revision);
    Apply({.verb = verb,
           .validation =
               ValidateUndo(reconciler_.snapshot(), *undo, model::Validator::Refuse::kInvalid),
           .accept_valid = true,
           .settles = true,
           .unasked = true,
           .began = began},
          Ourselves(), response);
    // Which has been logged. Until the disk has it, a restart has to go back once more.
    if (response.has_error() || !response.push().persist_warning().empty()) return false;
  } else {
    log_(base::Severity::kError,
         absl::StrCat("revision ", pending.revision,
                      " was not confirmed, but has to stay: ", undo.status().message()));
  }
  const absl::Status settled = Settle();
  if (!settled.ok()) log_(base::Severity::kError, settled.message());
  return settled.ok();
}

// A push whose record the disk does not have may not be said to stay, nor that its end is known.
absl::Status Handler::Settle() {
  const absl::Status settled = surroundings_.history.Settle();
  if (settled.ok() || !reconciler_.SaveAgain().ok()) return settled;
  return surroundings_.history.Settle();
}

void Handler::Confirm(const v1::ConfirmRequest& request, const Peer& peer, v1::Response& response) {
  const std::optional<Pending>& pending = surroundings_.history.pending();
  const uint64_t wanted = request.revision();
  if (!pending || (wanted != 0 && wanted != pending->revision)) {
    const std::string what = wanted == 0 ? "no push" : absl::StrCat("no push of revision ", wanted);
    return Fail(v1::Error::UNCONFIRMED, absl::StrCat(what, " waits to be confirmed"), response);
  }
  const uint64_t revision = pending->revision;
  const absl::Status settled = Settle();
  if (!settled.ok()) return Fail(settled, response);
  response.mutable_confirm()->set_revision(revision);
  log_(base::Severity::kInfo,
       absl::StrCat("revision ", revision, " confirmed by ", peer.ToString()));
}

}  // namespace nftsvc::control

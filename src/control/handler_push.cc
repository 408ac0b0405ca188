// SPDX-License-Identifier: Apache-2.0
//
// The requests of Handler that say what is to be served: pushes and deltas.
#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "src/control/field_values.h"
#include "src/control/handler.h"
#include "src/control/respond.h"
#include "src/control/service_changes.h"
#include "src/model/quoted.h"
#include "src/model/source.h"
#include "src/reconcile/report_text.h"
#include "src/wire/issue_codec.h"

namespace nftsvc::control {
namespace {

constexpr size_t kMaxServiceChanges = 10'000;

// The source that a push or a delta is of, as services name it; none if it may not be called so,
// and then the request is refused.
std::optional<base::SharedText> SourceNamed(const std::string& text, v1::Response& response) {
  if (text.empty() || text == model::kPushSource) return base::SharedText();
  if (model::IsPushSource(text)) return base::SharedText(text);
  Refuse(
      {{.path = "source",
        .message = absl::StrCat(model::Quoted{text}.ToString(),
                                " is no name for a source: 1 to 63 characters of [a-z0-9._-], and "
                                "not \"files\""),
        .service = ""}},
      0, response);
  return std::nullopt;
}

model::Sources Only(const base::SharedText& source) {
  return {std::string(source.empty() ? model::kPushSource : source.view())};
}

void EncodeChanges(const std::vector<model::ServiceChange>& changes, v1::PushResult& result) {
  const size_t shown = std::min(changes.size(), kMaxServiceChanges);
  for (size_t i = 0; i < shown; ++i) {
    result.add_service_changes(PrintChange(changes[i]));
  }
  result.set_changes_left_off(Count(changes.size() - shown));
}

void EncodeReport(reconcile::PushReport report, v1::PushResult& result) {
  result.set_revision(report.revision);
  result.set_services_added(Count(report.added));
  result.set_services_changed(Count(report.changed));
  result.set_services_removed(Count(report.removed));
  result.set_operations(Count(report.operations));
  result.set_generation(report.generation);
  result.set_plan_us(Microseconds(report.plan_time));
  result.set_commit_us(Microseconds(report.commit_time));
  result.set_persist_us(Microseconds(report.persist_time));
  result.set_persist_warning(std::move(report.persist_warning));
}

void EncodeCommands(reconcile::Commands commands, v1::PushResult& result) {
  for (std::string& line : commands.lines) result.add_nft_operations(std::move(line));
  result.set_changes_left_off(result.changes_left_off() + Count(commands.left_off));
}

}  // namespace

void Handler::Push(const wire::SplitRequest& split, const Peer& peer, v1::Response& response) {
  const absl::Time began = now_();
  const v1::PushRequest& request = split.request.push();
  if (RefusesUnconfirmed(request.confirm_within_ms(), request.dry_run(), response)) return;
  const auto refuse =
      request.accept_valid() ? model::Validator::Refuse::kInvalid : model::Validator::Refuse::kAll;
  const std::optional<base::SharedText> source = SourceNamed(request.source(), response);
  if (!source) return;
  model::Validator validator(reconciler_.snapshot(), model::Validator::Scope::kSnapshot, refuse,
                             Only(*source));
  services_.Read(split.services, "services", *source, reconciler_.snapshot(), validator);
  Apply({.verb = "push",
         .validation = std::move(validator).Finish(),
         .accept_valid = request.accept_valid(),
         .dry_run = request.dry_run(),
         .want_changes = request.want_changes(),
         .confirm_within_ms = request.confirm_within_ms(),
         .began = began},
        peer, response);
  services_.Follow(reconciler_.snapshot().services().size());
}

void Handler::Delta(const wire::SplitRequest& split, const Peer& peer, v1::Response& response) {
  if (std::optional<Change> change = ReadDelta(split, response)) {
    Apply(*std::move(change), peer, response);
    services_.Follow(reconciler_.snapshot().services().size());
  }
}

std::optional<Handler::Change> Handler::ReadDelta(const wire::SplitRequest& split,
                                                  v1::Response& response) {
  const absl::Time began = now_();
  const v1::DeltaRequest& request = split.request.delta();
  if (RefusesUnconfirmed(0, request.dry_run(), response)) return std::nullopt;
  const uint64_t current = reconciler_.revision();
  if (request.base_revision() != 0 && request.base_revision() != current) {
    Fail(v1::Error::STALE_REVISION,
         absl::StrCat("delta is based on revision ", request.base_revision(),
                      ", the current one is ", current),
         response);
    response.mutable_error()->set_current_revision(current);
    return std::nullopt;
  }
  const std::optional<base::SharedText> source = SourceNamed(request.source(), response);
  if (!source) return std::nullopt;
  model::Validator validator(reconciler_.snapshot(), model::Validator::Scope::kDelta,
                             model::Validator::Refuse::kAll, Only(*source));
  services_.Read(split.services, "upsert", *source, reconciler_.snapshot(), validator);
  for (int i = 0; i < request.remove_size(); ++i) {
    validator.Remove(request.remove(i), absl::StrCat("remove[", i, "]"));
  }
  return Change{.verb = "delta",
                .validation = std::move(validator).Finish(),
                .dry_run = request.dry_run(),
                .want_changes = request.want_changes(),
                .began = began};
}

// Each as if those before it had been committed; then all of them are, at once.
void Handler::HandleTogether(absl::Span<const Call> calls, const Peer& peer) {
  if (calls.size() == 1) return Handle(*calls[0].request, peer, *calls[0].response);
  struct Accepted {
    Change change;
    v1::Response* response;
  };
  std::vector<Accepted> accepted;
  for (const Call& call : calls) {
    if (RefuseUnknownFields(call.request->request, *call.response)) continue;
    std::optional<Change> change = ReadDelta(*call.request, *call.response);
    if (!change || Refuses(*change, peer, *call.response)) continue;
    change->validate_time = now_() - change->began;
    reconciler_.Rehearse(change->validation.changes);
    accepted.push_back({.change = *std::move(change), .response = call.response});
  }
  if (accepted.empty()) return;
  std::vector<model::ServiceChange> joined;
  for (const Accepted& a : accepted)
    std::ranges::copy(a.change.validation.changes, std::back_inserter(joined));
  for (auto a = accepted.rbegin(); a != accepted.rend(); ++a) {
    reconciler_.Rehearse(model::Reversed(a->change.validation.changes));
  }
  joined = model::Joined(joined);

  surroundings_.history.Expect(
      Author{.action = accepted.size() == 1 ? "delta" : absl::StrCat(accepted.size(), " deltas"),
             .peer = peer});
  const absl::StatusOr<reconcile::PushReport> report =
      reconciler_.Push(joined, /*want_commands=*/false);
  surroundings_.history.Expect(std::nullopt);
  for (const Accepted& a : accepted) {
    if (!report.ok()) {
      FailChange(a.change, report.status(), peer, *a.response);
      continue;
    }
    reconcile::PushReport own = *report;
    own.added = own.changed = own.removed = 0;
    reconcile::CountServices(a.change.validation.changes, own);
    AnswerChange(a.change, std::move(own), peer, *a.response);
    if (accepted.size() > 1) a.response->mutable_push()->set_joined_deltas(Count(accepted.size()));
  }
  if (report.ok() && surroundings_.pushed) surroundings_.pushed(joined, peer);
  services_.Follow(reconciler_.snapshot().services().size());
}

// Whether it may not be made; then the response says why.
bool Handler::Refuses(const Change& change, const Peer& peer, v1::Response& response) const {
  const model::Validation& validation = change.validation;
  if (!validation.issues.empty() && !change.accept_valid) {
    Refuse(validation.issues, validation.issues_left_off, response);
    log_(base::Severity::kNotice,
         absl::StrCat(Deed(change, peer), " refused: ", response.error().message(),
                      ", the first: ", validation.issues.front().ToString()));
    Record(change, peer,
           {.result = PushRecord::kRefused, .why = validation.issues.front().ToString()});
    return true;
  }
  // In accepted services, too: which of them could do without it is not for us to say.
  if (const model::Issues issues = reconciler_.FindUnsupported(validation.changes);
      !issues.empty()) {
    Refuse(issues, 0, response);
    log_(base::Severity::kNotice,
         absl::StrCat(Deed(change, peer), " refused: ", response.error().message(),
                      ", the first: ", issues.front().ToString()));
    Record(change, peer, {.result = PushRecord::kRefused, .why = issues.front().ToString()});
    return true;
  }
  return false;
}

void Handler::Apply(Change change, const Peer& peer, v1::Response& response) {
  if (Refuses(change, peer, response)) return;
  const model::Validation& validation = change.validation;
  change.validate_time = now_() - change.began;
  if (!change.dry_run) {
    surroundings_.history.Expect(
        Author{.action = std::string(change.verb),
               .peer = peer,
               .confirm_within = absl::Milliseconds(change.confirm_within_ms),
               .settles = change.settles});
  }
  absl::StatusOr<reconcile::PushReport> report =
      change.dry_run ? reconciler_.Preview(validation.changes)
                     : reconciler_.Push(validation.changes, change.want_changes);
  surroundings_.history.Expect(std::nullopt);
  if (!report.ok()) return FailChange(change, report.status(), peer, response);
  AnswerChange(change, *std::move(report), peer, response);
  if (!change.dry_run && surroundings_.pushed) surroundings_.pushed(validation.changes, peer);
}

void Handler::FailChange(const Change& change, const absl::Status& why, const Peer& peer,
                         v1::Response& response) const {
  log_(base::Severity::kError,
       absl::StrCat(Deed(change, peer), " failed: ", why.message(), "; the old state stays"));
  Record(change, peer, {.result = PushRecord::kFailed, .why = std::string(why.message())});
  Fail(why, response);
}

void Handler::AnswerChange(const Change& change, reconcile::PushReport report, const Peer& peer,
                           v1::Response& response) const {
  const model::Validation& validation = change.validation;
  Record(change, peer,
         {.result = validation.changes.empty() ? PushRecord::kUnchanged : PushRecord::kAccepted,
          .revision = report.revision,
          .added = report.added,
          .changed = report.changed,
          .removed = report.removed});
  v1::PushResult& result = *response.mutable_push();
  if (change.want_changes) {
    EncodeChanges(validation.changes, result);
    EncodeCommands(std::move(report.commands), result);
  }
  EncodeReport(std::move(report), result);
  result.set_services(Count(reconciler_.snapshot().services().size()));
  result.set_validate_us(Microseconds(change.validate_time));
  for (const model::Issue& issue : validation.issues) {
    *result.add_issues() = wire::EncodeIssue(issue);
  }
  result.set_issues_left_off(Count(validation.issues_left_off));
  if (change.dry_run) return;
  if (change.confirm_within_ms > 0) DescribePending(*result.mutable_confirm_until());
  LogPush(change, peer, result);
}

std::string Handler::Deed(const Change& change, const Peer& peer) {
  return change.unasked ? std::string(change.verb)
                        : absl::StrCat(change.verb, " by ", peer.ToString());
}

void Handler::Record(const Change& change, const Peer& peer, PushRecord record) const {
  if (change.dry_run) return;
  record.time = change.began;
  record.took = now_() - change.began;
  record.who = Deed(change, peer);
  surroundings_.pushes.Add(std::move(record));
}

void Handler::LogPush(const Change& change, const Peer& peer, const v1::PushResult& result) const {
  std::string line =
      absl::StrFormat("%s: revision %d, +%d ~%d -%d services, %d operations, %.1f ms",
                      Deed(change, peer), result.revision(), result.services_added(),
                      result.services_changed(), result.services_removed(), result.operations(),
                      absl::ToDoubleMilliseconds(now_() - change.began));
  if (result.issues_size() > 0) {
    absl::StrAppend(&line, "; ", result.issues_size() + result.issues_left_off(),
                    " mistakes, the first: ", change.validation.issues.front().ToString());
  }
  // A controller may push the same again and again.
  log_(change.validation.changes.empty() ? base::Severity::kDebug : base::Severity::kInfo, line);
}

}  // namespace nftsvc::control

// SPDX-License-Identifier: Apache-2.0
#include "src/control/handler.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "src/base/ip_address.h"
#include "src/control/announcer.h"
#include "src/control/explain.h"
#include "src/control/list_services.h"
#include "src/control/resident_bytes.h"
#include "src/control/respond.h"
#include "src/control/service_changes.h"
#include "src/model/quoted.h"
#include "src/model/source.h"
#include "src/reconcile/report_text.h"
#include "src/wire/issue_codec.h"
#include "src/wire/snapshot_codec.h"

namespace nftsvc::control {
namespace {

constexpr size_t kMaxServiceChanges = 10'000;
constexpr size_t kMaxDifferences = 1'000;

uint64_t Microseconds(absl::Duration duration) {
  return static_cast<uint64_t>(std::max<int64_t>(0, absl::ToInt64Microseconds(duration)));
}

uint32_t Count(size_t count) { return static_cast<uint32_t>(count); }

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

Handler::Handler(reconcile::Enforcer& reconciler, Clock now, Surroundings surroundings,
                 base::Log log)
    : reconciler_(reconciler),
      now_(std::move(now)),
      surroundings_(std::move(surroundings)),
      log_(std::move(log)),
      started_(now_()) {}

void Handler::Handle(const wire::SplitRequest& split, const Peer& peer, v1::Response& response) {
  const v1::Request& request = split.request;
  if (RefuseUnknownFields(request, response)) return;
  switch (request.operation_case()) {
    case v1::Request::kPush:
      return Push(split, peer, response);
    case v1::Request::kDelta:
      return Delta(split, peer, response);
    case v1::Request::kGet:
      return Get(request.get(), response);
    case v1::Request::kList:
      return List(request.list(), response);
    case v1::Request::kStatus:
      return Status(*response.mutable_status());
    case v1::Request::kVerify:
      return Verify(response);
    case v1::Request::kExplain:
      return Explain(request.explain(), response);
    case v1::Request::kWatch:
      *response.mutable_watch() = DescribeState(reconciler_, now_());
      return;
    case v1::Request::kHistory:
      return ShowHistory(*response.mutable_history());
    case v1::Request::kRollback:
      return Rollback(request.rollback(), peer, response);
    case v1::Request::kConfirm:
      return Confirm(request.confirm(), peer, response);
    case v1::Request::OPERATION_NOT_SET:
      return Fail(v1::Error::INVALID, "request without an operation", response);
  }
}

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
  const absl::Time began = now_();
  const v1::DeltaRequest& request = split.request.delta();
  if (RefusesUnconfirmed(0, request.dry_run(), response)) return;
  const uint64_t current = reconciler_.revision();
  if (request.base_revision() != 0 && request.base_revision() != current) {
    Fail(v1::Error::STALE_REVISION,
         absl::StrCat("delta is based on revision ", request.base_revision(),
                      ", the current one is ", current),
         response);
    response.mutable_error()->set_current_revision(current);
    return;
  }
  const std::optional<base::SharedText> source = SourceNamed(request.source(), response);
  if (!source) return;
  model::Validator validator(reconciler_.snapshot(), model::Validator::Scope::kDelta,
                             model::Validator::Refuse::kAll, Only(*source));
  services_.Read(split.services, "upsert", *source, reconciler_.snapshot(), validator);
  for (int i = 0; i < request.remove_size(); ++i) {
    validator.Remove(request.remove(i), absl::StrCat("remove[", i, "]"));
  }
  Apply({.verb = "delta",
         .validation = std::move(validator).Finish(),
         .dry_run = request.dry_run(),
         .want_changes = request.want_changes(),
         .began = began},
        peer, response);
  services_.Follow(reconciler_.snapshot().services().size());
}

void Handler::Apply(const Change& change, const Peer& peer, v1::Response& response) {
  const model::Validation& validation = change.validation;
  if (!validation.issues.empty() && !change.accept_valid) {
    Refuse(validation.issues, validation.issues_left_off, response);
    log_(base::Severity::kNotice,
         absl::StrCat(Deed(change, peer), " refused: ", response.error().message(),
                      ", the first: ", validation.issues.front().ToString()));
    return Record(change, peer,
                  {.result = PushRecord::kRefused, .why = validation.issues.front().ToString()});
  }
  // In accepted services, too: which of them could do without it is not for us to say.
  if (const model::Issues issues = reconciler_.FindUnsupported(validation.changes);
      !issues.empty()) {
    Refuse(issues, 0, response);
    log_(base::Severity::kNotice,
         absl::StrCat(Deed(change, peer), " refused: ", response.error().message(),
                      ", the first: ", issues.front().ToString()));
    return;
  }
  const absl::Duration validate_time = now_() - change.began;
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
  if (!report.ok()) {
    log_(base::Severity::kError, absl::StrCat(Deed(change, peer), " failed: ",
                                              report.status().message(), "; the old state stays"));
    Record(change, peer,
           {.result = PushRecord::kFailed, .why = std::string(report.status().message())});
    return Fail(report.status(), response);
  }
  Record(change, peer,
         {.result = validation.changes.empty() ? PushRecord::kUnchanged : PushRecord::kAccepted,
          .revision = report->revision,
          .added = report->added,
          .changed = report->changed,
          .removed = report->removed});
  v1::PushResult& result = *response.mutable_push();
  if (change.want_changes) {
    EncodeChanges(validation.changes, result);
    EncodeCommands(std::move(report->commands), result);
  }
  EncodeReport(*std::move(report), result);
  result.set_services(Count(reconciler_.snapshot().services().size()));
  result.set_validate_us(Microseconds(validate_time));
  for (const model::Issue& issue : validation.issues) {
    *result.add_issues() = wire::EncodeIssue(issue);
  }
  result.set_issues_left_off(Count(validation.issues_left_off));
  if (change.dry_run) return;
  if (change.confirm_within_ms > 0) DescribePending(*result.mutable_confirm_until());
  LogPush(change, peer, result);
  if (surroundings_.pushed) surroundings_.pushed(validation.changes, peer);
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

void Handler::Get(const v1::GetRequest& request, v1::Response& response) const {
  const model::Snapshot& snapshot = reconciler_.snapshot();
  const auto add = [&](const model::Service& service) {
    const absl::string_view source = model::SourceOf(service);
    if (!request.source().empty() && request.source() != source) return;
    v1::GetResult& result = *response.mutable_get();
    *result.mutable_snapshot()->add_services() = wire::EncodeService(service);
    result.add_sources(std::string(source));
  };
  if (request.service().empty()) {
    for (const auto& [name, service] : snapshot.services()) add(*service);
  } else if (const model::ServicePtr service = FindService(snapshot, request.service())) {
    add(*service);
  } else {
    return Fail(v1::Error::NOT_FOUND, DescribeMissing(snapshot, request.service()), response);
  }
  response.mutable_get()->mutable_snapshot();
  response.mutable_get()->set_revision(reconciler_.revision());
}

void Handler::List(const v1::ListRequest& request, v1::Response& response) {
  const model::Snapshot& snapshot = reconciler_.snapshot();
  std::vector<model::ServicePtr> services;
  if (request.services_size() > 0) {
    for (const std::string& name : request.services()) {
      if (model::ServicePtr service = FindService(snapshot, name)) {
        services.push_back(std::move(service));
      }
    }
  } else if (request.service().empty()) {
    services.reserve(snapshot.services().size());
    for (const auto& [name, service] : snapshot.services()) services.push_back(service);
  } else if (model::ServicePtr service = FindService(snapshot, request.service())) {
    services.push_back(std::move(service));
  } else {
    return Fail(v1::Error::NOT_FOUND, DescribeMissing(snapshot, request.service()), response);
  }
  std::vector<model::ServiceName> names;
  names.reserve(services.size());
  for (const model::ServicePtr& service : services) names.push_back(service->name);
  const auto connections = reconciler_.ReadConnections(names);
  if (!connections.ok()) return Fail(connections.status(), response);

  response.mutable_list()->set_revision(reconciler_.revision());
  for (size_t i = 0; i < services.size(); ++i) {
    *response.mutable_list()->add_services() =
        Summarize(*services[i], *reconciler_.table().services.at(names[i]), (*connections)[i]);
  }
}

void Handler::Status(v1::StatusResult& result) const {
  const reconcile::Health& health = reconciler_.health();
  result.set_version(NFTSVC_VERSION);
  result.set_revision(reconciler_.revision());
  result.set_generation(health.generation);
  result.set_uptime_seconds(static_cast<uint64_t>(absl::ToInt64Seconds(now_() - started_)));
  result.set_services(Count(reconciler_.snapshot().services().size()));
  result.set_ports(Count(reconciler_.snapshot().port_count()));
  result.set_endpoints(Count(reconciler_.snapshot().endpoint_count()));
  result.set_elements(Count(health.elements));
  result.set_in_sync(health.in_sync);
  result.set_problem(health.problem);
  result.set_last_commit_us(Microseconds(health.last_commit_time));
  if (health.last_commit != absl::InfinitePast()) {
    result.set_last_commit_time(reconcile::TimeText(health.last_commit));
  }
  result.set_commits(health.commits);
  result.set_drift_repairs(health.drift_repairs);
  result.set_last_drift(health.last_drift);
  result.set_clients(surroundings_.client_count());
  result.set_resident_bytes(ResidentBytes());
  if (reconciler_.settings().mode == reconcile::Mode::kIptables) {
    result.set_mode("IPTABLES");
    result.set_rules(Count(health.rules));
  } else {
    result.set_mode("NFTABLES");
    const bool flat = reconciler_.settings().options.layout == nft::Layout::kFlat;
    result.set_layout(flat ? "FLAT" : "VERDICT_MAPS");
  }
  result.set_persist_problem(health.persist_problem);
  result.set_health_check_problem(surroundings_.health_check_problem());
  result.set_services_directory_problem(surroundings_.services_directory_problem());
  result.set_http_problem(surroundings_.http_problem());
  if (surroundings_.history.pending()) {
    result.set_unconfirmed_revision(surroundings_.history.pending()->revision);
    DescribePending(*result.mutable_confirm_until());
  }
}

void Handler::Verify(v1::Response& response) {
  absl::StatusOr<reconcile::Commands> differences = reconciler_.Verify();
  if (!differences.ok()) return Fail(differences.status(), response);
  v1::VerifyResult& result = *response.mutable_verify();
  const size_t count = differences->lines.size();
  const size_t shown = std::min(count, kMaxDifferences);
  result.set_in_sync(count == 0);
  result.set_has_no_tables(reconciler_.settings().mode == reconcile::Mode::kIptables);
  for (size_t i = 0; i < shown; ++i) result.add_differences(std::move(differences->lines[i]));
  result.set_differences_left_off(Count(count - shown + differences->left_off));
}

void Handler::Explain(const v1::ExplainRequest& request, v1::Response& response) const {
  model::Issues issues;
  absl::Status kept_status;
  const auto find_kept = [&](const forwarding::Decision& decision, const base::IpAddress& client) {
    const auto kept = reconciler_.KeptEndpoint(decision, client);
    kept_status = kept.status();
    if (!kept.ok() || !kept->has_value()) return std::string();
    return base::HostPort((*kept)->address, (*kept)->port);
  };
  v1::ExplainResult result = control::Explain(reconciler_.table(), request, issues, find_kept);
  if (!issues.empty()) return Refuse(issues, 0, response);
  if (!kept_status.ok()) {
    result.add_steps(absl::StrCat("which endpoint the client has could not be found out: ",
                                  kept_status.message()));
  }
  *response.mutable_explain() = std::move(result);
}

}  // namespace nftsvc::control

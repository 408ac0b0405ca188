// SPDX-License-Identifier: Apache-2.0
#include "src/control/handler.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "src/base/ip_address.h"
#include "src/control/announcer.h"
#include "src/control/explain.h"
#include "src/control/field_values.h"
#include "src/control/list_services.h"
#include "src/control/resident_bytes.h"
#include "src/control/respond.h"
#include "src/model/source.h"
#include "src/reconcile/report_text.h"
#include "src/wire/snapshot_codec.h"

namespace nftsvc::control {
namespace {

constexpr size_t kMaxDifferences = 1'000;

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
  result.set_config_problem(surroundings_.config_problem());
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

// SPDX-License-Identifier: Apache-2.0
#include "src/daemon/health_check_server.h"

#include <optional>

#include "absl/strings/str_cat.h"
#include "src/base/family.h"
#include "src/base/status_macros.h"
#include "src/control/system_error.h"
#include "src/forwarding/health_check.h"
#include "src/reconcile/backoff.h"

namespace nftsvc::daemon {
namespace {

constexpr unsigned kHealthy = 200;
constexpr unsigned kNotFound = 404;
constexpr unsigned kUnhealthy = 503;

}  // namespace

absl::StatusOr<std::unique_ptr<HealthCheckServer>> HealthCheckServer::Start(
    sd_event* event, const reconcile::Enforcer& reconciler, base::Log log) {
  std::unique_ptr<HealthCheckServer> server(
      new HealthCheckServer(event, reconciler, std::move(log)));
  const auto answer = [self = server.get()](const http::Request& request) {
    return self->Answer(request);
  };
  ASSIGN_OR_RETURN(server->http_, http::Server::Start(event, http::Limits(), answer));
  RETURN_IF_ERROR(server->MakeTimer());
  server->Follow();
  return server;
}

absl::Status HealthCheckServer::MakeTimer() {
  const auto on_time = [](sd_event_source*, uint64_t, void* self) {
    static_cast<HealthCheckServer*>(self)->Retry();
    return 0;
  };
  sd_event_source* source = nullptr;
  const int result =
      sd_event_add_time(event_, &source, CLOCK_MONOTONIC, 0, /*accuracy=*/0, on_time, this);
  if (result < 0) return control::SystemError(-result, "time health checks");
  retry_timer_.reset(source);
  sd_event_source_set_enabled(source, SD_EVENT_OFF);
  return absl::OkStatus();
}

http::Response HealthCheckServer::Answer(const http::Request& request) const {
  const std::optional<forwarding::HealthCheck> check = forwarding::HealthCheckAt(
      reconciler_.snapshot(), reconciler_.settings().host, request.family, request.port);
  if (!check) return {.status = kNotFound, .headers = {}, .body = {}};  // the service has just gone
  const bool in_sync = reconciler_.health().in_sync;
  // Names have no characters that JSON would want escaped.
  return {.status = in_sync && check->local_endpoints > 0 ? kHealthy : kUnhealthy,
          .headers = {{"Content-Type", "application/json"},
                      {"X-Content-Type-Options", "nosniff"},
                      {"X-Load-Balancing-Endpoint-Weight", absl::StrCat(check->local_endpoints)}},
          .body = absl::StrCat("{\"service\":{\"namespace\":\"", check->service.name_space,
                               "\",\"name\":\"", check->service.name,
                               "\"},\"localEndpoints\":", check->local_endpoints,
                               ",\"serviceProxyHealthy\":", in_sync ? "true" : "false", "}\n")};
}

bool HealthCheckServer::HasChanged() {
  const forwarding::HostFacts& host = reconciler_.settings().host;
  const uint64_t version = reconciler_.snapshot().health_check_version();
  if (version == version_ && host.node_ports_on_all_addresses == on_all_addresses_ &&
      host.node_port_addresses == addresses_) {
    return false;
  }
  version_ = version;
  on_all_addresses_ = host.node_ports_on_all_addresses;
  addresses_ = host.node_port_addresses;
  return true;
}

HealthCheckServer::Places HealthCheckServer::Wanted() const {
  std::vector<base::IpAddress> addresses = addresses_;
  if (on_all_addresses_) {
    addresses.clear();
    for (const base::Family family : base::kFamilies) {
      addresses.push_back(base::Unspecified(family));
    }
  }
  Places places;
  for (const base::IpAddress& address : addresses) {
    for (const uint16_t port : reconciler_.snapshot().health_check_ports()) {
      places.emplace(address, port);
    }
  }
  return places;
}

void HealthCheckServer::Follow() {
  if (!HasChanged()) return;
  const Places wanted = Wanted();
  const auto is_unwanted = [&](const auto& entry) { return !wanted.contains(entry.first); };
  absl::erase_if(listeners_, is_unwanted);
  absl::erase_if(failures_, is_unwanted);
  for (const Place& place : wanted) {
    if (!listeners_.contains(place) && !failures_.contains(place)) ListenOn(place);
  }
  retries_ = 0;
  ArmRetry();
}

void HealthCheckServer::Retry() {
  std::vector<Place> places;
  for (const auto& [place, why] : failures_) places.push_back(place);
  for (const Place& place : places) ListenOn(place);
  ArmRetry();
}

void HealthCheckServer::ListenOn(const Place& place) {
  auto listener = http::Listener::Open(event_, place.first, place.second, *http_);
  if (listener.ok()) {
    listeners_[place] = *std::move(listener);
    if (failures_.erase(place) == 0) return;
    log_(base::Severity::kNotice, absl::StrCat("health checks are answered on ",
                                               base::HostPort(place.first, place.second), " now"));
    return;
  }
  const std::string why(listener.status().message());
  if (!failures_.insert_or_assign(place, why).second) return;
  log_(base::Severity::kError, absl::StrCat("health checks: ", why));
}

void HealthCheckServer::ArmRetry() {
  if (failures_.empty()) {
    sd_event_source_set_enabled(retry_timer_.get(), SD_EVENT_OFF);
    return;
  }
  const absl::Duration wait = reconcile::BackoffAfter(++retries_);
  sd_event_source_set_time_relative(retry_timer_.get(),
                                    static_cast<uint64_t>(absl::ToInt64Microseconds(wait)));
  sd_event_source_set_enabled(retry_timer_.get(), SD_EVENT_ONESHOT);
}

std::string HealthCheckServer::problem() const {
  if (failures_.empty()) return "";
  const size_t others = failures_.size() - 1;
  return others == 0 ? failures_.begin()->second
                     : absl::StrCat(failures_.begin()->second, "; and ", others, " more");
}

}  // namespace nftsvc::daemon

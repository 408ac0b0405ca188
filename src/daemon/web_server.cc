// SPDX-License-Identifier: Apache-2.0
#include "src/daemon/web_server.h"

#include <algorithm>
#include <chrono>

#include "absl/strings/str_cat.h"
#include "src/base/status_macros.h"
#include "src/control/resident_bytes.h"
#include "src/daemon/web_facts.h"
#include "src/reconcile/backoff.h"
#include "src/web/health.h"
#include "src/web/metrics.h"
#include "src/web/status_page.h"
#include "src/web/style_sheet.h"

namespace nftsvc::daemon {
namespace {

constexpr unsigned kNoSuchPage = 404;

// Each may hold a page in memory until it has read it.
constexpr http::Limits kWebLimits = {.connections = 32,
                                     .connections_per_address = 8,
                                     .timeout = std::chrono::seconds(5),
                                     .connection_bytes = 8 << 10};

constexpr absl::Duration kLeastFresh = absl::Seconds(1);
constexpr int kGatherShare = 20;

constexpr char kMetricsType[] = "text/plain; version=0.0.4; charset=utf-8";

http::Response TextAnswer(unsigned status, std::string body, absl::string_view type) {
  return {.status = status,
          .headers = {{"Content-Type", std::string(type)},
                      {"Cache-Control", "no-store"},
                      {"X-Content-Type-Options", "nosniff"},
                      {"Referrer-Policy", "no-referrer"},
                      {"Content-Security-Policy", std::string(web::kContentSecurityPolicy)}},
          .body = std::move(body)};
}

}  // namespace

absl::StatusOr<std::unique_ptr<WebServer>> WebServer::Start(sd_event* event,
                                                            Surroundings surroundings,
                                                            reconcile::Enforcer::Clock now,
                                                            base::Log log) {
  std::unique_ptr<WebServer> server(
      new WebServer(std::move(surroundings), std::move(now), std::move(log)));
  server->event_ = event;
  const auto answer = [self = server.get()](const http::Request& request) {
    return self->Answer(request);
  };
  ASSIGN_OR_RETURN(server->http_, http::Server::Start(event, kWebLimits, answer));
  return server;
}

void WebServer::Configure(const config::HttpOptions& options) {
  options_ = options;
  next_gathering_ = {};
  const auto is_unwanted = [&](const auto& entry) {
    return std::find(options.listen.begin(), options.listen.end(), entry.first) ==
           options.listen.end();
  };
  absl::erase_if(listeners_, is_unwanted);
  absl::erase_if(failures_, is_unwanted);
  for (const Place& place : options.listen) {
    if (!listeners_.contains(place)) ListenOn(place);
  }
  tries_ = 0;
  next_try_ = {};
}

void WebServer::ListenOn(const Place& place) {
  auto listener = http::Listener::Open(event_, place.first, place.second, *http_);
  const std::string where = base::HostPort(place.first, place.second);
  if (listener.ok()) {
    listeners_[place] = *std::move(listener);
    if (failures_.erase(place) == 0) return;
    log_(base::Severity::kNotice, absl::StrCat("metrics are on ", where, " now"));
    return;
  }
  const std::string why(listener.status().message());
  if (!failures_.insert_or_assign(place, why).second) return;
  log_(base::Severity::kWarning, absl::StrCat("metrics: ", why, "; trying again"));
}

void WebServer::Poll() {
  if (surroundings_.reconciler.health().in_sync) last_in_sync_ = now_();
  if (failures_.empty() || !next_try_.IsDue(now_())) return;
  next_try_ = base::Deadline::After(now_(), reconcile::BackoffAfter(++tries_));
  std::vector<Place> places;
  for (const auto& [place, why] : failures_) places.push_back(place);
  for (const Place& place : places) ListenOn(place);
}

std::string WebServer::problem() const {
  if (failures_.empty()) return "";
  const size_t others = failures_.size() - 1;
  return others == 0 ? failures_.begin()->second
                     : absl::StrCat(failures_.begin()->second, "; and ", others, " more");
}

http::Response WebServer::Answer(const http::Request& request) {
  if (request.path == "/healthz" || request.path == "/livez" || request.path == "/readyz") {
    return Health(request.path);
  }
  const bool is_page = request.path == "/";
  if (!is_page && request.path != "/metrics") {
    return TextAnswer(kNoSuchPage, "not here: /, /metrics, /healthz, /livez, /readyz\n",
                      "text/plain; charset=utf-8");
  }
  if (next_gathering_.IsDue(now_())) Gather();
  return is_page ? TextAnswer(200, page_, "text/html; charset=utf-8")
                 : TextAnswer(200, metrics_, kMetricsType);
}

http::Response WebServer::Health(absl::string_view path) {
  const web::Facts facts = QuickFacts();
  const web::HealthAnswer answer = path == "/healthz" ? web::Healthz(facts)
                                   : path == "/livez" ? web::Livez(facts)
                                                      : web::Readyz(facts);
  if (path == "/healthz") ++healthz_answers_[static_cast<int>(answer.status)];
  if (path == "/livez") ++livez_answers_[static_cast<int>(answer.status)];
  return TextAnswer(answer.status, answer.body, "application/json");
}

// All but the services and the changes.
web::Facts WebServer::QuickFacts() const {
  web::Facts facts;
  facts.now = now_();
  facts.started = started_;
  facts.version = NFTSVC_VERSION;
  TellHealth(surroundings_.reconciler, facts);
  surroundings_.problems(facts.problems);
  facts.last_in_sync = facts.in_sync ? facts.now : last_in_sync_;
  facts.clients = surroundings_.client_count();
  facts.buffered_bytes = surroundings_.buffered_bytes();
  facts.healthz_answers = healthz_answers_;
  facts.livez_answers = livez_answers_;
  return facts;
}

// Without the services where the kernel cannot be read: that is when the rest is needed most.
void WebServer::Gather() {
  const absl::Time start = now_();
  web::Facts facts = QuickFacts();
  TellPushes(surroundings_.pushes, facts);
  facts.resident_bytes = control::ResidentBytes();
  const absl::Status read = TellServices(surroundings_.reconciler, options_.max_series, facts);
  facts.problems["counters"] = std::string(read.message());
  facts.gathered_in = now_() - start;
  metrics_ = web::PrintMetrics(facts);
  page_ = web::PrintStatusPage(facts);
  const absl::Time end = now_();
  next_gathering_ = base::Deadline::After(end, std::max(kLeastFresh, kGatherShare * (end - start)));
}

}  // namespace nftsvc::daemon

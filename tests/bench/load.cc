// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/load.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "src/base/status_macros.h"
#include "src/control/client.h"
#include "tests/bench/daemon.h"
#include "tests/bench/in_process.h"
#include "tests/bench/node.h"
#include "tests/bench/workload.h"

namespace nftsvc::bench {
namespace {

// How long `request` takes, from sending its first byte to the answer.
absl::StatusOr<absl::Duration> TimeRequest(control::Client& client, v1::Request request,
                                           v1::PushResult* result = nullptr) {
  const control::Client::Prepared prepared = client.Prepare(std::move(request));
  const absl::Time start = absl::Now();
  ASSIGN_OR_RETURN(v1::PushResult answer, Apply(client, prepared));
  const absl::Duration taken = absl::Now() - start;
  if (result != nullptr) *result = std::move(answer);
  return taken;
}

// Where the time went, by what the daemon says of it. The rest: the connection and the processes.
void AddStages(absl::string_view what, const v1::PushResult& result, absl::Duration taken,
               Figures& figures) {
  absl::Duration rest = taken;
  const auto add = [&](absl::string_view stage, uint64_t microseconds) {
    const absl::Duration duration = absl::Microseconds(static_cast<int64_t>(microseconds));
    figures.Add(absl::StrCat(what, ": ", stage), duration);
    rest -= duration;
  };
  add("check", result.validate_us());
  add("plan", result.plan_us());
  add("commit", result.commit_us());
  add("save", result.persist_us());
  figures.Add(absl::StrCat(what, ": the rest"), rest);
}

// In the daemon's namespace.
absl::StatusOr<absl::Duration> MeasurePushes(control::Client& client, const v1::Request& full,
                                             Figures& figures) {
  RETURN_IF_ERROR(Apply(client, PushOf({})).status());
  ASSIGN_OR_RETURN(const absl::Duration load, TimeRequest(client, full));
  figures.Add("push of everything", load);
  v1::PushResult same;
  ASSIGN_OR_RETURN(const absl::Duration repeated, TimeRequest(client, full, &same));
  figures.Add("the same push again", repeated);
  figures.Check("the same push commits nothing", same.operations() == 0);
  return load;
}

// One endpoint of one service added, and that one removed, in many services one after the other;
// then, in many, one replaced. Each in a row of its own: where a change of their number has the
// kernel walk past all elements, that leaves nothing in the processor's caches for the change
// behind it.
absl::Status MeasureDeltas(control::Client& client, const v1::Snapshot& snapshot, int deltas,
                           Figures& figures) {
  const auto measure = [&](const v1::Service& service, absl::string_view what) -> absl::Status {
    v1::PushResult result;
    ASSIGN_OR_RETURN(const absl::Duration taken, TimeRequest(client, UpsertOf(service), &result));
    figures.Add(what, taken);
    AddStages(what, result, taken, figures);
    figures.Check("each delta changes one service",
                  result.services_changed() == 1 && result.operations() > 0);
    return absl::OkStatus();
  };
  const auto count = static_cast<uint32_t>(deltas);
  const auto services = static_cast<uint32_t>(snapshot.services_size());
  // Of all services alike.
  const auto pick = [&](uint32_t i) {
    return snapshot.services(static_cast<int>(uint64_t{i} * services / count % services));
  };
  for (uint32_t i = 0; i < count; ++i) {
    v1::Service service = pick(i);
    auto& endpoints = *service.mutable_ports(0)->mutable_endpoints();
    *endpoints.Add() = MakeSpareEndpoint(i);
    RETURN_IF_ERROR(measure(service, "add one endpoint"));
    endpoints.RemoveLast();
    RETURN_IF_ERROR(measure(service, "remove one endpoint"));
  }
  for (uint32_t i = 0; i < count; ++i) {
    v1::Service service = pick(i);
    *service.mutable_ports(0)->mutable_endpoints(0) = MakeSpareEndpoint(i);
    RETURN_IF_ERROR(measure(service, "replace one endpoint"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<Figure>> MeasureLoad(const std::string& daemon_path,
                                                const Profile& profile, int rounds, int deltas) {
  Figures figures(profile.name);
  const v1::Request full = PushOf(profile.snapshot);
  // The stages have a namespace of their own, for the daemon looks after its tables.
  ASSIGN_OR_RETURN(const Node of_stages, Node::Make());
  ASSIGN_OR_RETURN(const Node of_daemon, Node::Make());
  ASSIGN_OR_RETURN(const auto daemon, Daemon::Start(daemon_path));
  ASSIGN_OR_RETURN(control::Client client, daemon->Connect());
  for (int round = 0; round < rounds; ++round) {
    RETURN_IF_ERROR(of_stages.Enter());
    ASSIGN_OR_RETURN(const StagesResult stages, MeasureStages(profile.snapshot, figures));
    ASSIGN_OR_RETURN(const size_t sent, CountElements());
    RETURN_IF_ERROR(RemoveTables());
    RETURN_IF_ERROR(of_daemon.Enter());
    ASSIGN_OR_RETURN(const absl::Duration load, MeasurePushes(client, full, figures));
    ASSIGN_OR_RETURN(const size_t loaded, CountElements());
    figures.Add("push / the limit", "ratio", absl::FDivDuration(load, stages.limit));
    figures.Add("elements", "", static_cast<double>(loaded));
    figures.Check("the kernel holds all elements",
                  loaded == stages.elements && sent == stages.elements);
  }
  figures.Add("nftsvcd, peak", "MB", static_cast<double>(daemon->StatusKib("VmHWM")) / 1024);
  RETURN_IF_ERROR(MeasureDeltas(client, profile.snapshot, deltas, figures));
  figures.Add("nftsvcd, resident", "MB", static_cast<double>(daemon->StatusKib("VmRSS")) / 1024);
  return figures.all();
}

}  // namespace nftsvc::bench

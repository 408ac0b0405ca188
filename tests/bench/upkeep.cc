// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/upkeep.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "src/base/status_macros.h"
#include "src/control/client.h"
#include "tests/bench/daemon.h"
#include "tests/bench/in_process.h"
#include "tests/bench/kernel_memory.h"
#include "tests/bench/node.h"
#include "tests/bench/workload.h"

namespace nftsvc::bench {
namespace {

constexpr absl::Duration kSettled = absl::Seconds(2);  // after which nothing is left to be done
constexpr int kMemoryRounds = 3;
constexpr absl::Duration kLongestStart = absl::Minutes(1);

double ResidentMegabytes(const Daemon& daemon) {
  return static_cast<double>(daemon.StatusKib("VmRSS")) / 1024;
}

absl::StatusOr<v1::StatusResult> GetStatus(control::Client& client) {
  v1::Request request;
  request.mutable_status();
  ASSIGN_OR_RETURN(v1::Response response, client.Call(std::move(request)));
  if (response.has_error()) return absl::InternalError(response.error().ShortDebugString());
  return std::move(*response.mutable_status());
}

absl::Status MeasureLoads(const Daemon& daemon, control::Client& client,
                          const v1::Snapshot& snapshot, Figures& figures) {
  for (int round = 0; round < kMemoryRounds; ++round) {
    RETURN_IF_ERROR(Apply(client, PushOf({})).status());
    ASSIGN_OR_RETURN(const size_t elements_before, CountElements());
    const double before = KernelBytes();
    RETURN_IF_ERROR(Apply(client, PushOf(snapshot)).status());
    if (round == 0) {
      figures.Add("resident", "MB", ResidentMegabytes(daemon));
      figures.Add("peak", "MB", static_cast<double>(daemon.StatusKib("VmHWM")) / 1024);
    }
    const double taken = KernelBytes() - before;
    ASSIGN_OR_RETURN(const size_t elements, CountElements());
    figures.Add("the kernel's memory for an element", "bytes",
                taken / static_cast<double>(elements - elements_before));
  }
  return absl::OkStatus();
}

absl::Status MeasureRepeated(const Daemon& daemon, control::Client& client, v1::Snapshot snapshot,
                             int rounds, Figures& figures) {
  for (int round = 0; round < rounds; ++round) {
    const int index = snapshot.services_size() / (round + 2);
    *snapshot.mutable_services(index)->mutable_ports(0)->mutable_endpoints(0) =
        MakeSpareEndpoint(static_cast<uint32_t>(round));
    v1::Request request = PushOf(snapshot);
    const absl::Duration cpu = daemon.CpuTime();
    const absl::Time start = absl::Now();
    ASSIGN_OR_RETURN(const v1::PushResult result, Apply(client, std::move(request)));
    figures.Add("pushed again with one change", absl::Now() - start);
    figures.Add("… nftsvcd's CPU", daemon.CpuTime() - cpu);
    figures.Add("… commit", absl::Microseconds(result.commit_us()));
    figures.Add("… validate", absl::Microseconds(result.validate_us()));
    figures.Add("… plan", absl::Microseconds(result.plan_us()));
    figures.Add("… persist", absl::Microseconds(result.persist_us()));
    figures.Check("one change is one service", result.services_changed() == 1);
  }
  return absl::OkStatus();
}

absl::Status MeasureIdle(const Daemon& daemon, absl::Duration idle, Figures& figures) {
  absl::SleepFor(kSettled);
  const absl::Duration cpu = daemon.CpuTime();
  const uint64_t waits = daemon.Waits();
  absl::SleepFor(idle);
  figures.Add("idle: wake-ups", "1/s",
              static_cast<double>(daemon.Waits() - waits) / absl::ToDoubleSeconds(idle));
  figures.Add("idle: CPU", "%", 100 * absl::FDivDuration(daemon.CpuTime() - cpu, idle));
  return absl::OkStatus();
}

absl::Status MeasureStart(Daemon& daemon, int rounds, Figures& figures) {
  for (int round = 0; round < rounds; ++round) {
    daemon.Stop();
    ASSIGN_OR_RETURN(const uint32_t generation, CurrentGeneration());
    const absl::Time start = absl::Now();
    RETURN_IF_ERROR(daemon.StartAgain());
    ASSIGN_OR_RETURN(control::Client client, daemon.Connect());
    v1::StatusResult status;
    do {
      ASSIGN_OR_RETURN(status, GetStatus(client));
    } while (!status.in_sync() && absl::Now() - start < kLongestStart);
    figures.Add("start over it", absl::Now() - start);
    figures.Add("… nftsvcd's CPU of the start", daemon.CpuTime());
    ASSIGN_OR_RETURN(const uint32_t generation_after, CurrentGeneration());
    figures.Check("a start writes nothing", status.in_sync() && generation_after == generation);
  }
  return absl::OkStatus();
}

// How long a gap lasts that somebody made by hand.
absl::Status MeasureDrift(control::Client& client, const v1::Snapshot& snapshot, int rounds,
                          Figures& figures) {
  for (int round = 0; round < rounds; ++round) {
    for (const auto& [set, what] :
         {std::pair(nft::SetId::kServices, "a service deleted by hand"),
          std::pair(nft::SetId::kEndpoints, "an endpoint deleted by hand")}) {
      absl::SleepFor(kSettled);
      ASSIGN_OR_RETURN(const v1::StatusResult before, GetStatus(client));
      const absl::Time start = absl::Now();
      RETURN_IF_ERROR(
          DeleteElementOf(snapshot.services(snapshot.services_size() / (round + 2)), set));
      v1::StatusResult status;
      do {
        absl::SleepFor(absl::Milliseconds(1));
        ASSIGN_OR_RETURN(status, GetStatus(client));
      } while (status.drift_repairs() == before.drift_repairs() &&
               absl::Now() - start < kLongestStart);
      figures.Add(absl::StrCat(what, ", repaired after"), absl::Now() - start);
      figures.Check("drift is repaired", status.drift_repairs() == before.drift_repairs() + 1);
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<Figure>> MeasureUpkeep(const std::string& daemon_path,
                                                  const Profile& profile, int rounds,
                                                  absl::Duration idle) {
  Figures figures(profile.name);
  ASSIGN_OR_RETURN(const Node node, Node::Make());
  ASSIGN_OR_RETURN(const auto daemon, Daemon::Start(daemon_path));
  {
    ASSIGN_OR_RETURN(control::Client client, daemon->Connect());
    figures.Add("resident without services", "MB", ResidentMegabytes(*daemon));
    RETURN_IF_ERROR(MeasureLoads(*daemon, client, profile.snapshot, figures));
    RETURN_IF_ERROR(MeasureRepeated(*daemon, client, profile.snapshot, rounds, figures));
  }
  RETURN_IF_ERROR(MeasureIdle(*daemon, idle, figures));
  RETURN_IF_ERROR(MeasureStart(*daemon, rounds, figures));
  figures.Add("resident after a start", "MB", ResidentMegabytes(*daemon));
  ASSIGN_OR_RETURN(control::Client client, daemon->Connect());
  RETURN_IF_ERROR(MeasureDrift(client, profile.snapshot, rounds, figures));
  v1::Snapshot hundredth = profile.snapshot;
  const int few = hundredth.services_size() / 100;
  hundredth.mutable_services()->DeleteSubrange(few, hundredth.services_size() - few);
  // From what a load leaves, which is more than what a start leaves.
  RETURN_IF_ERROR(Apply(client, PushOf(hundredth)).status());
  RETURN_IF_ERROR(Apply(client, PushOf(profile.snapshot)).status());
  figures.Add("resident before a shrink", "MB", ResidentMegabytes(*daemon));
  RETURN_IF_ERROR(Apply(client, PushOf(hundredth)).status());
  absl::SleepFor(kSettled);
  figures.Add("resident after a shrink to a hundredth", "MB", ResidentMegabytes(*daemon));
  return figures.all();
}

}  // namespace nftsvc::bench

// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/sustain.h"

#include <algorithm>

#include "src/base/status_macros.h"
#include "src/control/client.h"
#include "tests/bench/daemon.h"
#include "tests/bench/in_process.h"
#include "tests/bench/node.h"
#include "tests/bench/workload.h"

namespace nftsvc::bench {
namespace {

constexpr uint32_t kSustainStride = 7'919;  // a prime: spreads the changes over the services
constexpr int kPatience = 3;                // times as long as planned is enough

// The deltas in order. Four in a row are about one service, which is then as before.
class Changes {
 public:
  explicit Changes(const v1::Snapshot& snapshot) : snapshot_(snapshot) {}

  v1::Request Next() {
    const auto services = static_cast<uint32_t>(snapshot_.services_size());
    const uint32_t turn = next_ / 4;
    const v1::Service& original =
        snapshot_.services(static_cast<int>(uint64_t{turn} * kSustainStride % services));
    if (next_ % 4 == 0) service_ = original;
    auto& endpoints = *service_.mutable_ports(0)->mutable_endpoints();
    switch (next_++ % 4) {
      case 0:
        endpoints[0] = MakeSpareEndpoint(2 * turn);
        break;
      case 1:
        *endpoints.Add() = MakeSpareEndpoint(2 * turn + 1);
        break;
      case 2:
        endpoints[0] = original.ports(0).endpoints(0);
        break;
      default:
        endpoints.RemoveLast();
    }
    return UpsertOf(service_);
  }

 private:
  const v1::Snapshot& snapshot_;
  v1::Service service_;
  uint32_t next_ = 0;
};

}  // namespace

absl::StatusOr<std::vector<Figure>> MeasureSustained(const std::string& daemon_path,
                                                     const Profile& profile, int per_second,
                                                     int seconds) {
  ASSIGN_OR_RETURN(const Node node, Node::Make());
  ASSIGN_OR_RETURN(const auto daemon, Daemon::Start(daemon_path));
  ASSIGN_OR_RETURN(control::Client client, daemon->Connect());
  ASSIGN_OR_RETURN(const v1::PushResult before, Apply(client, PushOf(profile.snapshot)));
  ASSIGN_OR_RETURN(const size_t elements, CountElements());
  Figures figures(profile.name);
  figures.Add("resident before", "MB", static_cast<double>(daemon->StatusKib("VmRSS")) / 1024);

  Changes changes(profile.snapshot);
  Samples waits;
  double queue = 0;
  uint64_t sent = 0;
  v1::PushResult last;
  const absl::Duration cpu = daemon->CpuTime();
  const absl::Duration interval = absl::Seconds(1) / per_second;
  const absl::Time start = absl::Now();
  for (int second = 0; second < seconds; ++second) {
    Samples of_second;
    for (int i = 0; i < per_second; ++i) {
      const absl::Time due = start + absl::Seconds(second) + interval * i;
      absl::SleepFor(due - absl::Now());
      queue = std::max(queue, absl::FDivDuration(absl::Now() - due, interval));
      ASSIGN_OR_RETURN(last, Apply(client, changes.Next()));
      of_second.Add(absl::Now() - due);
      waits.Add(absl::Now() - due);
    }
    figures.Add("p99 of each second", of_second.Quantile(0.99));
    sent += static_cast<uint64_t>(per_second);
    if (absl::Now() - start > kPatience * absl::Seconds(seconds)) break;
  }
  const absl::Duration taken = absl::Now() - start;
  figures.Add("p50", waits.Median());
  figures.Add("p99", waits.Quantile(0.99));
  figures.Add("longest", waits.Quantile(1));
  figures.Add("longest queue", "deltas", queue);
  figures.Add("deltas per second", "1/s",
              static_cast<double>(waits.durations().size()) / absl::ToDoubleSeconds(taken));
  figures.Add("nftsvcd's CPU", "%", 100 * absl::FDivDuration(daemon->CpuTime() - cpu, taken));
  figures.Add("resident after", "MB", static_cast<double>(daemon->StatusKib("VmRSS")) / 1024);
  figures.Check("each delta is a revision", last.revision() == before.revision() + sent);
  ASSIGN_OR_RETURN(const size_t elements_after, CountElements());
  figures.Check("as many elements as before", sent % 4 != 0 || elements_after == elements);
  return figures.all();
}

}  // namespace nftsvc::bench

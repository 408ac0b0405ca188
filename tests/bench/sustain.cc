// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/sustain.h"

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

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

// Takes the answers while others are asked for.
class Answers {
 public:
  // Both must outlive it. Delta i, from 0, is due at start + i * interval.
  Answers(control::Client& client, absl::Time start, absl::Duration interval)
      : client_(client), start_(start), interval_(interval) {}

  // Until so many have come, or something went wrong.
  void Take(uint64_t count) {
    for (uint64_t i = 0; i < count && failure_.ok(); ++i) {
      const absl::StatusOr<v1::Response> response = client_.Next();
      if (!response.ok() || response->has_error()) {
        failure_ =
            response.ok() ? absl::InternalError(response->error().message()) : response.status();
        break;
      }
      waits_.push_back(absl::Now() - (start_ + interval_ * static_cast<double>(i)));
      last_ = response->push();
      commits_ += last_.revision() != revision_;
      revision_ = last_.revision();
      ++taken_;
    }
    done_ = true;
  }

  uint64_t taken() const { return taken_; }
  bool done() const { return done_; }

  // Only when done.
  const absl::Status& failure() const { return failure_; }
  const std::vector<absl::Duration>& waits() const { return waits_; }
  uint64_t commits() const { return commits_; }
  const v1::PushResult& last() const { return last_; }

 private:
  control::Client& client_;
  absl::Time start_;
  absl::Duration interval_;
  absl::Status failure_;
  std::vector<absl::Duration> waits_;
  v1::PushResult last_;
  uint64_t revision_ = 0;
  uint64_t commits_ = 0;
  std::atomic<uint64_t> taken_ = 0;
  std::atomic<bool> done_ = false;
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
  uint64_t queue = 0;
  const absl::Duration cpu = daemon->CpuTime();
  const absl::Duration interval = absl::Seconds(1) / per_second;
  const absl::Time start = absl::Now();
  const auto planned = static_cast<uint64_t>(per_second) * static_cast<uint64_t>(seconds);
  Answers answers(client, start, interval);
  std::thread taker([&] { answers.Take(planned); });
  absl::Status sent;
  for (uint64_t i = 0; i < planned && sent.ok() && !answers.done(); ++i) {
    absl::SleepFor(start + interval * static_cast<double>(i) - absl::Now());
    // Also those that are late to be sent, because the socket is full.
    const auto due = static_cast<uint64_t>(absl::FDivDuration(absl::Now() - start, interval));
    queue = std::max(queue, due - answers.taken());
    sent = client.Send(changes.Next());
    if (absl::Now() - start > kPatience * absl::Seconds(seconds)) {
      sent = absl::DeadlineExceededError("the deltas take too long");
    }
  }
  if (!sent.ok()) daemon->Stop();  // or the answers would be waited for
  taker.join();
  RETURN_IF_ERROR(sent);
  RETURN_IF_ERROR(answers.failure());
  const absl::Duration taken = absl::Now() - start;
  Samples waits;
  for (int second = 0; second < seconds; ++second) {
    Samples of_second;
    for (int i = 0; i < per_second; ++i) {
      const absl::Duration wait = answers.waits()[static_cast<size_t>(second * per_second + i)];
      of_second.Add(wait);
      waits.Add(wait);
    }
    figures.Add("p99 of each second", of_second.Quantile(0.99));
  }
  figures.Add("p50", waits.Median());
  figures.Add("p99", waits.Quantile(0.99));
  figures.Add("longest", waits.Quantile(1));
  figures.Add("longest queue", "deltas", static_cast<double>(queue));
  figures.Add("deltas per second", "1/s",
              static_cast<double>(planned) / absl::ToDoubleSeconds(taken));
  figures.Add("deltas per commit", "",
              static_cast<double>(planned) / static_cast<double>(answers.commits()));
  figures.Add("nftsvcd's CPU", "%", 100 * absl::FDivDuration(daemon->CpuTime() - cpu, taken));
  figures.Add("resident after", "MB", static_cast<double>(daemon->StatusKib("VmRSS")) / 1024);
  figures.Check("each commit is a revision",
                answers.last().revision() == before.revision() + answers.commits());
  ASSIGN_OR_RETURN(const size_t elements_after, CountElements());
  figures.Check("as many elements as before", planned % 4 != 0 || elements_after == elements);
  return figures.all();
}

}  // namespace nftsvc::bench

// SPDX-License-Identifier: Apache-2.0
//
// nftsvc_bench: what a load and a change cost, by stage and end to end, beside the kernel's own
// share.
//
//   nftsvc_bench NFTSVCD [SERVICES...]        default: 1000 10000
#include <sched.h>

#include <cstdio>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_format.h"
#include "src/base/status_macros.h"
#include "tests/bench/end_to_end.h"
#include "tests/bench/in_process.h"

namespace nftsvc::bench {
namespace {

constexpr uint32_t kEndpoints = 5;
constexpr int kRounds = 7;
constexpr int kDeltas = 200;

void Print(const char* what, const Samples& samples) {
  absl::PrintF("  %-34s %s\n", what, samples.ToString());
}

double Ratio(absl::Duration a, absl::Duration b) { return absl::FDivDuration(a, b); }

absl::Status Run(const std::string& daemon, uint32_t services) {
  ASSIGN_OR_RETURN(const StageTimes stages, MeasureStages(services, kEndpoints, kRounds));
  ASSIGN_OR_RETURN(const EndToEndTimes times,
                   MeasureEndToEnd(daemon, services, kEndpoints, kRounds, kDeltas));
  RETURN_IF_ERROR(RemoveTables());
  absl::PrintF("%d services x %d endpoints, milliseconds: min / median / max\n", services,
               kEndpoints);
  Print("validate", stages.validate);
  Print("resolve", stages.resolve);
  Print("compile", stages.compile);
  Print("plan from empty", stages.plan);
  Print("encode", stages.encode);
  Print("the limit: prebuilt batch, commit", stages.limit);
  Print("push of all, end to end", times.full_push);
  Print("the same push again", times.same_push);
  Print("add one endpoint, end to end", times.add_endpoint);
  Print("replace one endpoint, end to end", times.replace_endpoint);
  absl::PrintF("  push of all / the limit: %.2f (medians)\n",
               Ratio(times.full_push.Median(), stages.limit.Median()));
  absl::PrintF("  p99: add one endpoint %.3f ms, replace one %.3f ms\n",
               absl::ToDoubleMilliseconds(times.add_endpoint.Quantile(0.99)),
               absl::ToDoubleMilliseconds(times.replace_endpoint.Quantile(0.99)));
  absl::PrintF("  %d operations, batch of %.1f MB; nftsvcd: %.1f MB resident, peak %.1f MB\n\n",
               stages.operations, static_cast<double>(stages.batch_bytes) / 1e6,
               static_cast<double>(times.resident_kib) / 1024,
               static_cast<double>(times.peak_kib) / 1024);
  return absl::OkStatus();
}

int Main(int argc, char** argv) {
  if (argc < 2) {
    absl::FPrintF(stderr, "usage: nftsvc_bench NFTSVCD [SERVICES...]\n");
    return 2;
  }
  if (unshare(CLONE_NEWNET) != 0) {
    std::perror("nftsvc_bench: make a network namespace (needs root)");
    return 1;
  }
  std::vector<uint32_t> sizes;
  for (int i = 2; i < argc; ++i) {
    uint32_t size = 0;
    if (!absl::SimpleAtoi(argv[i], &size) || size == 0) {
      absl::FPrintF(stderr, "nftsvc_bench: %s is no number of services\n", argv[i]);
      return 2;
    }
    sizes.push_back(size);
  }
  if (sizes.empty()) sizes = {1'000, 10'000};
  for (const uint32_t size : sizes) {
    const absl::Status status = Run(argv[1], size);
    if (!status.ok()) {
      absl::FPrintF(stderr, "nftsvc_bench: %s\n", status.ToString());
      return 1;
    }
  }
  return 0;
}

}  // namespace
}  // namespace nftsvc::bench

int main(int argc, char** argv) { return nftsvc::bench::Main(argc, argv); }

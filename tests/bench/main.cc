// SPDX-License-Identifier: Apache-2.0
//
// nftsvc_bench: what a load and a change cost, by stage and end to end, beside the kernel's own
// share; the same of kube-proxy's chains; what a new connection costs the kernel; what memory
// session affinity takes.
//
//   nftsvc_bench NFTSVCD                            all of them
//   nftsvc_bench NFTSVCD load [SERVICES...]         default: 1000 10000
//   nftsvc_bench NFTSVCD connections [SERVICES...]  default: 10000
//   nftsvc_bench NFTSVCD memory
//   nftsvc_bench NFTSVCD chains [SERVICES...]       default: 10000
#include <sched.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <span>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "src/base/status_macros.h"
#include "tests/bench/affinity_memory.h"
#include "tests/bench/chains.h"
#include "tests/bench/end_to_end.h"
#include "tests/bench/in_process.h"
#include "tests/bench/new_connections.h"

namespace nftsvc::bench {
namespace {

constexpr uint32_t kMainEndpoints = 5;
constexpr int kMainRounds = 7;
constexpr int kChainRounds = 5;
constexpr int kDeltas = 200;

void Print(const char* what, const Samples& samples) {
  absl::PrintF("  %-34s %s\n", what, samples.ToString());
}

double Ratio(absl::Duration a, absl::Duration b) { return absl::FDivDuration(a, b); }

absl::Status MeasureLoad(const std::string& daemon, uint32_t services) {
  ASSIGN_OR_RETURN(const StageTimes stages, MeasureStages(services, kMainEndpoints, kMainRounds));
  ASSIGN_OR_RETURN(const EndToEndTimes times,
                   MeasureEndToEnd(daemon, services, kMainEndpoints, kMainRounds, kDeltas));
  RETURN_IF_ERROR(RemoveTables());
  absl::PrintF("%d services x %d endpoints, milliseconds: min / median / max\n", services,
               kMainEndpoints);
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

// "min / median / max", each as `format` says.
std::string Spread(std::vector<double> values, const absl::ParsedFormat<'f'>& format) {
  std::sort(values.begin(), values.end());
  return absl::StrCat(absl::StrFormat(format, values.front()), " /",
                      absl::StrFormat(format, values[values.size() / 2]), " /",
                      absl::StrFormat(format, values.back()));
}

absl::Status MeasureConnections(const std::string& daemon, std::span<const uint32_t> sizes) {
  ASSIGN_OR_RETURN(const auto costs, MeasureNewConnections(daemon, sizes));
  absl::PrintF("a new connection in the kernel; each min / median / max of %d rounds\n",
               costs.front().nanoseconds.size());
  absl::PrintF("  %-36s %-22s %-22s %-23s %s\n", "", "nanoseconds", "ratio", "difference, ns",
               "to");
  for (const ConnectionCost& cost : costs) {
    absl::PrintF("  %-36s %s  %s  %s   %s\n", cost.name,
                 Spread(cost.nanoseconds, absl::ParsedFormat<'f'>("%6.0f")),
                 Spread(cost.ratios, absl::ParsedFormat<'f'>("%6.2f")),
                 Spread(cost.differences, absl::ParsedFormat<'f'>("%6.0f")), cost.base);
  }
  absl::PrintF("\n");
  return absl::OkStatus();
}

absl::Status MeasureMemory(const std::string& daemon) {
  ASSIGN_OR_RETURN(const auto uses, MeasureAffinityMemory(daemon));
  absl::PrintF("the kernel's memory for one, in bytes: min / median / max of %d rounds\n",
               uses.front().bytes.size());
  for (const MemoryUse& use : uses) {
    absl::PrintF("  %-44s %s\n", use.what, Spread(use.bytes, absl::ParsedFormat<'f'>("%9.0f")));
  }
  absl::PrintF("\n");
  return absl::OkStatus();
}

absl::Status MeasureChainsOf(const std::string& daemon, uint32_t services) {
  ASSIGN_OR_RETURN(const ChainTimes times,
                   MeasureChains(daemon, services, kMainEndpoints, kChainRounds));
  absl::PrintF(
      "%d services x %d endpoints, %d rules of iptables; milliseconds: min / median / max\n",
      services, kMainEndpoints, times.rules);
  Print("emit for iptables-restore", times.emit);
  const LoadTimes& flat = times.loads.front();
  for (const LoadTimes& way : times.loads) {
    absl::PrintF("  %s (medians / those of FLAT: %.1f and %.1f)\n", way.way,
                 Ratio(way.load.Median(), flat.load.Median()),
                 Ratio(way.add_endpoint.Median(), flat.add_endpoint.Median()));
    Print("  load all", way.load);
    Print("  add one endpoint", way.add_endpoint);
  }
  absl::PrintF("\n");
  return absl::OkStatus();
}

// `what`: one of the words above; empty: all.
absl::Status Measure(const std::string& daemon, absl::string_view what,
                     std::span<const uint32_t> sizes) {
  if (what.empty() || what == "load") {
    const std::vector<uint32_t> usual = {1'000, 10'000};
    for (const uint32_t size : sizes.empty() ? std::span<const uint32_t>(usual) : sizes) {
      RETURN_IF_ERROR(MeasureLoad(daemon, size));
    }
  }
  if (what.empty() || what == "connections") {
    const std::vector<uint32_t> usual = {10'000};
    RETURN_IF_ERROR(
        MeasureConnections(daemon, sizes.empty() ? std::span<const uint32_t>(usual) : sizes));
  }
  if (what.empty() || what == "memory") RETURN_IF_ERROR(MeasureMemory(daemon));
  // Last: it leaves the network namespace for others.
  if (what.empty() || what == "chains") {
    const std::vector<uint32_t> usual = {10'000};
    for (const uint32_t size : sizes.empty() ? std::span<const uint32_t>(usual) : sizes) {
      RETURN_IF_ERROR(MeasureChainsOf(daemon, size));
    }
  }
  return absl::OkStatus();
}

int Main(int argc, char** argv) {
  const std::string what = argc > 2 ? argv[2] : "";
  constexpr std::array<absl::string_view, 5> kWords = {"", "load", "connections", "memory",
                                                       "chains"};
  if (argc < 2 || std::find(kWords.begin(), kWords.end(), what) == kWords.end()) {
    absl::FPrintF(stderr,
                  "usage: nftsvc_bench NFTSVCD [load|connections|memory|chains [SERVICES...]]\n");
    return 2;
  }
  if (unshare(CLONE_NEWNET) != 0) {
    std::perror("nftsvc_bench: make a network namespace (needs root)");
    return 1;
  }
  std::vector<uint32_t> sizes;
  for (int i = 3; i < argc; ++i) {
    uint32_t size = 0;
    if (!absl::SimpleAtoi(argv[i], &size) || size == 0) {
      absl::FPrintF(stderr, "nftsvc_bench: %s is no number of services\n", argv[i]);
      return 2;
    }
    sizes.push_back(size);
  }
  const absl::Status status = Measure(argv[1], what, sizes);
  if (status.ok()) return 0;
  absl::FPrintF(stderr, "nftsvc_bench: %s\n", status.ToString());
  return 1;
}

}  // namespace
}  // namespace nftsvc::bench

int main(int argc, char** argv) { return nftsvc::bench::Main(argc, argv); }

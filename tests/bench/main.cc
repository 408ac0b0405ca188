// SPDX-License-Identifier: Apache-2.0
//
// nftsvc_bench: what nftsvcd costs, beside the kernel's own share. bench.py runs it beside others.
//
//   nftsvc_bench NFTSVCD load [PROFILE...]         loads and changes, by stage and end to end
//   nftsvc_bench NFTSVCD sustain [PROFILE...]      many changes a second
//   nftsvc_bench NFTSVCD upkeep [PROFILE...]       memory, idling, starts, pushes with one change
//   nftsvc_bench NFTSVCD connections [SERVICES...] what a new connection costs the kernel
//   nftsvc_bench NFTSVCD memory                    what session affinity takes of the kernel's
//   nftsvc_bench - snapshot PROFILE                prints a profile, for nftsvc
//
// Profiles: see MakeProfile. Options, before all that:
//   --csv           a row a value instead of tables
//   --rounds=N      how often everything is measured
//   --deltas=N      changes of single endpoints by `load`
//   --seconds=N     of `sustain`, and of idling by `upkeep`
//   --per-second=N  changes by `sustain`
#include <getopt.h>
#include <sched.h>

#include <algorithm>
#include <cstdio>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "src/base/status_macros.h"
#include "tests/bench/affinity_memory.h"
#include "tests/bench/figures.h"
#include "tests/bench/load.h"
#include "tests/bench/new_connections.h"
#include "tests/bench/profiles.h"
#include "tests/bench/sustain.h"
#include "tests/bench/upkeep.h"

namespace nftsvc::bench {
namespace {

struct Options {
  bool csv = false;
  int rounds = 7;
  int deltas = 200;
  int seconds = 10;
  int per_second = 1'000;
  std::string daemon;
  std::string task;
  std::vector<std::string> names;  // of profiles, or numbers of services
};

using Measurement = std::function<absl::StatusOr<std::vector<Figure>>(const Profile&)>;

void Print(const std::vector<Figure>& figures, const Options& options) {
  std::fputs((options.csv ? ToCsv(figures) : ToTable(figures)).c_str(), stdout);
  std::fflush(stdout);
}

absl::Status MeasureProfiles(const Options& options, const Measurement& measure) {
  for (const std::string& name : options.names) {
    ASSIGN_OR_RETURN(const Profile profile, MakeProfile(name));
    ASSIGN_OR_RETURN(const std::vector<Figure> figures, measure(profile));
    Print(figures, options);
  }
  return absl::OkStatus();
}

absl::Status MeasureConnections(const Options& options) {
  std::vector<uint32_t> sizes;
  for (const std::string& name : options.names) {
    if (!absl::SimpleAtoi(name, &sizes.emplace_back())) {
      return absl::InvalidArgumentError(absl::StrCat(name, " is no number of services"));
    }
  }
  ASSIGN_OR_RETURN(const auto costs, MeasureNewConnections(options.daemon, sizes, options.rounds));
  std::string whole;
  for (const ConnectionCost& cost : costs) {
    // "  with affinity" says what is different from the last one without an indent.
    const bool is_addition = cost.name.starts_with("  ");
    if (!is_addition) whole = cost.name;
    const std::string name =
        is_addition ? absl::StrCat(whole, ",", cost.name.substr(1)) : cost.name;
    Print({{name, "new connection", "ns", cost.nanoseconds},
           {name, absl::StrCat("to ", cost.base), "ratio", cost.ratios},
           {name, absl::StrCat("more than ", cost.base), "ns", cost.differences}},
          options);
  }
  return absl::OkStatus();
}

absl::Status MeasureMemory(const Options& options) {
  ASSIGN_OR_RETURN(const auto uses, MeasureAffinityMemory(options.daemon));
  std::vector<Figure> figures;
  for (const MemoryUse& use : uses) {
    figures.push_back({"session affinity", use.what, "bytes", use.bytes});
  }
  Print(figures, options);
  return absl::OkStatus();
}

absl::Status PrintSnapshot(const Options& options) {
  for (const std::string& name : options.names) {
    ASSIGN_OR_RETURN(const Profile profile, MakeProfile(name));
    const std::string message = profile.snapshot.SerializeAsString();
    if (std::fwrite(message.data(), 1, message.size(), stdout) != message.size()) {
      return absl::InternalError("write the snapshot");
    }
  }
  return absl::OkStatus();
}

absl::Status Measure(Options options) {
  const auto usually = [&options](std::vector<std::string> names) {
    if (options.names.empty()) options.names = std::move(names);
  };
  const std::string& daemon = options.daemon;
  if (options.task == "load") {
    usually({"1000x5", "10000x5"});
    return MeasureProfiles(options, [&](const Profile& profile) {
      return MeasureLoad(daemon, profile, options.rounds, options.deltas);
    });
  }
  if (options.task == "sustain") {
    usually({"10000x5"});
    return MeasureProfiles(options, [&](const Profile& profile) {
      return MeasureSustained(daemon, profile, options.per_second, options.seconds);
    });
  }
  if (options.task == "upkeep") {
    usually({"10000x5"});
    return MeasureProfiles(options, [&](const Profile& profile) {
      return MeasureUpkeep(daemon, profile, options.rounds, absl::Seconds(options.seconds));
    });
  }
  if (options.task == "connections") {
    usually({"10000"});
    return MeasureConnections(options);
  }
  if (options.task == "memory") return MeasureMemory(options);
  if (options.task == "snapshot") return PrintSnapshot(options);
  return absl::InvalidArgumentError("see the head of tests/bench/main.cc for how it is called");
}

bool ParseOptions(int argc, char** argv, Options& options) {
  const std::map<int, int*> numbers = {{'r', &options.rounds},
                                       {'d', &options.deltas},
                                       {'s', &options.seconds},
                                       {'p', &options.per_second}};
  static const option kLongOptions[] = {{"csv", no_argument, nullptr, 'c'},
                                        {"rounds", required_argument, nullptr, 'r'},
                                        {"deltas", required_argument, nullptr, 'd'},
                                        {"seconds", required_argument, nullptr, 's'},
                                        {"per-second", required_argument, nullptr, 'p'},
                                        {}};
  for (int flag; (flag = getopt_long(argc, argv, "+", kLongOptions, nullptr)) != -1;) {
    if (flag == 'c') {
      options.csv = true;
      continue;
    }
    const auto number = numbers.find(flag);
    if (number == numbers.end() || !absl::SimpleAtoi(optarg, number->second) ||
        *number->second <= 0) {
      return false;
    }
  }
  if (argc - optind < 2) return false;
  options.daemon = argv[optind];
  options.task = argv[optind + 1];
  options.names.assign(argv + optind + 2, argv + argc);
  return true;
}

int Main(int argc, char** argv) {
  Options options;
  if (!ParseOptions(argc, argv, options)) {
    absl::FPrintF(stderr, "usage: nftsvc_bench [OPTION...] NFTSVCD TASK [PROFILE...]\n");
    return 2;
  }
  if (options.task != "snapshot" && unshare(CLONE_NEWNET) != 0) {
    std::perror("nftsvc_bench: make a network namespace (needs root)");
    return 1;
  }
  const absl::Status status = Measure(std::move(options));
  if (status.ok()) return 0;
  absl::FPrintF(stderr, "nftsvc_bench: %s\n", status.ToString());
  return 1;
}

}  // namespace
}  // namespace nftsvc::bench

int main(int argc, char** argv) { return nftsvc::bench::Main(argc, argv); }

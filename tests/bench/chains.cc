// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/chains.h"

#include <sched.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"
#include "src/base/status_macros.h"
#include "src/forwarding/resolve.h"
#include "src/iptables/compile.h"
#include "src/iptables/plan.h"
#include "src/model/validate.h"
#include "src/wire/snapshot_codec.h"
#include "tests/bench/end_to_end.h"
#include "tests/bench/node.h"
#include "tests/bench/workload.h"

namespace nftsvc::bench {
namespace {

absl::Status EnterFreshNamespace() {
  if (unshare(CLONE_NEWNET) == 0) return absl::OkStatus();
  return absl::ErrnoToStatus(errno, "make a network namespace");
}

absl::StatusOr<forwarding::ForwardingTable> TableOf(const v1::Snapshot& message) {
  model::Snapshot snapshot;
  model::Validator validator(snapshot, model::Validator::Scope::kSnapshot,
                             model::Validator::Refuse::kAll);
  wire::Upsert(message, validator);
  const model::Validation validation = std::move(validator).Finish();
  if (!validation.issues.empty()) {
    return absl::InternalError(validation.issues.front().ToString());
  }
  snapshot.Apply(validation.changes);
  return forwarding::Resolve(snapshot, {}, forwarding::NoSlots);
}

iptables::Ruleset CompileV4(const forwarding::ForwardingTable& table) {
  return iptables::Compile(table, base::Family::kIPv4, {});
}

// The texts that put the chains up and that add an endpoint to the service in the middle.
struct ChainTexts {
  std::string load;
  std::string add_endpoint;
};

absl::StatusOr<ChainTexts> MakeTexts(uint32_t services, uint32_t endpoints, int rounds,
                                     ChainTimes& times) {
  v1::Snapshot message = MakeSnapshot(services, endpoints);
  ASSIGN_OR_RETURN(const forwarding::ForwardingTable table, TableOf(message));
  ChainTexts texts;
  for (int round = 0; round < rounds; ++round) {
    texts.load = times.emit.Time([&] { return iptables::Print(CompileV4(table)); });
  }
  const iptables::Ruleset before = CompileV4(table);
  for (const iptables::Table& of_kind : before.tables) {
    times.rules += of_kind.jumps.size();
    for (const iptables::Chain& chain : of_kind.chains) times.rules += chain.rules.size();
  }
  *message.mutable_services(static_cast<int>(services / 2))->mutable_ports(0)->add_endpoints() =
      MakeSpareEndpoint(1);
  ASSIGN_OR_RETURN(const forwarding::ForwardingTable more, TableOf(message));
  texts.add_endpoint = iptables::PlanChanges(before, CompileV4(more)).restore;
  return texts;
}

absl::Status MeasureRestore(const std::string& program, const ChainTexts& texts, int rounds,
                            LoadTimes& times) {
  for (int round = 0; round < rounds; ++round) {
    RETURN_IF_ERROR(EnterFreshNamespace());
    RETURN_IF_ERROR(
        times.load.Time([&] { return Run(absl::StrCat(program, " --noflush"), texts.load); }));
    RETURN_IF_ERROR(times.add_endpoint.Time(
        [&] { return Run(absl::StrCat(program, " --noflush"), texts.add_endpoint); }));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<ChainTimes> MeasureChains(const std::string& daemon_path, uint32_t services,
                                         uint32_t endpoints, int rounds) {
  ChainTimes times;
  ASSIGN_OR_RETURN(const ChainTexts texts, MakeTexts(services, endpoints, rounds, times));
  for (const char* layout : {"FLAT", "VERDICT_MAPS"}) {
    RETURN_IF_ERROR(EnterFreshNamespace());
    const auto deltas = static_cast<int>(std::min<uint32_t>(services, 50));
    ASSIGN_OR_RETURN(EndToEndTimes seen, MeasureEndToEnd(daemon_path, services, endpoints, rounds,
                                                         deltas, absl::StrCat("layout: ", layout)));
    times.loads.push_back({.way = absl::StrCat("nftsvcd, layout ", layout),
                           .load = std::move(seen.full_push),
                           .add_endpoint = std::move(seen.add_endpoint)});
  }
  for (const char* program : {"iptables-legacy-restore", "iptables-nft-restore"}) {
    LoadTimes& of_program = times.loads.emplace_back();
    of_program.way = program;
    RETURN_IF_ERROR(MeasureRestore(program, texts, rounds, of_program));
  }
  return times;
}

}  // namespace nftsvc::bench

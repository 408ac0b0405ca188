// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/in_process.h"

#include <chrono>
#include <utility>

#include "src/base/status_macros.h"
#include "src/forwarding/resolve.h"
#include "src/model/validate.h"
#include "src/netlink/commit.h"
#include "src/netlink/encode_transaction.h"
#include "src/netlink/kernel.h"
#include "src/netlink/socket.h"
#include "src/nft/compile.h"
#include "src/nft/plan.h"
#include "src/wire/snapshot_codec.h"
#include "tests/bench/workload.h"

namespace nftsvc::bench {
namespace {

// The tables without services, and with sets of the size that `counts` needs: what is there before
// the elements come.
absl::Status CommitEmptyTables(netlink::Kernel& kernel, const nft::Ruleset& full) {
  nft::Ruleset empty{.skeleton = full.skeleton, .elements = {}, .counts = full.counts};
  RETURN_IF_ERROR(RemoveTables());
  ASSIGN_OR_RETURN(const reconcile::Generation generation, kernel.CurrentGeneration());
  return kernel.Commit(nft::Plan({}, empty), generation).status();
}

// Only the elements' part of the plan.
nft::Transaction ElementsOnly(nft::Transaction transaction) {
  std::erase_if(transaction.operations, [](const nft::Operation& operation) {
    return !std::holds_alternative<nft::AddElement>(operation);
  });
  return transaction;
}

}  // namespace

absl::Status RemoveTables() {
  ASSIGN_OR_RETURN(const auto kernel, netlink::Kernel::Open());
  ASSIGN_OR_RETURN(const auto seen, kernel->Observe());
  nft::Transaction transaction;
  for (const base::Family family : base::kFamilies) {
    if (seen.inventory.tables[static_cast<size_t>(family)].has_value()) {
      transaction.operations.push_back(nft::DeleteTable{family});
    }
  }
  return kernel->Commit(transaction, seen.generation).status();
}

absl::StatusOr<StageTimes> MeasureStages(uint32_t services, uint32_t endpoints, int rounds) {
  StageTimes times;
  const v1::Snapshot message = MakeSnapshot(services, endpoints);
  forwarding::HostFacts host;
  host.node_name = "this-node";
  ASSIGN_OR_RETURN(const auto kernel, netlink::Kernel::Open());
  for (int round = 0; round < rounds; ++round) {
    model::Snapshot snapshot;
    model::Validation validation = times.validate.Time([&] {
      model::Validator validator(snapshot, model::Validator::Scope::kSnapshot,
                                 model::Validator::Refuse::kAll);
      wire::Upsert(message, validator);
      return std::move(validator).Finish();
    });
    if (!validation.issues.empty()) {
      return absl::InternalError(validation.issues.front().ToString());
    }
    snapshot.Apply(validation.changes);
    const forwarding::ForwardingTable table = times.resolve.Time(
        [&] { return forwarding::Resolve(snapshot, host, forwarding::NoSlots); });
    const nft::Ruleset ruleset = times.compile.Time([&] { return nft::Compile(table, {}); });
    nft::Transaction transaction = times.plan.Time([&] { return nft::Plan({}, ruleset); });
    times.operations = transaction.operations.size();

    RETURN_IF_ERROR(CommitEmptyTables(*kernel, ruleset));
    transaction = ElementsOnly(std::move(transaction));
    netlink::EncodedTransaction encoded =
        times.encode.Time([&] { return netlink::Encode(transaction, 0); });
    times.batch_bytes = encoded.batch.bytes().size();
    ASSIGN_OR_RETURN(netlink::Socket socket, netlink::Socket::Open());
    RETURN_IF_ERROR(
        times.limit.Time([&] { return netlink::SendBatch(socket, transaction, encoded.batch); }));
  }
  RETURN_IF_ERROR(RemoveTables());
  return times;
}

}  // namespace nftsvc::bench

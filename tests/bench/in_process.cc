// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/in_process.h"

#include <algorithm>
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
#include "tests/bench/node.h"

namespace nftsvc::bench {
namespace {

forwarding::HostFacts Host() {
  forwarding::HostFacts host;
  host.node_name = "this-node";
  host.node_port_addresses = {*base::IpAddress::Parse(Node::kAddress)};
  return host;
}

// The tables without services, and with sets of the size that `counts` needs: what is there before
// the elements come.
absl::Status CommitEmptyTables(netlink::Kernel& kernel, const nft::Ruleset& full) {
  const nft::Ruleset empty{.skeleton = full.skeleton,
                           .elements = {},
                           .affinity_maps = full.affinity_maps,
                           .counts = full.counts};
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
  ASSIGN_OR_RETURN(const auto seen, kernel->Observe({}));
  nft::Transaction transaction;
  for (const base::Family family : base::kFamilies) {
    if (seen.inventory.tables[static_cast<size_t>(family)].has_value()) {
      transaction.operations.push_back(nft::DeleteTable{family});
    }
  }
  return kernel->Commit(transaction, seen.generation).status();
}

absl::StatusOr<size_t> CountElements() {
  ASSIGN_OR_RETURN(const auto kernel, netlink::Kernel::Open());
  ASSIGN_OR_RETURN(const auto seen, kernel->Observe({}));
  return seen.inventory.elements.size();
}

absl::StatusOr<uint32_t> CurrentGeneration() {
  ASSIGN_OR_RETURN(const auto kernel, netlink::Kernel::Open());
  return kernel->CurrentGeneration();
}

absl::Status DeleteElementOf(const v1::Service& service, nft::SetId set) {
  v1::Snapshot message;
  *message.add_services() = service;
  model::Snapshot snapshot;
  model::Validator validator(snapshot, model::Validator::Scope::kSnapshot,
                             model::Validator::Refuse::kAll);
  wire::Upsert(message, validator);
  snapshot.Apply(std::move(validator).Finish().changes);
  const nft::Ruleset ruleset =
      nft::Compile(forwarding::Resolve(snapshot, Host(), forwarding::NoSlots), {});
  const auto element = std::ranges::find_if(
      ruleset.elements, [set](const nft::Element& e) { return e.id.set == set; });
  if (element == ruleset.elements.end()) return absl::NotFoundError("no such element");
  ASSIGN_OR_RETURN(const auto kernel, netlink::Kernel::Open());
  ASSIGN_OR_RETURN(const reconcile::Generation generation, kernel->CurrentGeneration());
  return kernel->Commit({{nft::DeleteElement{element->id, {}}}}, generation).status();
}

absl::StatusOr<StagesResult> MeasureStages(const v1::Snapshot& message, Figures& figures) {
  const auto time = [&figures](absl::string_view what, auto&& work) {
    Samples samples;
    auto result = samples.Time(work);
    figures.Add(what, samples);
    return result;
  };
  model::Snapshot snapshot;
  model::Validation validation = time("validate", [&] {
    model::Validator validator(snapshot, model::Validator::Scope::kSnapshot,
                               model::Validator::Refuse::kAll);
    wire::Upsert(message, validator);
    return std::move(validator).Finish();
  });
  if (!validation.issues.empty()) {
    return absl::InternalError(validation.issues.front().ToString());
  }
  snapshot.Apply(validation.changes);
  const forwarding::HostFacts host = Host();
  const forwarding::ForwardingTable table =
      time("resolve", [&] { return forwarding::Resolve(snapshot, host, forwarding::NoSlots); });
  const nft::Ruleset ruleset = time("compile", [&] { return nft::Compile(table, {}); });
  nft::Transaction transaction = time("plan", [&] { return nft::Plan({}, ruleset); });
  StagesResult result{.limit = {}, .elements = ruleset.elements.size()};

  ASSIGN_OR_RETURN(const auto kernel, netlink::Kernel::Open());
  RETURN_IF_ERROR(CommitEmptyTables(*kernel, ruleset));
  transaction = ElementsOnly(std::move(transaction));
  netlink::EncodedTransaction encoded =
      time("encode", [&] { return netlink::Encode(transaction, 0); });
  ASSIGN_OR_RETURN(netlink::Socket socket, netlink::Socket::Open());
  Samples limit;
  RETURN_IF_ERROR(
      limit.Time([&] { return netlink::SendBatch(socket, transaction, encoded.batch); }));
  result.limit = limit.Median();
  figures.Add("the limit", limit);
  figures.Add("batch", "MB", static_cast<double>(encoded.batch.bytes().size()) / 1e6);
  return result;
}

}  // namespace nftsvc::bench

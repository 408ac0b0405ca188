// SPDX-License-Identifier: Apache-2.0
#include "src/netlink/kernel.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "src/base/status_macros.h"
#include "src/netlink/clients.h"
#include "src/netlink/commit.h"
#include "src/netlink/counters.h"
#include "src/netlink/encode_element.h"
#include "src/netlink/encode_transaction.h"
#include "src/netlink/errno_status.h"
#include "src/netlink/observe.h"

namespace nftsvc::netlink {
namespace {

using reconcile::Generation;

// Reads the counters that new elements take over, and puts them into the batch.
absl::Status FillCarriedCounters(Socket& socket, const nft::Transaction& transaction,
                                 EncodedTransaction& encoded) {
  const auto sources_of = [&](const EncodedTransaction::Carried& carried) -> auto& {
    return *std::get<nft::AddElement>(transaction.operations[carried.operation]).counters_of;
  };
  std::vector<nft::ElementKey> sources;
  for (const EncodedTransaction::Carried& carried : encoded.carried) {
    const std::vector<nft::ElementKey>& of_one = sources_of(carried);
    sources.insert(sources.end(), of_one.begin(), of_one.end());
  }
  ASSIGN_OR_RETURN(const std::vector<nft::Counter> counters, ReadElementCounters(socket, sources));
  auto next = counters.begin();
  for (const EncodedTransaction::Carried& carried : encoded.carried) {
    nft::Counter sum;
    for (size_t i = 0; i < sources_of(carried).size(); ++i, ++next) {
      sum.packets += next->packets;
      sum.bytes += next->bytes;
    }
    SetCounter(encoded.batch.At(carried.offset), sum);
  }
  return absl::OkStatus();
}

// The kernel counts up for each commit that changes something, and never to zero
// (net/netfilter/nf_tables_api.c: nf_tables_commit).
Generation After(Generation generation) { return generation + 1 == 0 ? 1 : generation + 1; }

// Whether it cannot have been there already. What is deleted was there, or the kernel would have
// refused; a chain is made only where there is none; and a rule is one more.
bool IsChange(const nft::Operation& operation) {
  return std::holds_alternative<nft::DeleteElement>(operation) ||
         std::holds_alternative<nft::DeleteClient>(operation) ||
         std::holds_alternative<nft::DeleteChain>(operation) ||
         std::holds_alternative<nft::DeleteSet>(operation) ||
         std::holds_alternative<nft::DeleteTable>(operation) ||
         std::holds_alternative<nft::AddChain>(operation) ||
         std::holds_alternative<nft::AddRule>(operation);
}

absl::Status Stale() { return absl::AbortedError("commit: the kernel's ruleset has changed"); }

}  // namespace

absl::StatusOr<std::unique_ptr<Kernel>> Kernel::Open() {
  ASSIGN_OR_RETURN(Socket socket, Socket::Open());
  return std::unique_ptr<Kernel>(new Kernel(std::move(socket)));
}

absl::Status Kernel::Reconnect() {
  if (socket_.usable()) return absl::OkStatus();
  ASSIGN_OR_RETURN(socket_, Socket::Open());
  return absl::OkStatus();
}

absl::StatusOr<Generation> Kernel::CurrentGeneration() {
  RETURN_IF_ERROR(Reconnect());
  return ReadGeneration(socket_);
}

absl::StatusOr<reconcile::RulesetStore::Observation> Kernel::Observe(
    const std::vector<nft::Element>& expected, const nft::SetChoice& sets) {
  RETURN_IF_ERROR(Reconnect());
  return ReadTables(socket_, expected, sets);
}

absl::StatusOr<reconcile::RulesetStore::Outline> Kernel::ReadOutline() {
  RETURN_IF_ERROR(Reconnect());
  return netlink::ReadOutline(socket_);
}

absl::StatusOr<Generation> Kernel::Commit(const nft::Transaction& transaction,
                                          Generation expected) {
  RETURN_IF_ERROR(Reconnect());
  if (transaction.empty()) {
    ASSIGN_OR_RETURN(const Generation current, ReadGeneration(socket_));
    return current == expected ? absl::StatusOr<Generation>(current) : Stale();
  }
  if (expected == 0) return Stale();  // no kernel is there; in a batch it would mean any
  RETURN_IF_ERROR(Send(transaction, expected));
  // Not what the kernel says now: that may count others' commits, which must not go unnoticed. But
  // if it stands still, then all that we added was there already.
  if (std::any_of(transaction.operations.begin(), transaction.operations.end(), IsChange)) {
    return After(expected);
  }
  const absl::StatusOr<Generation> current = ReadGeneration(socket_);
  return current.ok() && *current == expected ? expected : After(expected);
}

absl::StatusOr<Generation> Kernel::CommitAtAny(const nft::Transaction& transaction) {
  RETURN_IF_ERROR(Reconnect());
  if (!transaction.empty()) RETURN_IF_ERROR(Send(transaction, /*expected=*/0));
  return ReadGeneration(socket_);
}

absl::Status Kernel::Send(const nft::Transaction& transaction, Generation expected) {
  EncodedTransaction encoded = Encode(transaction, expected);
  RETURN_IF_ERROR(While("commit", FillCarriedCounters(socket_, transaction, encoded)));
  return SendBatch(socket_, transaction, encoded.batch);
}

absl::StatusOr<std::vector<nft::Counter>> Kernel::ReadCounters(
    const std::vector<nft::ElementKey>& elements) {
  RETURN_IF_ERROR(Reconnect());
  return ReadElementCounters(socket_, elements);
}

absl::StatusOr<std::vector<Kernel::Client>> Kernel::ReadClients(base::Family family,
                                                                const std::string& map) {
  RETURN_IF_ERROR(Reconnect());
  return ReadAffinityMap(socket_, family, map);
}

}  // namespace nftsvc::netlink

// SPDX-License-Identifier: Apache-2.0
#include "src/reconcile/remove_tables.h"

#include "absl/strings/str_cat.h"
#include "src/base/status_macros.h"
#include "src/nft/inventory.h"
#include "src/nft/transaction.h"

namespace nftsvc::reconcile {
namespace {

// Somebody else's commit may come between our look at the kernel and our own; this often in a row
// it is no coincidence.
constexpr int kMostRemovals = 10;

absl::Status TryToRemove(RulesetStore& kernel) {
  ASSIGN_OR_RETURN(const RulesetStore::Observation seen, kernel.Observe({}));
  nft::Transaction transaction;
  for (const base::Family family : base::kFamilies) {
    const auto& table = seen.inventory.tables[static_cast<size_t>(family)];
    if (!table) continue;
    if (!table->ours) {
      return absl::FailedPreconditionError(
          absl::StrCat("remove table ", family == base::Family::kIPv4 ? "ip" : "ip6",
                       " nftsvc: it was not made by nftsvcd"));
    }
    transaction.operations.push_back(nft::DeleteTable{family});
  }
  if (transaction.empty()) return absl::OkStatus();
  return kernel.Commit(transaction, seen.generation).status();
}

}  // namespace

absl::Status RemoveTables(RulesetStore& kernel) {
  absl::Status status;
  for (int attempt = 0; attempt < kMostRemovals; ++attempt) {
    status = TryToRemove(kernel);
    if (!absl::IsAborted(status)) break;
  }
  return status;
}

}  // namespace nftsvc::reconcile

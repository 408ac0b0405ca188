// SPDX-License-Identifier: Apache-2.0
#include "src/netlink/refusal.h"

#include <linux/netfilter/nf_tables.h>

#include <cerrno>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "src/netlink/attributes.h"
#include "src/netlink/errno_status.h"
#include "src/netlink/missing_feature.h"

namespace nftsvc::netlink {
namespace {

// Which element of a message's list, from 0, stands at `offset`. None: `offset` is of something
// else.
std::optional<size_t> ElementAt(const nlmsghdr& message, uint32_t offset) {
  const uint16_t type = TableMessageType(message).value_or(NFT_MSG_MAX);
  if (type != NFT_MSG_NEWSETELEM && type != NFT_MSG_DELSETELEM) return std::nullopt;
  const Attributes attributes(message);
  std::optional<size_t> found;
  size_t index = 0;
  ForEachNested(attributes.Find(NFTA_SET_ELEM_LIST_ELEMENTS), [&](const nlattr* element) {
    if (Covers(element, message, offset)) found = index;
    ++index;
  });
  return found;
}

// The refused operation; if the kernel does not tell which of several in a message, these.
std::string OperationText(const nft::Transaction& transaction, const nlmsghdr& message,
                          Batch::Operations operations, const Outcome& complaint) {
  size_t first = operations.first;
  if (operations.count > 1) {
    const std::optional<size_t> index =
        complaint.offset.has_value() ? ElementAt(message, *complaint.offset) : std::nullopt;
    if (!index.has_value() || *index >= operations.count) {
      return absl::StrCat("one of ", operations.count, " from ",
                          nft::Print(transaction.operations[first]), " to ",
                          nft::Print(transaction.operations[first + operations.count - 1]));
    }
    first += *index;
  }
  return nft::Print(transaction.operations[first]);
}

// What the kernel says about the batch as such.
absl::Status BatchRefusal(int error) {
  if (error == EPERM)
    return absl::PermissionDeniedError(absl::StrCat("commit: ", kNeedsCapability));
  if (error == EOPNOTSUPP) {
    return absl::UnimplementedError("commit: kernel lacks nf_tables (CONFIG_NF_TABLES)");
  }
  return ErrnoStatus(error, "commit");
}

}  // namespace

absl::Status Refusal(const nft::Transaction& transaction, const Batch& batch,
                     const std::vector<Outcome>& complaints) {
  const Outcome& complaint = complaints.front();
  const std::optional<Batch::Operations> operations = batch.OperationsOf(complaint.sequence);
  const nlmsghdr* message = batch.MessageOf(complaint.sequence);
  if (!operations.has_value() || message == nullptr) return BatchRefusal(complaint.error);

  const std::string feature = MissingFeature(*message, complaint.error, complaint.offset);
  std::string cause = feature.empty() ? ErrnoText(complaint.error) : feature;
  // A process without CAP_NET_ADMIN is told before any operation is looked at.
  if (complaint.error == EPERM) absl::StrAppend(&cause, " (another process owns the table)");
  if (complaints.size() > 1) {
    absl::StrAppend(&cause, " (and ", complaints.size() - 1, " more failures)");
  }
  return absl::Status(
      feature.empty() ? CodeOf(complaint.error) : absl::StatusCode::kUnimplemented,
      absl::StrCat("commit: ", OperationText(transaction, *message, *operations, complaint), ": ",
                   cause));
}

}  // namespace nftsvc::netlink

// SPDX-License-Identifier: Apache-2.0
#include "src/netlink/commit.h"

#include <linux/netlink.h>

#include <cerrno>
#include <chrono>
#include <optional>
#include <span>
#include <vector>

#include "absl/strings/str_cat.h"
#include "src/base/status_macros.h"
#include "src/netlink/errno_status.h"
#include "src/netlink/message.h"
#include "src/netlink/refusal.h"

namespace nftsvc::netlink {
namespace {

// The kernel answers before our send returns (see Socket), so this is for the case that it does
// not.
constexpr std::chrono::milliseconds kCommitPatience = std::chrono::seconds(5);

// What the kernel answered to a batch.
struct Answers {
  bool acknowledged = false;
  bool lost_some = false;
  std::vector<Outcome> complaints;

  bool any() const { return acknowledged || !complaints.empty(); }
};

void Note(const nlmsghdr& message, const Batch& batch, Answers& answers) {
  const std::optional<Outcome> outcome = OutcomeOf(message);
  if (!outcome.has_value()) return;
  if (outcome->sequence - batch.begin_sequence() >= batch.size()) return;  // to an earlier request
  if (outcome->error != 0) {
    answers.complaints.push_back(*outcome);
  } else if (outcome->sequence == batch.acknowledged_sequence()) {
    answers.acknowledged = true;
  }
}

absl::StatusOr<Answers> ReceiveAnswers(Socket& socket, const Batch& batch) {
  Answers answers;
  while (true) {
    const auto datagram =
        socket.Receive(answers.any() ? std::chrono::milliseconds(0) : kCommitPatience);
    if (absl::IsResourceExhausted(datagram.status()) && !answers.lost_some) {
      answers.lost_some = true;
      continue;
    }
    if (!datagram.ok()) return datagram.status();
    if (datagram->empty()) return answers;
    ForEachMessage(*datagram, [&](const nlmsghdr& message) { Note(message, batch, answers); });
  }
}

}  // namespace

absl::Status SendBatch(Socket& socket, const nft::Transaction& transaction, Batch& batch) {
  batch.SetSequences(socket.TakeSequences(batch.size()));
  RETURN_IF_ERROR(While("commit", socket.Send(batch.bytes())));
  const absl::StatusOr<Answers> answers = ReceiveAnswers(socket, batch);
  if (!answers.ok()) {
    return absl::UnknownError(absl::StrCat("commit: ", answers.status().message()));
  }
  // One complaint is enough for the kernel to have changed nothing, whatever else was lost.
  if (!answers->complaints.empty()) return Refusal(transaction, batch, answers->complaints);
  if (answers->lost_some) return ErrnoStatus(ENOBUFS, "commit");
  if (!answers->acknowledged) return absl::DeadlineExceededError("commit: no answer");
  return absl::OkStatus();
}

}  // namespace nftsvc::netlink

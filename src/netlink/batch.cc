// SPDX-License-Identifier: Apache-2.0
#include "src/netlink/batch.h"

#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include <algorithm>
#include <new>

#include "src/netlink/message.h"

namespace nftsvc::netlink {

Batch::Batch(uint32_t generation) { PutControl(NFNL_MSG_BATCH_BEGIN, generation); }

void Batch::MakeRoom() {
  if (capacity_ - size_ >= kMessageRoom) return;
  const size_t capacity = std::max(2 * capacity_, size_ + kMessageRoom);
  auto* grown = static_cast<uint8_t*>(std::realloc(buffer_.get(), capacity));
  if (grown == nullptr) throw std::bad_alloc();
  static_cast<void>(buffer_.release());
  buffer_.reset(grown);
  capacity_ = capacity;
}

void Batch::Close() {
  if (open_) size_ += MNL_ALIGN(Header(size_)->nlmsg_len);
  open_ = false;
}

nlmsghdr* Batch::Header(size_t offset) { return reinterpret_cast<nlmsghdr*>(At(offset)); }

void Batch::PutControl(uint16_t type, uint32_t generation) {
  MakeRoom();
  nlmsghdr* message = mnl_nlmsg_put_header(At(size_));
  message->nlmsg_type = type;
  message->nlmsg_flags = NLM_F_REQUEST;
  auto* extra = static_cast<nfgenmsg*>(mnl_nlmsg_put_extra_header(message, sizeof(nfgenmsg)));
  extra->nfgen_family = AF_UNSPEC;
  extra->version = NFNETLINK_V0;
  extra->res_id = htons(NFNL_SUBSYS_NFTABLES);
  if (generation != 0) PutNumber(message, NFNL_BATCH_GENID, generation);
  size_ += message->nlmsg_len;
}

nlmsghdr* Batch::Start(uint16_t type, uint16_t flags, base::Family family, size_t operation) {
  Close();
  MakeRoom();
  operations_.push_back({.first = operation, .count = 1});
  open_ = true;
  return StartMessage(At(size_), type, flags, family, /*sequence=*/0);
}

void Batch::FinishAsDryRun() {
  if (open_) Header(size_)->nlmsg_flags |= NLM_F_ACK;
  Close();
}

void Batch::Finish() {
  FinishAsDryRun();
  PutControl(NFNL_MSG_BATCH_END, 0);
}

void Batch::SetSequences(uint32_t first) {
  first_sequence_ = first;
  uint32_t sequence = first;
  for (size_t offset = 0; offset < size_; offset += MNL_ALIGN(Header(offset)->nlmsg_len)) {
    Header(offset)->nlmsg_seq = sequence++;
  }
}

std::optional<Batch::Operations> Batch::OperationsOf(uint32_t sequence) const {
  const uint32_t index = sequence - first_sequence_ - 1;  // wraps for the begin
  if (index >= operations_.size()) return std::nullopt;
  return operations_[index];
}

const nlmsghdr* Batch::MessageOf(uint32_t sequence) const {
  const nlmsghdr* found = nullptr;
  ForEachMessage(bytes(), [&](const nlmsghdr& message) {
    if (message.nlmsg_seq == sequence) found = &message;
  });
  return found;
}

size_t Batch::OffsetOf(const void* at) const {
  return static_cast<size_t>(static_cast<const uint8_t*>(at) - buffer_.get());
}

}  // namespace nftsvc::netlink

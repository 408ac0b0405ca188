// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "src/base/family.h"

struct nlmsghdr;

namespace nftsvc::netlink {

// An nf_tables transaction as the kernel takes it: one datagram of messages between a begin and an
// end, applied whole or not at all (net/netfilter/nfnetlink.c: nfnetlink_rcv_batch). Each message
// carries out one operation of an nft::Transaction, or several neighbours; the batch remembers
// which, so that the kernel's answers can be traced back.
class Batch {
 public:
  // The operations of one message.
  struct Operations {
    size_t first = 0;
    size_t count = 0;
  };

  // Begins a batch that the kernel refuses with ERESTART unless its ruleset's generation is
  // `generation` (0: any).
  explicit Batch(uint32_t generation);

  // Starts the next message, see StartMessage. It is valid until the next Start or Finish.
  nlmsghdr* Start(uint16_t type, uint16_t flags, base::Family family, size_t operation);

  // The message started last also carries out the next operation.
  void Extend() { ++operations_.back().count; }

  // Ends the batch. The last message is to be acknowledged: success is silent else. (Kernels before
  // 6.12 ignore the wish for an acknowledgement on the batch's end itself.)
  void Finish();

  // Leaves out the end, without which the kernel checks everything and then forgets it. The last
  // message is to be acknowledged, as with Finish.
  void FinishAsDryRun();

  // How many sequence numbers it takes.
  uint32_t size() const { return static_cast<uint32_t>(operations_.size()) + 2; }
  bool empty() const { return operations_.empty(); }

  // Numbers the messages from `first` on. Requires: finished.
  void SetSequences(uint32_t first);
  uint32_t begin_sequence() const { return first_sequence_; }
  uint32_t acknowledged_sequence() const { return first_sequence_ + size() - 2; }

  // The operations of the message with a number; none: the begin, the end, or not of this batch.
  std::optional<Operations> OperationsOf(uint32_t sequence) const;
  const nlmsghdr* MessageOf(uint32_t sequence) const;

  // The batch so far, up to the end of the last finished message.
  std::span<const uint8_t> bytes() const { return {buffer_.get(), size_}; }

  // For what is only known after encoding: where `at`, which is in the message started last, will
  // be found for as long as the batch lives.
  size_t OffsetOf(const void* at) const;
  uint8_t* At(size_t offset) { return buffer_.get() + offset; }

 private:
  struct Free {
    void operator()(uint8_t* memory) const { std::free(memory); }
  };

  void MakeRoom();
  void Close();
  void PutControl(uint16_t type, uint32_t generation);
  nlmsghdr* Header(size_t offset);

  // Grown with realloc(3), which moves pages, not bytes, when it is large.
  std::unique_ptr<uint8_t, Free> buffer_;
  size_t capacity_ = 0;
  size_t size_ = 0;
  bool open_ = false;  // a message has been started at size_
  uint32_t first_sequence_ = 0;
  std::vector<Operations> operations_;
};

}  // namespace nftsvc::netlink

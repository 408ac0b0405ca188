// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "src/nft/element.h"
#include "src/nft/transaction.h"

struct nlattr;
struct nlmsghdr;

namespace nftsvc::netlink {

// The list of elements of one message about one set. The hot path: a full load writes hundreds of
// thousands of elements, so they go straight into the message, nothing is allocated.
//
//   ElementList list(message, family, set);
//   while (… && list.HasRoom()) list.PutNew(…);
//   list.Close();
class ElementList {
 public:
  // Puts the set's name and opens the list.
  ElementList(nlmsghdr* message, absl::string_view set);

  // Whether another element fits, however large.
  bool HasRoom() const;

  // An element to be made. Returns where its counter's value stands in the message, for SetCounter;
  // null unless `with_counter`. An element without one starts at zero.
  uint8_t* PutNew(const nft::Element& element, bool with_counter);

  // An element to be looked up or deleted; an empty key means the set's catch-all element.
  // `range_end`: of an interval set, else empty.
  void PutKey(const nft::ElementKey& id, const nft::Bytes& range_end);

  void Close();

 private:
  void PutBytes(uint16_t attribute, const nft::Bytes& bytes);
  void PutVerdict(const nft::Element& element);
  void PutComment(absl::string_view comment);

  nlmsghdr* message_;
  nlattr* list_;
};

void SetCounter(uint8_t* at, const nft::Counter& counter);

}  // namespace nftsvc::netlink

// SPDX-License-Identifier: Apache-2.0
#include "src/netlink/encode_transaction.h"

#include <libmnl/libmnl.h>
#include <linux/netfilter/nf_tables.h>

#include <optional>
#include <utility>

#include "src/netlink/encode_element.h"
#include "src/netlink/encode_object.h"
#include "src/netlink/encode_rule.h"
#include "src/netlink/message.h"

namespace nftsvc::netlink {
namespace {

using base::Family;

// One overload for each kind of operation.
class Encoder {
 public:
  explicit Encoder(EncodedTransaction& out) : out_(out) {}

  void Encode(size_t index, const nft::Operation& operation) {
    index_ = index;
    std::visit(*this, operation);
  }

  void Finish() {
    CloseList();
    out_.batch.Finish();
  }

  void operator()(const nft::AddTable& o) {
    PutTable(Start(NFT_MSG_NEWTABLE, NLM_F_CREATE, o.family), o.exclusive);
  }

  void operator()(const nft::DeleteTable& o) {
    PutString(Start(NFT_MSG_DELTABLE, 0, o.family), NFTA_TABLE_NAME, nft::kTableName);
  }

  // Not where it is already: a batch that is sent again, because its outcome was told wrongly,
  // would add its rules a second time.
  void operator()(const nft::AddChain& o) {
    PutChain(Start(NFT_MSG_NEWCHAIN, NLM_F_CREATE | NLM_F_EXCL, o.family), o.name, o.hook);
  }

  void operator()(const nft::DeleteChain& o) {
    PutChain(Start(NFT_MSG_DELCHAIN, 0, o.family), o.name, std::nullopt);
  }

  void operator()(const nft::FlushChain& o) {
    nlmsghdr* message = Start(NFT_MSG_DELRULE, 0, o.family);  // without a handle: all rules
    PutString(message, NFTA_RULE_TABLE, nft::kTableName);
    PutString(message, NFTA_RULE_CHAIN, o.name);
  }

  void operator()(const nft::AddRule& o) {
    PutRule(Start(NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND, o.family), o.rule, o.chain,
            o.family);
  }

  void operator()(const nft::AddSet& o) {
    PutSet(Start(NFT_MSG_NEWSET, NLM_F_CREATE, o.family), o, static_cast<uint32_t>(index_) + 1);
  }

  void operator()(const nft::DeleteSet& o) {
    nlmsghdr* message = Start(NFT_MSG_DELSET, 0, o.family);
    PutString(message, NFTA_SET_TABLE, nft::kTableName);
    PutString(message, NFTA_SET_NAME, o.name);
  }

  void operator()(const nft::AddElement& o) {
    const bool carried = o.counters_of != nullptr;
    const bool counted = o.counter != nft::Counter();
    ElementList& list = ListFor(NFT_MSG_NEWSETELEM, NLM_F_CREATE, o.element.id);
    uint8_t* counter = list.PutNew(o.element, carried || counted);
    if (carried) out_.carried.push_back({index_, out_.batch.OffsetOf(counter)});
    if (!carried && counted) SetCounter(counter, o.counter);
  }

  void operator()(const nft::DeleteClient& o) {
    nlmsghdr* message = Start(NFT_MSG_DELSETELEM, 0, o.family);
    ElementList list(message, o.map);
    list.PutKey(
        {.family = o.family, .set = nft::SetId::kAffinity, .key = nft::AddressKey(o.client)}, {});
    list.Close();
  }

  void operator()(const nft::DeleteElement& o) {
    ListFor(NFT_MSG_DELSETELEM, 0, o.id).PutKey(o.id, o.range_end);
  }

 private:
  // The list of elements that is being written, and what an element must have to go there too.
  struct OpenList {
    ElementList list;
    uint16_t type;
    Family family;
    nft::SetId set;
  };

  void CloseList() {
    if (list_.has_value()) list_->list.Close();
    list_.reset();
  }

  nlmsghdr* Start(uint16_t type, uint16_t flags, Family family) {
    CloseList();
    return out_.batch.Start(type, flags, family, index_);
  }

  ElementList& ListFor(uint16_t type, uint16_t flags, const nft::ElementKey& id) {
    if (list_.has_value() && list_->type == type && list_->set == id.set &&
        list_->family == id.family && list_->list.HasRoom()) {
      out_.batch.Extend();
    } else {
      nlmsghdr* message = Start(type, flags, id.family);
      list_.emplace(
          OpenList{ElementList(message, nft::DeclarationOf(id.set).name), type, id.family, id.set});
    }
    return list_->list;
  }

  EncodedTransaction& out_;
  std::optional<OpenList> list_;
  size_t index_ = 0;
};

}  // namespace

EncodedTransaction Encode(const nft::Transaction& transaction, uint32_t generation) {
  EncodedTransaction encoded{.batch = Batch(generation), .carried = {}};
  Encoder encoder(encoded);
  for (size_t i = 0; i < transaction.operations.size(); ++i) {
    encoder.Encode(i, transaction.operations[i]);
  }
  encoder.Finish();
  return encoded;
}

}  // namespace nftsvc::netlink

// SPDX-License-Identifier: Apache-2.0
#include "src/netlink/encode_object.h"

#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include <vector>

#include "src/netlink/message.h"
#include "src/netlink/set_form.h"
#include "src/netlink/userdata.h"

namespace nftsvc::netlink {
namespace {

void PutUserdata(nlmsghdr* message, uint16_t attribute, const std::vector<uint8_t>& userdata) {
  mnl_attr_put(message, attribute, userdata.size(), userdata.data());
}

void PutDescription(nlmsghdr* message, const SetForm& form, uint32_t size) {
  if (size == 0 && form.ranged_fields.empty()) return;
  nlattr* description = mnl_attr_nest_start(message, NFTA_SET_DESC);
  if (size != 0) PutNumber(message, NFTA_SET_DESC_SIZE, size);
  if (!form.ranged_fields.empty()) {
    nlattr* fields = mnl_attr_nest_start(message, NFTA_SET_DESC_CONCAT);
    for (uint32_t field_size : form.ranged_fields) {
      nlattr* field = mnl_attr_nest_start(message, NFTA_LIST_ELEM);
      PutNumber(message, NFTA_SET_FIELD_LEN, field_size);
      mnl_attr_nest_end(message, field);
    }
    mnl_attr_nest_end(message, fields);
  }
  mnl_attr_nest_end(message, description);
}

}  // namespace

void PutTable(nlmsghdr* message, bool exclusive) {
  std::vector<uint8_t> userdata;
  AppendComment(userdata, nft::kTableComment);
  PutString(message, NFTA_TABLE_NAME, nft::kTableName);
  PutNumber(message, NFTA_TABLE_FLAGS, exclusive ? NFT_TABLE_F_OWNER | kTablePersists : 0);
  PutUserdata(message, NFTA_TABLE_USERDATA, userdata);
}

uint32_t HookNumber(nft::HookPoint point) {
  switch (point) {
    case nft::HookPoint::kPrerouting:
      return NF_INET_PRE_ROUTING;
    case nft::HookPoint::kInput:
      return NF_INET_LOCAL_IN;
    case nft::HookPoint::kForward:
      return NF_INET_FORWARD;
    case nft::HookPoint::kOutput:
      return NF_INET_LOCAL_OUT;
    case nft::HookPoint::kPostrouting:
      return NF_INET_POST_ROUTING;
  }
  return NF_INET_NUMHOOKS;
}

void PutChain(nlmsghdr* message, absl::string_view name, const std::optional<nft::Hook>& hook) {
  PutString(message, NFTA_CHAIN_TABLE, nft::kTableName);
  PutString(message, NFTA_CHAIN_NAME, name);
  if (!hook.has_value()) return;
  PutString(message, NFTA_CHAIN_TYPE, hook->type == nft::ChainType::kNat ? "nat" : "filter");
  PutNumber(message, NFTA_CHAIN_POLICY, NF_ACCEPT);
  nlattr* nest = mnl_attr_nest_start(message, NFTA_CHAIN_HOOK);
  PutNumber(message, NFTA_HOOK_HOOKNUM, HookNumber(hook->point));
  PutNumber(message, NFTA_HOOK_PRIORITY, static_cast<uint32_t>(hook->priority));
  mnl_attr_nest_end(message, nest);
}

void PutSet(nlmsghdr* message, const nft::AddSet& set, uint32_t id) {
  const nft::SetDeclaration& declaration = nft::DeclarationOf(set.set);
  const SetForm form = FormOf(set.set, set.family);
  // The kernel will give it this size.
  const bool implied = declaration.dynamic && set.size == nft::kUnreservedClients;
  PutString(message, NFTA_SET_TABLE, nft::kTableName);
  PutString(message, NFTA_SET_NAME, set.Name());
  PutNumber(message, NFTA_SET_FLAGS, form.flags);
  PutNumber(message, NFTA_SET_KEY_TYPE, form.key_type);
  PutNumber(message, NFTA_SET_KEY_LEN, form.key_size);
  if (form.data_type != 0) PutNumber(message, NFTA_SET_DATA_TYPE, form.data_type);
  if (form.data_size != 0) PutNumber(message, NFTA_SET_DATA_LEN, form.data_size);
  PutNumber(message, NFTA_SET_ID, id);
  PutDescription(message, form, implied ? 0 : set.size);
  PutUserdata(message, NFTA_SET_USERDATA, TypeofUserdata(set.set, set.family));
  if (declaration.counter) {  // for every element
    nlattr* expression = mnl_attr_nest_start(message, NFTA_SET_EXPR);
    PutString(message, NFTA_EXPR_NAME, "counter");
    mnl_attr_nest_end(message, mnl_attr_nest_start(message, NFTA_EXPR_DATA));
    mnl_attr_nest_end(message, expression);
  }
}

}  // namespace nftsvc::netlink

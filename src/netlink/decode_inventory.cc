// SPDX-License-Identifier: Apache-2.0
#include "src/netlink/decode_inventory.h"

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netlink.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "src/netlink/attributes.h"
#include "src/netlink/decode_element.h"
#include "src/netlink/encode_object.h"
#include "src/netlink/message.h"
#include "src/netlink/set_form.h"
#include "src/netlink/userdata.h"

namespace nftsvc::netlink {
namespace {

using base::Family;

// NFTA_SET_COUNT of newer headers (Linux 6.16).
constexpr uint16_t kSetElementCount = 20;

std::optional<nft::HookPoint> HookPointOf(uint32_t number) {
  using enum nft::HookPoint;
  for (nft::HookPoint point : {kPrerouting, kInput, kForward, kOutput, kPostrouting}) {
    if (HookNumber(point) == number) return point;
  }
  return std::nullopt;
}

// Fills in hook and policy. A base chain of a kind that we never make (type route) gets a policy
// that we never set either, so that it is not mistaken for ours.
void DecodeHook(const Attributes& chain, nft::ChainInventory& out) {
  if (!chain.Has(NFTA_CHAIN_HOOK)) return;
  const Attributes hook(chain.Find(NFTA_CHAIN_HOOK));
  const absl::string_view type = chain.String(NFTA_CHAIN_TYPE);
  const std::optional<nft::HookPoint> point =
      HookPointOf(hook.Number(NFTA_HOOK_HOOKNUM).value_or(NF_INET_NUMHOOKS));
  out.hook = nft::Hook{
      .type = type == "nat" ? nft::ChainType::kNat : nft::ChainType::kFilter,
      .point = point.value_or(nft::HookPoint::kPrerouting),
      .priority = static_cast<int>(hook.Number(NFTA_HOOK_PRIORITY).value_or(0)),
  };
  out.policy_accept = point.has_value() && (type == "nat" || type == "filter") &&
                      chain.Number(NFTA_CHAIN_POLICY) == NF_ACCEPT;
}

// Bytes of each field of a concatenation of ranges.
std::vector<uint32_t> DecodeFields(const Attributes& description) {
  std::vector<uint32_t> sizes;
  ForEachNested(description.Find(NFTA_SET_DESC_CONCAT), [&](const nlattr* field) {
    sizes.push_back(Attributes(field).Number(NFTA_SET_FIELD_LEN).value_or(0));
  });
  return sizes;
}

bool IsDeclaredAs(nft::SetId set, Family family, const Attributes& encoded) {
  const Attributes description(encoded.Find(NFTA_SET_DESC));
  SetForm form{.flags = encoded.Number(NFTA_SET_FLAGS).value_or(0),
               .key_type = encoded.Number(NFTA_SET_KEY_TYPE).value_or(0),
               .key_size = encoded.Number(NFTA_SET_KEY_LEN).value_or(0),
               .data_type = encoded.Number(NFTA_SET_DATA_TYPE).value_or(0),
               .data_size = encoded.Number(NFTA_SET_DATA_LEN).value_or(0),
               .ranged_fields = DecodeFields(description)};
  if (form.data_type == NFT_DATA_VERDICT) form.data_size = 0;  // a size of the kernel's own
  const Attributes counter(encoded.Find(NFTA_SET_EXPR));
  const bool has_counter = counter.String(NFTA_EXPR_NAME) == "counter";
  return form == FormOf(set, family) && has_counter == nft::DeclarationOf(set).counter &&
         encoded.Has(NFTA_SET_EXPR) == has_counter && !encoded.Has(NFTA_SET_EXPRESSIONS) &&
         !encoded.Has(NFTA_SET_TIMEOUT) && !encoded.Has(NFTA_SET_OBJ_TYPE);
}

}  // namespace

void InventoryDecoder::Add(const nlmsghdr& message) {
  const std::optional<uint16_t> type = TableMessageType(message);
  if (!type.has_value()) return;
  const std::optional<Family> family = FamilyOf(message);
  if (!family.has_value()) return;
  // The name of the table is the first attribute of all these messages.
  static_assert(NFTA_TABLE_NAME == 1 && NFTA_CHAIN_TABLE == 1 && NFTA_RULE_TABLE == 1 &&
                NFTA_SET_TABLE == 1 && NFTA_SET_ELEM_LIST_TABLE == 1 && NFTA_OBJ_TABLE == 1 &&
                NFTA_FLOWTABLE_TABLE == 1);
  const Attributes attributes(message);
  if (attributes.String(NFTA_TABLE_NAME) != nft::kTableName) return;
  if (*type == NFT_MSG_NEWTABLE) {
    return AddTable(attributes, *family, message.nlmsg_pid);
  }

  std::optional<nft::TableInventory>& table = inventory_.tables[static_cast<size_t>(*family)];
  if (!table.has_value()) return;
  switch (*type) {
    case NFT_MSG_NEWCHAIN:
      return AddChain(attributes, *family);
    case NFT_MSG_NEWRULE:
      return AddRule(attributes, *family);
    case NFT_MSG_NEWSET:
      return AddSet(attributes, *family);
    case NFT_MSG_NEWSETELEM:
      return AddElements(attributes, *family);
    case NFT_MSG_NEWOBJ:
    case NFT_MSG_NEWFLOWTABLE:
      table->other_objects = true;
      return;
  }
}

void InventoryDecoder::AddTable(const Attributes& encoded, Family family, uint32_t reader) {
  const uint32_t flags = encoded.Number(NFTA_TABLE_FLAGS).value_or(0);
  nft::TableInventory table;
  table.ours = CommentIn(encoded.Bytes(NFTA_TABLE_USERDATA)) == nft::kTableComment;
  table.dormant = (flags & NFT_TABLE_F_DORMANT) != 0;
  table.exclusive = (flags & kTablePersists) != 0;
  table.is_mine = encoded.Number(NFTA_TABLE_OWNER) == reader;
  inventory_.tables[static_cast<size_t>(family)] = std::move(table);
}

void InventoryDecoder::AddChain(const Attributes& encoded, Family family) {
  // Such a chain is a part of the rule that jumps to it, and has no name that anyone could use.
  if ((encoded.Number(NFTA_CHAIN_FLAGS).value_or(0) & NFT_CHAIN_BINDING) != 0) return;
  const size_t index = static_cast<size_t>(family);
  nft::ChainInventory chain;
  chain.name = std::string(encoded.String(NFTA_CHAIN_NAME));
  DecodeHook(encoded, chain);
  std::vector<nft::ChainInventory>& chains = inventory_.tables[index]->chains;
  chains_[index][chain.name] = chains.size();
  chains.push_back(std::move(chain));
}

void InventoryDecoder::AddRule(const Attributes& encoded, Family family) {
  const size_t index = static_cast<size_t>(family);
  const auto chain = chains_[index].find(encoded.String(NFTA_RULE_CHAIN));
  if (chain == chains_[index].end()) return;
  const std::span<const uint8_t> record =
      FindRecord(encoded.Bytes(NFTA_RULE_USERDATA), kRuleDigest);
  uint64_t digest = 0;
  if (record.size() == sizeof(digest)) std::memcpy(&digest, record.data(), sizeof(digest));
  inventory_.tables[index]->chains[chain->second].rules.push_back(digest);
}

void InventoryDecoder::AddSet(const Attributes& encoded, Family family) {
  // Such a set is a part of the rule that names it.
  if ((encoded.Number(NFTA_SET_FLAGS).value_or(0) & NFT_SET_ANONYMOUS) != 0) return;
  nft::SetInventory set;
  set.name = std::string(encoded.String(NFTA_SET_NAME));
  set.id = nft::FindSet(set.name);
  if (set.id.has_value() && !IsDeclaredAs(*set.id, family, encoded)) set.id.reset();
  const Attributes description(encoded.Find(NFTA_SET_DESC));
  set.size = description.Number(NFTA_SET_DESC_SIZE).value_or(0);
  if (set.id.has_value() && *set.id != nft::SetId::kAffinity) {
    counts_[static_cast<size_t>(family)][static_cast<size_t>(*set.id)] =
        encoded.Number(kSetElementCount);
  }
  inventory_.tables[static_cast<size_t>(family)]->sets.push_back(std::move(set));
}

void InventoryDecoder::AddElements(const Attributes& encoded, Family family) {
  const absl::string_view name = encoded.String(NFTA_SET_ELEM_LIST_SET);
  std::vector<nft::SetInventory>& sets = inventory_.tables[static_cast<size_t>(family)]->sets;
  const auto set = std::find_if(sets.begin(), sets.end(), [name](const nft::SetInventory& s) {
    return s.name == name && s.id.has_value();
  });
  if (set == sets.end()) return;
  const nft::SetId id = *set->id;
  ForEachNested(encoded.Find(NFTA_SET_ELEM_LIST_ELEMENTS),
                [&](const nlattr* element) { AddElement(family, id, Attributes(element)); });
}

void InventoryDecoder::AddElement(Family family, nft::SetId set, const Attributes& encoded) {
  std::optional<nft::ElementInventory> decoded = DecodeElement(family, set, encoded);
  if (decoded.has_value()) {
    inventory_.elements.push_back(*std::move(decoded));
    return;
  }
  // Its elements are not what it is declared to hold.
  for (nft::SetInventory& held : inventory_.tables[static_cast<size_t>(family)]->sets) {
    if (held.id == set && held.id != nft::SetId::kAffinity) held.id.reset();
  }
}

std::vector<nft::SetId> InventoryDecoder::DeclaredSets(Family family) const {
  std::vector<nft::SetId> declared;
  for (const nft::SetInventory& set : inventory_.tables[static_cast<size_t>(family)]->sets) {
    // Clients come and go; they are read one map at a time, when it matters.
    if (set.id.has_value() && *set.id != nft::SetId::kAffinity) declared.push_back(*set.id);
  }
  return declared;
}

nft::Inventory InventoryDecoder::Take() {
  for (std::optional<nft::TableInventory>& table : inventory_.tables) {
    if (!table.has_value()) continue;
    const auto by_name = [](const auto& a, const auto& b) { return a.name < b.name; };
    std::sort(table->chains.begin(), table->chains.end(), by_name);
    std::sort(table->sets.begin(), table->sets.end(), by_name);
  }
  return std::move(inventory_);
}

}  // namespace nftsvc::netlink

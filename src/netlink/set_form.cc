// SPDX-License-Identifier: Apache-2.0
#include "src/netlink/set_form.h"

#include <linux/netfilter/nf_tables.h>

namespace nftsvc::netlink {
namespace {

using base::Family;
using nft::Field;
using nft::SetData;

// nft's numbers for data types (nftables 1.0.6, include/datatype.h: enum datatypes).
uint32_t TypeOf(Field field, Family family) {
  switch (field) {
    case Field::kSaddr:
    case Field::kDaddr:
      return family == Family::kIPv4 ? 7 : 8;  // ipv4_addr, ipv6_addr
    case Field::kL4Proto:
      return 12;  // inet_proto
    case Field::kDport:
      return 13;  // inet_service
    case Field::kNumgenRandom:
    case Field::kNumgenInc:
    case Field::kSourceHash:
    case Field::kFlowHash:
      return 4;  // integer
  }
  return 0;
}

// A concatenation's number has six bits for each of its fields.
uint32_t TypeOf(const std::vector<Field>& fields, Family family) {
  uint32_t type = 0;
  for (Field field : fields) type = type << 6 | TypeOf(field, family);
  return type;
}

// Bytes of a field without the padding that it gets in a concatenation.
uint32_t BareSize(Field field, Family family) {
  switch (field) {
    case Field::kL4Proto:
      return 1;
    case Field::kDport:
      return 2;
    case Field::kSaddr:
    case Field::kDaddr:
    case Field::kNumgenRandom:
    case Field::kNumgenInc:
    case Field::kSourceHash:
    case Field::kFlowHash:
      return static_cast<uint32_t>(nft::FieldSize(field, family));
  }
  return 0;
}

}  // namespace

SetForm FormOf(nft::SetId set, Family family) {
  const nft::SetDeclaration& declaration = nft::DeclarationOf(set);
  SetForm form;
  form.key_type = TypeOf(declaration.key, family);
  form.key_size = static_cast<uint32_t>(nft::KeySize(set, family));
  switch (declaration.data) {
    case SetData::kNone:
      break;
    case SetData::kVerdict:
      form.flags |= NFT_SET_MAP;
      form.data_type = NFT_DATA_VERDICT;
      break;
    case SetData::kEndpoint:
      form.flags |= NFT_SET_MAP;
      form.data_type = TypeOf({Field::kDaddr, Field::kDport}, family);
      form.data_size = static_cast<uint32_t>(nft::DataSize(set, family));
      break;
    case SetData::kAddress:
      form.flags |= NFT_SET_MAP;
      form.data_type = TypeOf(Field::kDaddr, family);
      form.data_size = static_cast<uint32_t>(nft::DataSize(set, family));
      break;
  }
  if (declaration.dynamic) form.flags |= NFT_SET_EVAL | NFT_SET_TIMEOUT;
  if (declaration.interval) {
    form.flags |= NFT_SET_INTERVAL | NFT_SET_CONCAT;
    for (Field field : declaration.key) form.ranged_fields.push_back(BareSize(field, family));
  }
  return form;
}

}  // namespace nftsvc::netlink

// SPDX-License-Identifier: Apache-2.0
#include "src/netlink/decode_element.h"

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include <span>
#include <string>

#include "src/netlink/userdata.h"

namespace nftsvc::netlink {
namespace {

std::span<const uint8_t> ValueIn(const Attributes& element, int type) {
  return Attributes(element.Find(type)).Bytes(NFTA_DATA_VALUE);
}

bool HasCounter(const Attributes& element) {
  return Attributes(element.Find(NFTA_SET_ELEM_EXPR)).String(NFTA_EXPR_NAME) == "counter";
}

// What elements of ours never have.
bool HasForeignParts(const Attributes& element, const nft::SetDeclaration& declaration) {
  if (element.Number(NFTA_SET_ELEM_FLAGS).value_or(0) != 0) return true;
  if (HasCounter(element) != declaration.counter) return true;
  for (int type : {NFTA_SET_ELEM_TIMEOUT, NFTA_SET_ELEM_EXPIRATION, NFTA_SET_ELEM_OBJREF,
                   NFTA_SET_ELEM_EXPRESSIONS}) {
    if (element.Has(type)) return true;
  }
  return false;
}

// Whether it is a verdict that ours can have.
bool DecodeVerdict(const Attributes& encoded, nft::Element& element) {
  const Attributes data(encoded.Find(NFTA_SET_ELEM_DATA));
  const Attributes verdict(data.Find(NFTA_DATA_VERDICT));
  const std::optional<uint32_t> code = verdict.Number(NFTA_VERDICT_CODE);
  if (code == static_cast<uint32_t>(NF_DROP)) {
    element.verdict = nft::VerdictCode::kDrop;
    return true;
  }
  if (code == static_cast<uint32_t>(NFT_GOTO)) {
    element.verdict = nft::VerdictCode::kGoto;
    element.chain = verdict.String(NFTA_VERDICT_CHAIN);
    return true;
  }
  return false;
}

}  // namespace

std::optional<nft::Bytes> KeyOf(const Attributes& element) {
  const std::span<const uint8_t> bytes = ValueIn(element, NFTA_SET_ELEM_KEY);
  if (bytes.size() > nft::Bytes::kCapacity) return std::nullopt;
  nft::Bytes key;
  key.Append(bytes);
  return key;
}

nft::Counter CounterOf(const Attributes& element) {
  if (!HasCounter(element)) return {};
  const Attributes expression(element.Find(NFTA_SET_ELEM_EXPR));
  const Attributes counter(expression.Find(NFTA_EXPR_DATA));
  return {.packets = counter.LongNumber(NFTA_COUNTER_PACKETS).value_or(0),
          .bytes = counter.LongNumber(NFTA_COUNTER_BYTES).value_or(0)};
}

std::optional<nft::ElementInventory> DecodeElement(base::Family family, nft::SetId set,
                                                   const Attributes& encoded) {
  const nft::SetDeclaration& declaration = nft::DeclarationOf(set);
  nft::ElementInventory result;
  result.counter = CounterOf(encoded);
  result.foreign = HasForeignParts(encoded, declaration);
  nft::Element& element = result.element;
  element.id.family = family;
  element.id.set = set;

  const std::optional<nft::Bytes> key = KeyOf(encoded);
  if (!key.has_value()) return std::nullopt;
  element.id.key = *key;
  const bool catch_all = nft::IsCatchAll(element.id);
  if (!catch_all && key->size() != nft::KeySize(set, family)) return std::nullopt;

  if (declaration.interval && !catch_all) {
    std::span<const uint8_t> last = ValueIn(encoded, NFTA_SET_ELEM_KEY_END);
    if (last.empty()) last = key->span();  // the kernel leaves it out if it is the first
    if (last.size() != key->size()) return std::nullopt;
    element.value.Append(last);
  }
  if (declaration.data == nft::SetData::kEndpoint) {
    const std::span<const uint8_t> value = ValueIn(encoded, NFTA_SET_ELEM_DATA);
    if (value.size() != nft::DataSize(set, family)) return std::nullopt;
    element.value.Append(value);
  }
  if (declaration.data == nft::SetData::kVerdict && !DecodeVerdict(encoded, element)) {
    result.foreign = true;
  }
  element.comment = CommentIn(encoded.Bytes(NFTA_SET_ELEM_USERDATA));
  return result;
}

}  // namespace nftsvc::netlink

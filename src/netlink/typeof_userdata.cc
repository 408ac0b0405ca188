// SPDX-License-Identifier: Apache-2.0
//
// TypeofUserdata: nft's private notes on a set. Every number here is one of nft's own, stable since
// `typeof` came with nftables 0.9.4, as hosts list sets that other versions have made. Newer
// versions write more; that makes older ones crash, so this keeps to what 1.0.6 writes.
#include <libnftnl/udata.h>
#include <linux/netfilter/nf_tables.h>

#include <memory>
#include <new>

#include "src/netlink/set_form.h"

namespace nftsvc::netlink {
namespace {

using base::Family;
using nft::Field;
using nft::SetData;

// include/expression.h: enum expr_types.
enum ExpressionType : uint32_t {
  kVerdict = 1,
  kPayload = 7,
  kMeta = 9,
  kConcatenation = 13,
  kNumgen = 23,
};

// include/utils.h: enum byteorder.
enum ByteOrder : uint32_t { kInvalid = 0, kHostEndian = 1, kBigEndian = 2 };

// A header's field: include/proto.h, enum proto_desc_id and the enums of each header's fields.
struct PayloadField {
  uint32_t header;
  uint32_t field;
};

PayloadField FieldOf(Field field, Family family) {
  constexpr uint32_t kTransportHeader = 11, kIpv4Header = 12, kIpv6Header = 13;
  if (field == Field::kDport) return {kTransportHeader, 2};
  if (family == Family::kIPv4) return {kIpv4Header, field == Field::kSaddr ? 11u : 12u};
  return {kIpv6Header, field == Field::kSaddr ? 8u : 9u};
}

class Userdata {
 public:
  Userdata() : buffer_(nftnl_udata_buf_alloc(NFT_USERDATA_MAXLEN)) {
    if (buffer_ == nullptr) throw std::bad_alloc();
  }

  void PutNumber(uint8_t type, uint32_t value) { nftnl_udata_put_u32(buffer_.get(), type, value); }

  template <typename Body>
  void PutNest(uint8_t type, Body body) {
    nftnl_udata* nest = nftnl_udata_nest_start(buffer_.get(), type);
    body();
    nftnl_udata_nest_end(buffer_.get(), nest);
  }

  std::vector<uint8_t> Take() const {
    const auto* data = static_cast<const uint8_t*>(nftnl_udata_buf_data(buffer_.get()));
    return {data, data + nftnl_udata_buf_len(buffer_.get())};
  }

 private:
  struct Free {
    void operator()(nftnl_udata_buf* buffer) const { nftnl_udata_buf_free(buffer); }
  };
  std::unique_ptr<nftnl_udata_buf, Free> buffer_;
};

// The number of an expression's kind, and what that kind says about itself.
template <typename Body>
void PutExpression(Userdata& out, ExpressionType type, Body body) {
  out.PutNumber(NFTNL_UDATA_SET_TYPEOF_EXPR, type);
  out.PutNest(NFTNL_UDATA_SET_TYPEOF_DATA, body);
}

void PutField(Userdata& out, Field field, Family family) {
  switch (field) {
    case Field::kSaddr:
    case Field::kDaddr:
    case Field::kDport:
      PutExpression(out, kPayload, [&] {
        const PayloadField payload = FieldOf(field, family);
        out.PutNumber(0, payload.header);
        out.PutNumber(1, payload.field);
      });
      break;
    case Field::kL4Proto:
      PutExpression(out, kMeta, [&] { out.PutNumber(0, NFT_META_L4PROTO); });
      break;
    case Field::kNumgenRandom:
    case Field::kNumgenInc:
    case Field::kSourceHash:
    case Field::kFlowHash:
      PutExpression(out, kNumgen, [&] {
        out.PutNumber(0, NFT_NG_RANDOM);
        out.PutNumber(1, 65'536);  // the modulus in PrintSetHeader's text
        out.PutNumber(2, 0);       // the offset
      });
      break;
  }
}

// nft(8): "ip daddr", or "ip daddr . th dport".
void PutFields(Userdata& out, const std::vector<Field>& fields, Family family) {
  if (fields.size() == 1) return PutField(out, fields.front(), family);
  PutExpression(out, kConcatenation, [&] {
    for (size_t i = 0; i < fields.size(); ++i) {
      out.PutNest(static_cast<uint8_t>(i), [&] { PutField(out, fields[i], family); });
    }
  });
}

ByteOrder KeyByteOrder(const std::vector<Field>& fields) {
  if (fields.size() > 1) return kInvalid;
  return fields.front() == Field::kL4Proto || fields.front() == Field::kNumgenRandom ? kHostEndian
                                                                                     : kBigEndian;
}

}  // namespace

std::vector<uint8_t> TypeofUserdata(nft::SetId set, Family family) {
  const nft::SetDeclaration& declaration = nft::DeclarationOf(set);
  const bool is_map = declaration.data != SetData::kNone;
  Userdata out;
  out.PutNumber(NFTNL_UDATA_SET_KEYBYTEORDER, KeyByteOrder(declaration.key));
  if (is_map) {
    out.PutNumber(NFTNL_UDATA_SET_DATABYTEORDER,
                  declaration.data == SetData::kAddress ? kBigEndian : kInvalid);
  }
  out.PutNest(NFTNL_UDATA_SET_KEY_TYPEOF, [&] { PutFields(out, declaration.key, family); });
  if (declaration.data == SetData::kVerdict) {
    out.PutNest(NFTNL_UDATA_SET_DATA_TYPEOF, [&] { PutExpression(out, kVerdict, [] {}); });
  }
  if (declaration.data == SetData::kEndpoint) {
    out.PutNest(NFTNL_UDATA_SET_DATA_TYPEOF, [&] {
      PutFields(out, {Field::kDaddr, Field::kDport}, family);
    });
  }
  if (declaration.data == SetData::kAddress) {
    out.PutNest(NFTNL_UDATA_SET_DATA_TYPEOF, [&] { PutField(out, Field::kDaddr, family); });
  }
  if (is_map) out.PutNumber(NFTNL_UDATA_SET_DATA_INTERVAL, 0);
  return out.Take();
}

}  // namespace nftsvc::netlink

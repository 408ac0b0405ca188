// SPDX-License-Identifier: Apache-2.0
#include "src/nft/set.h"

#include "src/base/family.h"

namespace nftsvc::nft {
namespace {

using enum Field;

constexpr std::array<SetId, kSetCount> kSets = {
    SetId::kServices,          SetId::kEndpoints,      SetId::kNodePorts,
    SetId::kNodePortEndpoints, SetId::kNoEndpoints,    SetId::kNoEndpointsNodePorts,
    SetId::kHairpin,           SetId::kClusterIps,     SetId::kNodePortAddresses,
    SetId::kRestricted,        SetId::kAllowedSources, SetId::kProtocols,
};

const std::array<SetDeclaration, kSetCount>& Declarations() {
  static const auto& declarations = *new std::array<SetDeclaration, kSetCount>{{
      {.name = "services",
       .key = {kDaddr, kL4Proto, kDport},
       .data = SetData::kVerdict,
       .counter = true},
      {.name = "endpoints",
       .key = {kDaddr, kL4Proto, kDport, kNumgenRandom},
       .data = SetData::kEndpoint,
       .counter = true},
      {.name = "node-ports", .key = {kL4Proto, kDport}, .data = SetData::kVerdict, .counter = true},
      {.name = "node-port-endpoints",
       .key = {kL4Proto, kDport, kNumgenRandom},
       .data = SetData::kEndpoint,
       .counter = true},
      {.name = "no-endpoints",
       .key = {kDaddr, kL4Proto, kDport},
       .data = SetData::kVerdict,
       .counter = true},
      {.name = "no-endpoints-node-ports",
       .key = {kL4Proto, kDport},
       .data = SetData::kVerdict,
       .counter = true},
      {.name = "hairpin", .key = {kSaddr, kDaddr}},
      {.name = "cluster-ips", .key = {kDaddr}},
      {.name = "node-port-addresses", .key = {kDaddr}},
      {.name = "restricted", .key = {kDaddr, kL4Proto, kDport}},
      {.name = "allowed-sources", .key = {kDaddr, kL4Proto, kDport, kSaddr}, .interval = true},
      {.name = "protocols", .key = {kL4Proto}},
  }};
  return declarations;
}

}  // namespace

size_t FieldSize(Field field, base::Family family) {
  switch (field) {
    case kSaddr:
    case kDaddr:
      return family == base::Family::kIPv4 ? 4 : 16;
    case kL4Proto:
    case kDport:
    case kNumgenRandom:
      return 4;
  }
  return 0;
}

std::span<const SetId> AllSets() { return kSets; }

const SetDeclaration& DeclarationOf(SetId set) { return Declarations()[static_cast<size_t>(set)]; }

std::optional<SetId> FindSet(absl::string_view name) {
  for (SetId set : kSets) {
    if (DeclarationOf(set).name == name) return set;
  }
  return std::nullopt;
}

size_t KeySize(SetId set, base::Family family) {
  if (set == SetId::kProtocols) return 1;  // a key of one field is not padded
  size_t size = 0;
  for (Field field : DeclarationOf(set).key) size += FieldSize(field, family);
  return size;
}

size_t DataSize(SetId set, base::Family family) {
  if (DeclarationOf(set).data != SetData::kEndpoint) return 0;
  return FieldSize(kDaddr, family) + FieldSize(kDport, family);
}

uint32_t CapacityFor(size_t count) {
  constexpr uint64_t kSmallest = 768;  // 1,024 buckets
  uint64_t capacity = kSmallest;
  while (capacity < count + count / 3) capacity *= 2;
  return static_cast<uint32_t>(capacity);
}

}  // namespace nftsvc::nft

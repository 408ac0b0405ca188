// SPDX-License-Identifier: Apache-2.0
#include "src/nft/set.h"

#include "absl/strings/match.h"
#include "src/base/family.h"

namespace nftsvc::nft {
namespace {

using enum Field;

constexpr std::array<SetId, kSetCount> AllSetIds() {
  std::array<SetId, kSetCount> sets{};
  for (size_t i = 0; i < sets.size(); ++i) sets[i] = static_cast<SetId>(i);
  return sets;
}

constexpr std::array<SetId, kSetCount> kSets = AllSetIds();
static_assert(static_cast<size_t>(SetId::kAffinity) == kSetCount);

const std::array<SetDeclaration, kSetCount + 1>& Declarations() {
  static const auto& declarations = *new std::array<SetDeclaration, kSetCount + 1>{{
      {.name = "services",
       .key = {kDaddr, kL4Proto, kDport},
       .data = SetData::kVerdict,
       .counter = true},
      {.name = "endpoints",
       .key = {kDaddr, kL4Proto, kDport, kNumgenRandom},
       .data = SetData::kEndpoint,
       .counter = true},
      {.name = "endpoint-chains",
       .key = {kDaddr, kL4Proto, kDport, kNumgenRandom},
       .data = SetData::kVerdict,
       .counter = true},
      {.name = "node-ports", .key = {kL4Proto, kDport}, .data = SetData::kVerdict, .counter = true},
      {.name = "node-port-endpoints",
       .key = {kL4Proto, kDport, kNumgenRandom},
       .data = SetData::kEndpoint,
       .counter = true},
      {.name = "node-port-endpoint-chains",
       .key = {kL4Proto, kDport, kNumgenRandom},
       .data = SetData::kVerdict,
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
      {.name = "allowed-sources", .key = {kDaddr, kL4Proto, kDport, kSaddr}, .interval = true},
      {.name = "protocols", .key = {kL4Proto}},
      {.name = "unsticky", .key = {kL4Proto}, .counter = true},
      {.name = "affinity-", .key = {kSaddr}, .data = SetData::kAddress, .dynamic = true},
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
    case kNumgenInc:
    case kSourceHash:
    case kFlowHash:
      return 4;
  }
  return 0;
}

std::span<const SetId> AllSets() { return kSets; }

const SetDeclaration& DeclarationOf(SetId set) { return Declarations()[static_cast<size_t>(set)]; }

bool IsShared(SetId set) {
  const SetDeclaration& declaration = DeclarationOf(set);
  return declaration.data == SetData::kNone && !declaration.interval;
}

std::optional<SetId> FindSet(absl::string_view name) {
  for (SetId set : kSets) {
    if (DeclarationOf(set).name == name) return set;
  }
  if (absl::StartsWith(name, DeclarationOf(SetId::kAffinity).name)) return SetId::kAffinity;
  return std::nullopt;
}

size_t KeySize(SetId set, base::Family family) {
  const std::vector<Field>& key = DeclarationOf(set).key;
  if (key.size() == 1 && key.front() == kL4Proto) return 1;  // a key of one field is not padded
  size_t size = 0;
  for (Field field : key) size += FieldSize(field, family);
  return size;
}

size_t DataSize(SetId set, base::Family family) {
  switch (DeclarationOf(set).data) {
    case SetData::kNone:
    case SetData::kVerdict:
      return 0;
    case SetData::kEndpoint:
      return FieldSize(kDaddr, family) + FieldSize(kDport, family);
    case SetData::kAddress:
      return FieldSize(kDaddr, family);
  }
  return 0;
}

uint32_t CapacityFor(size_t count) {
  constexpr uint64_t kSmallest = 768;  // 1,024 buckets
  uint64_t capacity = kSmallest;
  while (capacity < count + count / 3) capacity *= 2;
  return static_cast<uint32_t>(capacity);
}

}  // namespace nftsvc::nft

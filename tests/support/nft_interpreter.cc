// SPDX-License-Identifier: Apache-2.0
#include "tests/support/nft_interpreter.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/strings/match.h"

namespace nftsvc::testing {

using nft::ChainType;
using nft::Field;
using nft::HookPoint;

namespace {

// NFT_JUMP_STACK_SIZE in include/net/netfilter/nf_tables.h.
constexpr int kMostNftJumps = 16;

enum class NftFlow : uint8_t {
  kNext,     // the next statement
  kEndRule,  // a match failed or a map lacks the key: the next rule
  kReturn,   // the chain and those that it was entered from by goto are through
  kAccept,   // this base chain is through
  kDrop,
  kReject,
};

bool Contains(const nft::Element& range, const nft::Bytes& key) {
  // The kernel compares concatenated ranges field by field. In ours only the last field, the
  // address, has ranges; the others are the same at both ends.
  size_t offset = 0;
  for (const Field field : nft::DeclarationOf(range.id.set).key) {
    const size_t size = nft::FieldSize(field, range.id.family);
    const auto at = [&](const nft::Bytes& bytes) { return bytes.span().data() + offset; };
    if (std::memcmp(at(key), at(range.id.key), size) < 0) return false;
    if (std::memcmp(at(key), at(range.value), size) > 0) return false;
    offset += size;
  }
  return true;
}

}  // namespace

// One packet on its way through the hooks.
class PacketWalk {
 public:
  PacketWalk(const NftInterpreter& tables, const forwarding::Packet& packet, size_t slot)
      : tables_(tables), packet_(packet), slot_(slot), family_(packet.destination.family()) {}

  Outcome Run() {
    if (packet_.in_interface.empty()) {
      Sent();
    } else {
      Received();
    }
    if (outcome_.verdict == forwarding::Verdict::kNone && translated_) {
      outcome_.verdict = forwarding::Verdict::kForward;
      outcome_.address = packet_.destination;
      outcome_.port = packet_.port;
      outcome_.masquerade = masqueraded_;
    }
    return std::move(outcome_);
  }

  // Statements.
  NftFlow operator()(const nft::MatchAddress& s) {
    const base::IpAddress& address =
        s.field == Field::kSaddr ? packet_.source : packet_.destination;
    return If(s.prefix.Contains(address) != s.negate);
  }
  NftFlow operator()(const nft::MatchInterface& s) {
    const bool same = s.is_prefix ? absl::StartsWith(packet_.in_interface, s.name)
                                  : packet_.in_interface == s.name;
    return If(same != s.negate);
  }
  NftFlow operator()(const nft::MatchDnat&) { return If(translated_); }
  NftFlow operator()(const nft::MatchMark& s) { return If((mark_ & s.bits) != 0); }
  NftFlow operator()(const nft::MatchLocal& s) {
    return If(tables_.IsLocal(s.field == Field::kSaddr ? packet_.source : packet_.destination) !=
              s.negate);
  }
  NftFlow operator()(const nft::MatchSet& s) {
    return If((Lookup(s.key, s.set) != nullptr) != s.negate);
  }
  NftFlow operator()(const nft::Vmap& s) {
    const nft::Element* element = Lookup(s.key, s.map);
    if (element == nullptr) return NftFlow::kEndRule;
    switch (element->verdict) {
      case nft::VerdictCode::kDrop:
        return NftFlow::kDrop;
      case nft::VerdictCode::kGoto:
        return Enter(std::string(element->chain));
      case nft::VerdictCode::kNone:
        break;
    }
    ADD_FAILURE() << "no verdict in " << nft::PrintElement(*element);
    return NftFlow::kDrop;
  }
  NftFlow operator()(const nft::DnatToMap& s) {
    const nft::Element* element = Lookup(s.key, s.map);
    if (element == nullptr) return NftFlow::kEndRule;
    return Translate(nft::AddressIn(family_, element->value),
                     nft::PortAt(element->value, nft::FieldSize(Field::kDaddr, family_)));
  }
  NftFlow operator()(const nft::Dnat& s) {
    ExpectProtocolMatched("dnat");
    return Translate(s.address, s.port);
  }
  NftFlow operator()(const nft::MatchProtocol& s) {
    protocol_matched_ = packet_.protocol == s.protocol;
    return If(protocol_matched_);
  }
  NftFlow operator()(const nft::MatchKept& s) { return If(EndpointKept(s.map) != nullptr); }
  NftFlow operator()(const nft::Keep& s) {
    const auto room = tables_.room_[static_cast<size_t>(family_)].find(s.map);
    if (room == tables_.room_[static_cast<size_t>(family_)].end()) {
      ADD_FAILURE() << "no map " << s.map;
      return NftFlow::kEndRule;
    }
    if (EndpointKept(s.map) != nullptr) return NftFlow::kNext;
    NftInterpreter::Kept& kept = tables_.kept(family_);
    const auto in_map = std::count_if(kept.begin(), kept.end(),
                                      [&](const auto& k) { return k.first.first == s.map; });
    if (static_cast<size_t>(in_map) >= room->second) return NftFlow::kEndRule;
    kept.emplace(std::pair(s.map, packet_.source), s.endpoint);
    return NftFlow::kNext;
  }
  NftFlow operator()(const nft::DnatToKept& s) {
    ExpectProtocolMatched("dnat");
    const base::IpAddress* endpoint = EndpointKept(s.map);
    return endpoint == nullptr ? NftFlow::kEndRule : Translate(*endpoint, s.port);
  }
  NftFlow operator()(const nft::Masquerade&) {
    Expect(ChainType::kNat, {HookPoint::kPostrouting}, "masquerade");
    masqueraded_ = true;
    return NftFlow::kAccept;
  }
  NftFlow operator()(const nft::SetMark& s) {
    mark_ |= s.bits;
    return NftFlow::kNext;
  }
  NftFlow operator()(const nft::FlipMark& s) {
    mark_ ^= s.bits;
    return NftFlow::kNext;
  }
  NftFlow operator()(const nft::Goto& s) { return Enter(s.chain); }
  NftFlow operator()(const nft::Jump& s) {
    const NftFlow flow = Enter(s.chain);
    return flow == NftFlow::kReturn ? NftFlow::kEndRule : flow;
  }
  NftFlow operator()(const nft::Drop&) { return NftFlow::kDrop; }
  NftFlow operator()(const nft::Reject&) {
    Expect(ChainType::kNat, {HookPoint::kPrerouting, HookPoint::kOutput}, "reject");
    return NftFlow::kReject;
  }

 private:
  void Received() {
    if (!Pass(HookPoint::kPrerouting)) return;
    if (tables_.IsLocal(packet_.destination)) {
      Pass(HookPoint::kInput);
    } else if (Pass(HookPoint::kForward)) {
      Pass(HookPoint::kPostrouting);
    }
  }

  void Sent() {
    if (!Pass(HookPoint::kOutput) || !Pass(HookPoint::kPostrouting)) return;
    if (!tables_.IsLocal(packet_.destination)) return;
    // It comes back in through lo. The connection is still new, but what nat chains had to say of
    // its destination has been said (nf_nat_inet_fn: nf_nat_initialized).
    packet_.in_interface = "lo";
    has_been_sent_ = true;
    if (Pass(HookPoint::kPrerouting)) Pass(HookPoint::kInput);
  }

  // Whether the packet comes out at the other end of the hook.
  bool Pass(HookPoint point) {
    for (const nft::Chain* chain : Table().base_chains) {
      if (chain->hook->point != point) continue;
      const bool nat = chain->hook->type == ChainType::kNat;
      if (nat && point == HookPoint::kPrerouting && has_been_sent_) continue;
      hook_ = *chain->hook;
      const NftFlow flow = RunChain(*chain, 0);
      if (flow != NftFlow::kDrop && flow != NftFlow::kReject) continue;
      outcome_.verdict =
          flow == NftFlow::kDrop ? forwarding::Verdict::kDrop : forwarding::Verdict::kReject;
      return false;
    }
    return true;
  }

  NftFlow RunChain(const nft::Chain& chain, int depth) {
    if (depth > kMostNftJumps) {
      ADD_FAILURE() << "more than " << kMostNftJumps << " jumps deep at " << chain.name;
      return NftFlow::kDrop;
    }
    depth_ = depth;
    for (const nft::Rule& rule : chain.rules) {
      const NftFlow flow = RunRule(rule);
      depth_ = depth;
      if (flow != NftFlow::kNext && flow != NftFlow::kEndRule) return flow;
    }
    return NftFlow::kReturn;
  }

  NftFlow RunRule(const nft::Rule& rule) {
    protocol_matched_ = false;
    for (const nft::Statement& statement : rule) {
      const NftFlow flow = std::visit(*this, statement);
      if (flow != NftFlow::kNext) return flow;
    }
    return NftFlow::kNext;
  }

  // Chains entered by goto do not come back to the rule's chain; those entered by jump do.
  NftFlow Enter(const std::string& name) {
    const auto chain = Table().chains.find(name);
    if (chain != Table().chains.end()) return RunChain(*chain->second, depth_ + 1);
    ADD_FAILURE() << "no chain " << name;
    return NftFlow::kDrop;
  }

  NftFlow Translate(const base::IpAddress& address, uint16_t port) {
    Expect(ChainType::kNat, {HookPoint::kPrerouting, HookPoint::kOutput}, "dnat");
    packet_.destination = address;
    packet_.port = port;
    translated_ = true;
    return NftFlow::kAccept;
  }

  // nft accepts ports in a translation only behind such a match in the same rule.
  void ExpectProtocolMatched(const char* statement) const {
    EXPECT_TRUE(protocol_matched_) << statement << " with a port, and any protocol";
  }

  const base::IpAddress* EndpointKept(const std::string& map) const {
    const NftInterpreter::Kept& kept = tables_.kept(family_);
    const auto found = kept.find(std::pair(map, packet_.source));
    return found == kept.end() ? nullptr : &found->second;
  }

  static NftFlow If(bool matches) { return matches ? NftFlow::kNext : NftFlow::kEndRule; }

  void Expect(ChainType type, std::initializer_list<HookPoint> points,
              const char* statement) const {
    const bool right_point = std::find(points.begin(), points.end(), hook_.point) != points.end();
    if (hook_.type == type && right_point) return;
    ADD_FAILURE() << statement << " in " << nft::PrintHook(hook_);
  }

  const nft::Element* Lookup(const nft::Selectors& selectors, nft::SetId set) {
    nft::Bytes key;
    for (const nft::Selector& selector : selectors) {
      Load(selector, key);
      // Fields of a concatenation begin at registers.
      if (selectors.size() > 1) key.AppendZeros((4 - key.size() % 4) % 4);
    }
    return tables_.Find(family_, set, key);
  }

  void Load(const nft::Selector& selector, nft::Bytes& key) {
    switch (selector.field) {
      case Field::kSaddr:
        return key.Append(packet_.source.bytes());
      case Field::kDaddr:
        return key.Append(packet_.destination.bytes());
      case Field::kL4Proto: {
        const auto number = static_cast<uint8_t>(packet_.protocol);
        return key.Append({&number, 1});
      }
      case Field::kDport: {
        const uint8_t port[] = {static_cast<uint8_t>(packet_.port >> 8),
                                static_cast<uint8_t>(packet_.port & 0xff)};
        return key.Append(port);
      }
      case Field::kNumgenRandom:
      case Field::kNumgenInc:
      case Field::kSourceHash:
      case Field::kFlowHash: {
        outcome_.draws.push_back(selector.modulus);
        const auto number = static_cast<uint32_t>(selector.offset + slot_ % selector.modulus);
        uint8_t bytes[sizeof(number)];
        std::memcpy(bytes, &number, sizeof(number));
        return key.Append(bytes);
      }
    }
  }

  const NftInterpreter::Table& Table() const {
    return tables_.tables_[static_cast<size_t>(family_)];
  }

  const NftInterpreter& tables_;
  forwarding::Packet packet_;
  const size_t slot_;
  const base::Family family_;

  nft::Hook hook_;  // that the packet is at
  int depth_ = 0;
  bool protocol_matched_ = false;  // in this rule
  bool has_been_sent_ = false;
  uint32_t mark_ = 0;
  bool translated_ = false;
  bool masqueraded_ = false;
  Outcome outcome_;
};

NftInterpreter::NftInterpreter(const nft::Ruleset& ruleset,
                               std::vector<base::IpAddress> local_addresses)
    : local_addresses_(std::move(local_addresses)) {
  for (size_t family = 0; family < tables_.size(); ++family) {
    Table& table = tables_[family];
    for (const nft::Chain& chain : ruleset.skeleton.chains[family]) {
      table.chains.emplace(chain.name, &chain);
      if (chain.hook.has_value()) table.base_chains.push_back(&chain);
    }
    std::stable_sort(
        table.base_chains.begin(), table.base_chains.end(),
        [](const auto* a, const auto* b) { return a->hook->priority < b->hook->priority; });
  }
  for (size_t family = 0; family < room_.size(); ++family) {
    for (const nft::AffinityMap& map : ruleset.affinity_maps[family]) {
      if (!room_[family].emplace(map.name, map.size).second) ADD_FAILURE() << "twice: " << map.name;
    }
  }
  for (const nft::Element& element : ruleset.elements) {
    if (nft::DeclarationOf(element.id.set).interval) {
      intervals_.push_back(&element);
    } else if (!elements_.emplace(element.id, &element).second) {
      ADD_FAILURE() << "twice in its set: " << nft::PrintElement(element);
    }
  }
}

Outcome NftInterpreter::Run(const forwarding::Packet& packet, size_t slot) const {
  return PacketWalk(*this, packet, slot).Run();
}

const nft::Element* NftInterpreter::Find(base::Family family, nft::SetId set,
                                         const nft::Bytes& key) const {
  if (key.size() != nft::KeySize(set, family)) {
    ADD_FAILURE() << "a key of " << key.size() << " bytes for " << nft::DeclarationOf(set).name;
    return nullptr;
  }
  if (nft::DeclarationOf(set).interval) {
    const auto range =
        std::find_if(intervals_.begin(), intervals_.end(), [&](const nft::Element* e) {
          return e->id.set == set && e->id.family == family && Contains(*e, key);
        });
    return range == intervals_.end() ? nullptr : *range;
  }
  const auto found = elements_.find({.family = family, .set = set, .key = key});
  return found == elements_.end() ? nullptr : found->second;
}

bool NftInterpreter::IsLocal(const base::IpAddress& address) const {
  return address.is_loopback() || std::find(local_addresses_.begin(), local_addresses_.end(),
                                            address) != local_addresses_.end();
}

}  // namespace nftsvc::testing

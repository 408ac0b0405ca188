// SPDX-License-Identifier: Apache-2.0
#include "tests/netlink/sample_ruleset.h"

#include "absl/strings/str_cat.h"
#include "src/netlink/feature_probe.h"

namespace nftsvc::netlink {
namespace {

using base::Family;
using nft::Field;
using nft::SetId;

constexpr char kAffinityMap[] = "affinity-default/my-service/tcp/80/8080";
constexpr char kKeptChain[] = "endpoint-default/my-service/tcp/80/10.0.0.9/8080";

nft::ElementKey Key(Family family, SetId set, nft::Bytes key) {
  nft::ElementKey id;
  id.family = family;
  id.set = set;
  id.key = key;
  return id;
}

nft::Element Plain(Family family, SetId set, nft::Bytes key) {
  nft::Element element;
  element.id = Key(family, set, key);
  return element;
}

nft::Element Verdict(Family family, SetId set, nft::Bytes key, const std::string& chain,
                     const std::string& comment = "") {
  nft::Element element = Plain(family, set, key);
  element.verdict = chain.empty() ? nft::VerdictCode::kDrop : nft::VerdictCode::kGoto;
  element.chain = chain;
  element.comment = comment;
  return element;
}

nft::Bytes Concatenated(nft::Bytes first, std::span<const uint8_t> second) {
  first.Append(second);
  return first;
}

// allowed-sources { frontend . prefix }
nft::Element AllowedSource(const model::FrontendKey& frontend, const base::IpPrefix& prefix) {
  const Family family = prefix.family();
  std::vector<uint8_t> last(prefix.address().bytes().begin(), prefix.address().bytes().end());
  for (size_t bit = prefix.length(); bit < last.size() * 8; ++bit) {
    last[bit / 8] = static_cast<uint8_t>(last[bit / 8] | 0x80 >> bit % 8);
  }
  nft::Element element = Plain(family, SetId::kAllowedSources,
                               Concatenated(nft::FrontendKey(frontend), prefix.address().bytes()));
  element.value = Concatenated(nft::FrontendKey(frontend), last);
  return element;
}

model::FrontendKey NodePort(Family family, uint16_t port) {
  model::FrontendKey frontend;
  frontend.node_port = true;
  frontend.address = Address(family, 0);
  frontend.protocol = base::Protocol::kUdp;
  frontend.port = port;
  return frontend;
}

void AppendElements(Family family, std::vector<nft::Element>& out) {
  const model::FrontendKey frontend = Frontend(family, 1);
  const model::FrontendKey node_port = NodePort(family, 30'080);
  out.push_back(Service(family, 1, "pick-2", "default/my-service:http"));
  out.push_back(Service(family, 2, "pick-1",
                        "a comment with ünïcode, as long as it may be: 127 "
                        "bytes; so this one goes on for quite a while, until "
                        "in the very end all of t"));
  out.push_back(Verdict(family, SetId::kServices, nft::FrontendKey(Frontend(family, 3)), ""));
  for (uint32_t slot : {0u, 1u, 70'000u}) out.push_back(Endpoint(frontend, slot, 9));
  out.back().comment = "default/pod-1";
  out.push_back(Verdict(family, SetId::kNodePorts, nft::FrontendKey(node_port), "pick-1"));
  nft::Element at_node_port = Plain(family, SetId::kNodePortEndpoints, nft::SlotKey(node_port, 0));
  at_node_port.value = nft::EndpointValue(Address(family, 9), 53);
  out.push_back(at_node_port);
  out.push_back(
      Verdict(family, SetId::kNoEndpoints, nft::FrontendKey(Frontend(family, 4)), "refuse"));
  out.push_back(Verdict(family, SetId::kNoEndpointsNodePorts,
                        nft::FrontendKey(NodePort(family, 31'000)), ""));
  const nft::Bytes address = nft::AddressKey(Address(family, 9));
  out.push_back(Plain(family, SetId::kHairpin, Concatenated(address, address.span())));
  out.push_back(Plain(family, SetId::kClusterIps, nft::AddressKey(Address(family, 1))));
  out.push_back(Plain(family, SetId::kNodePortAddresses, nft::AddressKey(Address(family, 200))));
  const bool is_ipv4 = family == Family::kIPv4;
  for (const char* prefix :
       {is_ipv4 ? "172.16.0.0/12" : "fd00:1::/64", is_ipv4 ? "192.0.2.1" : "2001:db8::1",
        is_ipv4 ? "0.0.0.0/4" : "::/5"}) {
    out.push_back(AllowedSource(frontend, *base::IpPrefix::Parse(prefix)));
  }
  for (uint8_t protocol : {6, 17, 132}) {
    out.push_back(Plain(family, SetId::kProtocols, Concatenated({}, {&protocol, 1})));
    out.push_back(Plain(family, SetId::kUnsticky, Concatenated({}, {&protocol, 1})));
  }
  out.push_back(Verdict(family, SetId::kEndpointChains, nft::SlotKey(frontend, 0), kKeptChain));
  out.push_back(
      Verdict(family, SetId::kNodePortEndpointChains, nft::SlotKey(node_port, 1), kKeptChain));
}

// Translates to an endpoint's address that a map or the rule itself tells.
std::vector<nft::Rule> KeepingRules(Family family) {
  const nft::MatchProtocol tcp{base::Protocol::kTcp};
  const base::IpAddress endpoint = Address(family, 9);
  std::vector<nft::Rule> rules = {
      {nft::Keep{kAffinityMap, std::chrono::seconds(90'061), endpoint}, nft::Drop{}},
      {nft::Keep{kAffinityMap, std::chrono::hours(3), endpoint}},
      {tcp, nft::DnatToKept{kAffinityMap, 8080}},
      {nft::MatchProtocol{base::Protocol::kSctp},
       nft::MatchSet{{{Field::kL4Proto}}, false, SetId::kUnsticky}, nft::Dnat{endpoint, 53}},
  };
  // Rules of ours have it only on kernels that can do it.
  const auto features = ProbeFeatures();
  if (features.ok() && features->matches_maps) {
    rules.front().insert(rules.front().begin(), nft::MatchKept{kAffinityMap});
  }
  return rules;
}

// A rule for each way to say each statement.
std::vector<nft::Rule> Rules(Family family) {
  const bool is_ipv4 = family == Family::kIPv4;
  std::vector<nft::Rule> rules;
  for (uint8_t length : {0, 1, 8, 9, 16, 23, 24, 31, 32, 48, 64, 65, 127, 128}) {
    if (is_ipv4 && length > 32) continue;
    const base::IpAddress address = *base::IpAddress::Parse(is_ipv4 ? "10.1.2.129" : "fd01::ff01");
    const base::IpPrefix prefix(address, length);
    rules.push_back({nft::MatchAddress{Field::kSaddr, false, prefix}});
    rules.push_back({nft::MatchAddress{Field::kDaddr, true, prefix}});
  }
  for (const char* name : {"x", "cbr0", "abcdefghijklmn"}) {
    for (bool is_prefix : {false, true}) {
      rules.push_back({nft::MatchInterface{false, name, is_prefix}});
      rules.push_back({nft::MatchInterface{true, name, is_prefix}});
    }
  }
  rules.push_back({nft::MatchDnat{}});
  rules.push_back({nft::MatchMark{0x4000}});
  rules.push_back({nft::MatchLocal{Field::kSaddr}, nft::MatchLocal{Field::kDaddr, true}});
  const nft::Selectors frontend = {{Field::kDaddr}, {Field::kL4Proto}, {Field::kDport}};
  const nft::Selectors pair = {{Field::kSaddr}, {Field::kDaddr}};
  const nft::Selectors source = {
      {Field::kDaddr}, {Field::kL4Proto}, {Field::kDport}, {Field::kSaddr}};
  rules.push_back({nft::MatchSet{pair, false, SetId::kHairpin}});
  rules.push_back({nft::MatchSet{pair, true, SetId::kHairpin}});
  rules.push_back({nft::MatchSet{{{Field::kDaddr}}, false, SetId::kClusterIps}});
  rules.push_back({nft::MatchSet{source, true, SetId::kAllowedSources}, nft::Drop{}});
  rules.push_back({nft::Vmap{frontend, SetId::kServices}});
  rules.push_back({nft::Vmap{{{Field::kL4Proto}, {Field::kDport}}, SetId::kNodePorts}});
  rules.push_back({nft::SetMark{0x4000}});
  rules.push_back({nft::FlipMark{0x4000}});
  rules.push_back({nft::Jump{"pick-1"}});
  rules.push_back({nft::Goto{"pick-2"}});
  return rules;
}

nft::Chain Pick(uint32_t count, uint32_t offset) {
  const nft::MatchSet protocols{{{Field::kL4Proto}}, false, SetId::kProtocols};
  const nft::Selector slot{Field::kNumgenRandom, count, offset};
  nft::Chain chain;
  chain.name = absl::StrCat("pick-", count);
  chain.rules.push_back(
      {protocols, nft::DnatToMap{{{Field::kDaddr}, {Field::kL4Proto}, {Field::kDport}, slot},
                                 SetId::kEndpoints}});
  chain.rules.push_back({protocols, nft::DnatToMap{{{Field::kL4Proto}, {Field::kDport}, slot},
                                                   SetId::kNodePortEndpoints}});
  return chain;
}

// Ways to draw a slot other than at random.
nft::Chain OtherDraws() {
  const nft::MatchSet protocols{{{Field::kL4Proto}}, false, SetId::kProtocols};
  nft::Chain chain;
  chain.name = "other-draws";
  for (const Field field : {Field::kNumgenInc, Field::kSourceHash, Field::kFlowHash}) {
    for (const uint32_t offset : {0u, 32'768u}) {
      const nft::Selector slot{field, 16'381, offset};
      const nft::Selectors key = {{Field::kDaddr}, {Field::kL4Proto}, {Field::kDport}, slot};
      chain.rules.push_back({protocols, nft::DnatToMap{key, SetId::kEndpoints}});
      // nft 1.0.6 runs out of registers for a hash in the key of an IPv6 verdict map.
      if (field == Field::kNumgenInc) {
        chain.rules.push_back({nft::Vmap{key, SetId::kEndpointChains}});
      }
    }
  }
  return chain;
}

nft::Chains SampleChains(Family family) {
  using enum nft::HookPoint;
  const auto base = [](std::string name, nft::ChainType type, nft::HookPoint point, int priority,
                       std::vector<nft::Rule> rules) {
    return nft::Chain{std::move(name), nft::Hook{type, point, priority}, std::move(rules)};
  };
  nft::Chains chains = {Pick(1, 0), Pick(2, 32'768)};
  chains.push_back({kKeptChain, std::nullopt, KeepingRules(family)});
  chains.push_back(OtherDraws());
  chains.push_back({"refuse", std::nullopt, {{nft::Reject{}}}});
  chains.push_back({"everything", std::nullopt, Rules(family)});
  chains.push_back(
      base("nat-prerouting", nft::ChainType::kNat, kPrerouting, -100, {{nft::Jump{"everything"}}}));
  chains.push_back(base("early", nft::ChainType::kFilter, kPrerouting, -110, {}));
  chains.push_back(base("nat-output", nft::ChainType::kNat, kOutput, -100, {}));
  chains.push_back(base("nat-postrouting", nft::ChainType::kNat, kPostrouting, 100,
                        {{nft::MatchMark{1}, nft::Masquerade{false}}, {nft::Masquerade{true}}}));
  chains.push_back(base("input", nft::ChainType::kFilter, kInput, 0, {}));
  chains.push_back(base("forward", nft::ChainType::kFilter, kForward, 0, {}));
  return chains;
}

}  // namespace

base::IpAddress Address(Family family, uint8_t last) {
  return *base::IpAddress::Parse(family == Family::kIPv4 ? absl::StrCat("10.0.0.", last)
                                                         : absl::StrCat("fd00::", absl::Hex(last)));
}

model::FrontendKey Frontend(Family family, uint8_t last, uint16_t port) {
  model::FrontendKey frontend;
  frontend.address = Address(family, last);
  frontend.port = port;
  return frontend;
}

nft::Element Service(Family family, uint8_t last, const std::string& chain,
                     const std::string& comment) {
  return Verdict(family, SetId::kServices, nft::FrontendKey(Frontend(family, last)), chain,
                 nft::CommentOf(comment));
}

nft::Element Endpoint(const model::FrontendKey& frontend, uint32_t slot, uint8_t last) {
  const Family family = frontend.address.family();
  nft::Element element = Plain(family, SetId::kEndpoints, nft::SlotKey(frontend, slot));
  element.value = nft::EndpointValue(Address(family, last), 8080);
  return element;
}

nft::Ruleset SampleRuleset() {
  nft::Ruleset ruleset;
  for (Family family : base::kFamilies) {
    ruleset.skeleton.chains[static_cast<size_t>(family)] = SampleChains(family);
    ruleset.affinity_maps[static_cast<size_t>(family)] = {
        {kAffinityMap, nft::kUnreservedClients, {}}};
    AppendElements(family, ruleset.elements);
  }
  for (const nft::Element& element : ruleset.elements) {
    ++ruleset.counts[static_cast<size_t>(element.id.family)][static_cast<size_t>(element.id.set)];
  }
  return ruleset;
}

nft::Transaction Creation(const nft::Ruleset& ruleset) {
  nft::Transaction transaction;
  std::vector<nft::Operation>& out = transaction.operations;
  for (Family family : base::kFamilies) {
    const size_t table = static_cast<size_t>(family);
    out.emplace_back(nft::AddTable{family});
    for (SetId set : nft::AllSets()) {
      const bool interval = nft::DeclarationOf(set).interval;
      const size_t count = ruleset.counts[table][static_cast<size_t>(set)];
      out.emplace_back(nft::AddSet{family, set, interval ? 0 : nft::CapacityFor(count)});
    }
    for (const nft::AffinityMap& map : ruleset.affinity_maps[table]) {
      out.emplace_back(nft::AddSet{family, SetId::kAffinity, map.size, map.name});
    }
    for (const nft::Chain& chain : ruleset.skeleton.chains[table]) {
      out.emplace_back(nft::AddChain{family, chain.name, chain.hook});
    }
  }
  for (const nft::Element& element : ruleset.elements) {
    out.emplace_back(nft::AddElement{element, nullptr, {}});
  }
  for (Family family : base::kFamilies) {
    for (const nft::Chain& chain : ruleset.skeleton.chains[static_cast<size_t>(family)]) {
      for (const nft::Rule& rule : chain.rules) {
        out.emplace_back(nft::AddRule{family, chain.name, rule});
      }
    }
  }
  return transaction;
}

nft::Transaction EmptyTables(uint32_t size) {
  nft::Transaction transaction;
  for (Family family : base::kFamilies) {
    transaction.operations.emplace_back(nft::AddTable{family});
    for (SetId set : nft::AllSets()) {
      const bool interval = nft::DeclarationOf(set).interval;
      transaction.operations.emplace_back(nft::AddSet{family, set, interval ? 0 : size});
    }
    for (const char* chain : {"pick-1", "pick-2"}) {
      transaction.operations.emplace_back(nft::AddChain{family, chain, std::nullopt});
    }
  }
  return transaction;
}

nft::DeleteElement Deletion(const nft::Element& element) {
  const bool interval = nft::DeclarationOf(element.id.set).interval;
  return {element.id, interval ? element.value : nft::Bytes()};
}

}  // namespace nftsvc::netlink

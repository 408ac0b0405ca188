// SPDX-License-Identifier: Apache-2.0
//
// Exports CompileSkeleton: the chains that every ruleset has, and those for the ways to pick in
// use.
#include "src/nft/compile.h"
#include "src/nft/match_pods.h"
#include "src/nft/pick.h"

namespace nftsvc::nft {
namespace {

using base::Family;

// Conntrack has looked the packet up at -200; NAT happens at -100 (dstnat) and 100 (srcnat)
// (include/uapi/linux/netfilter_ipv4.h). Numbers, because nft 1.0.6 knows the name dstnat in
// prerouting only.
constexpr int kBeforeDnat = -110;
constexpr int kDnat = -100;
constexpr int kFilter = 0;
constexpr int kSnat = 100;

const Selectors& Frontend() {
  static const auto& key = *new Selectors{
      {.field = Field::kDaddr}, {.field = Field::kL4Proto}, {.field = Field::kDport}};
  return key;
}

const Selectors& NodePort() {
  static const auto& key = *new Selectors{{.field = Field::kL4Proto}, {.field = Field::kDport}};
  return key;
}

// Matches packets to addresses at which node ports are dialled.
Rule AtNode(const forwarding::HostFacts& host, Family family) {
  if (!host.node_ports_on_all_addresses) {
    return {MatchSet{.key = {{.field = Field::kDaddr}}, .set = SetId::kNodePortAddresses}};
  }
  const base::IpPrefix loopback =
      family == Family::kIPv4 ? forwarding::LoopbackNetwork() : *base::IpPrefix::Parse("::1");
  return {MatchLocal{Field::kDaddr},
          MatchAddress{.field = Field::kDaddr, .negate = true, .prefix = loopback}};
}

// Likewise, each way on its own.
std::vector<Rule> AtNodeOrLocalhost(const forwarding::HostFacts& host, Family family) {
  std::vector<Rule> ways = {AtNode(host, family)};
  if (host.localhost_node_ports && family == Family::kIPv4) {
    const base::IpPrefix localhost(forwarding::Localhost(), 32);
    ways.push_back({MatchAddress{.field = Field::kDaddr, .prefix = localhost}});
  }
  return ways;
}

// Packets that a service has not translated and that begin a connection.
Rule NewUntranslated() { return {MatchNew{}, MatchDnat{.negate = true}}; }

Chain BaseChain(std::string name, ChainType type, HookPoint point, int priority,
                std::vector<Rule> rules) {
  return {.name = std::move(name),
          .hook = Hook{.type = type, .point = point, .priority = priority},
          .rules = std::move(rules)};
}

Chain PlainChain(std::string name, std::vector<Rule> rules) {
  return {.name = std::move(name), .hook = std::nullopt, .rules = std::move(rules)};
}

// reject is no verdict, so elements of no-endpoints go to a chain that does it.
Chain RejectChain() { return PlainChain("reject-new", {{Reject{}}}); }

// What is dialled at a cluster IP or in a service CIDR and is no service's.
Chain UnassignedChain(const forwarding::HostFacts& host, Family family) {
  std::vector<Rule> rules;
  if (host.reject_unassigned_ports) {
    rules.push_back(
        {MatchSet{.key = {{.field = Field::kDaddr}}, .set = SetId::kClusterIps}, Reject{}});
  }
  for (const base::IpPrefix& cidr : host.service_cidrs) {
    if (cidr.family() != family) continue;
    rules.push_back({MatchAddress{.field = Field::kDaddr, .prefix = cidr}, Drop{}});
  }
  return PlainChain("unassigned", std::move(rules));
}

Chain ServicesChain(const forwarding::HostFacts& host, Family family) {
  std::vector<Rule> rules = {{Vmap{Frontend(), SetId::kServices}}};
  for (const Rule& way : AtNodeOrLocalhost(host, family)) {
    rules.push_back(Then(way, Vmap{NodePort(), SetId::kNodePorts}));
  }
  return PlainChain("services", std::move(rules));
}

// Sources are checked before translation, while the packet still carries the frontend's address.
Chain SourcesChain() {
  Selectors with_source = Frontend();
  with_source.push_back({.field = Field::kSaddr});
  return PlainChain(
      "sources",
      {{MatchSet{.key = Frontend(), .set = SetId::kRestricted},
        MatchSet{.key = std::move(with_source), .negate = true, .set = SetId::kAllowedSources},
        Drop{}}});
}

// What the kernel drops by itself as long as it does not route loopback. Here the packet still has
// the destination that its sender gave it: that of a reply to this host is not yet undone.
std::vector<Rule> KeepOthersFromLoopback(const forwarding::HostFacts& host, Family family) {
  if (!host.localhost_node_ports || family != Family::kIPv4) return {};
  const base::IpPrefix& loopback = forwarding::LoopbackNetwork();
  return {{MatchInterface{.negate = true, .name = "lo", .is_prefix = false},
           MatchAddress{.field = Field::kSaddr, .negate = true, .prefix = loopback},
           MatchAddress{.field = Field::kDaddr, .negate = false, .prefix = loopback}, Drop{}}};
}

Chain PostroutingChain(const CompileOptions& options) {
  const Masquerade masquerade{options.fully_random};
  return BaseChain("nat-postrouting", ChainType::kNat, HookPoint::kPostrouting, kSnat,
                   {{MatchMark{options.mark_bits}, FlipMark{options.mark_bits}, masquerade},
                    {MatchDnat{},
                     MatchSet{.key = {{.field = Field::kSaddr}, {.field = Field::kDaddr}},
                              .set = SetId::kHairpin},
                     masquerade}});
}

Chains ConstantChains(const forwarding::HostFacts& host, const CompileOptions& options,
                      Family family) {
  const Rule to_no_endpoints = Then(NewUntranslated(), Vmap{Frontend(), SetId::kNoEndpoints});
  const Rule to_unassigned = Then(NewUntranslated(), Jump{"unassigned"});
  std::vector<Rule> input = {to_no_endpoints};
  for (const Rule& way : AtNodeOrLocalhost(host, family)) {
    Rule& rule = input.emplace_back(NewUntranslated());
    rule.insert(rule.end(), way.begin(), way.end());
    rule.push_back(Vmap{NodePort(), SetId::kNoEndpointsNodePorts});
  }
  std::vector<Rule> prerouting = KeepOthersFromLoopback(host, family);
  prerouting.push_back(Then(NewUntranslated(), Jump{"sources"}));

  using enum HookPoint;
  return {
      RejectChain(),
      UnassignedChain(host, family),
      SourcesChain(),
      ServicesChain(host, family),
      // What the host sends to itself comes by here too, but translated already.
      BaseChain("filter-prerouting", ChainType::kFilter, kPrerouting, kBeforeDnat,
                std::move(prerouting)),
      BaseChain("filter-output-before-dnat", ChainType::kFilter, kOutput, kBeforeDnat,
                {{MatchNew{}, Jump{"sources"}}}),
      BaseChain("filter-input", ChainType::kFilter, kInput, kFilter, std::move(input)),
      BaseChain("filter-forward", ChainType::kFilter, kForward, kFilter,
                {to_no_endpoints, to_unassigned}),
      BaseChain("filter-output", ChainType::kFilter, kOutput, kFilter,
                {to_no_endpoints, to_unassigned}),
      BaseChain("nat-prerouting", ChainType::kNat, kPrerouting, kDnat, {{Jump{"services"}}}),
      BaseChain("nat-output", ChainType::kNat, kOutput, kDnat, {{Jump{"services"}}}),
      PostroutingChain(options),
  };
}

}  // namespace

Skeleton CompileSkeleton(const forwarding::HostFacts& host, const CompileOptions& options,
                         const ChainNames& used) {
  Skeleton skeleton;
  for (const Family family : base::kFamilies) {
    const size_t table = static_cast<size_t>(family);
    Chains& chains = skeleton.chains[table];
    chains = ConstantChains(host, options, family);
    absl::btree_set<std::string> present;
    for (const Chain& chain : chains) present.insert(chain.name);
    for (const std::string& name : used[table]) {
      const std::optional<Pick> pick = Pick::FromChainName(name);
      if (!pick.has_value()) continue;  // a constant chain, such as reject-new
      for (Chain& chain : PickChains(*pick, family, host.pods, options)) {
        if (present.insert(chain.name).second) chains.push_back(std::move(chain));
      }
    }
  }
  return skeleton;
}

}  // namespace nftsvc::nft

// SPDX-License-Identifier: Apache-2.0
//
// Exports CompileSkeleton: the chains that every ruleset has, and those for the ways to pick in
// use.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "src/nft/compile.h"
#include "src/nft/match_pods.h"
#include "src/nft/names.h"
#include "src/nft/pick.h"

namespace nftsvc::nft {
namespace {

using base::Family;

// Conntrack has looked the packet up at -200; NAT happens at -100 (dstnat) and 100 (srcnat)
// (include/uapi/linux/netfilter_ipv4.h). Numbers, because nft 1.0.6 knows the name dstnat in
// prerouting only.
constexpr int kBeforeDnat = -110;
constexpr int kDnat = -100;
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

// Has an endpoint picked for what is dialled at a service, by address or else by node port.
Chain ServicesChain() {
  return PlainChain("services", {{Vmap{Frontend(), SetId::kServices}}, {Goto{"node-ports"}}});
}

Chain NodePortsChain(const forwarding::HostFacts& host, Family family) {
  std::vector<Rule> rules;
  for (const Rule& way : AtNodeOrLocalhost(host, family)) {
    rules.push_back(Then(way, Vmap{NodePort(), SetId::kNodePorts}));
  }
  return PlainChain("node-ports", std::move(rules));
}

// What no endpoint takes: dialled at a service without endpoints, at a cluster IP's port that no
// service has, or in a service CIDR. But the host may have taken such an address for itself.
Chain UnservedChain(const forwarding::HostFacts& host, Family family) {
  std::vector<Rule> rules = {{Vmap{Frontend(), SetId::kNoEndpoints}}};
  for (const Rule& way : AtNodeOrLocalhost(host, family)) {
    rules.push_back(Then(way, Vmap{NodePort(), SetId::kNoEndpointsNodePorts}));
  }
  const MatchLocal not_local{.field = Field::kDaddr, .negate = true};
  if (host.reject_unassigned_ports) {
    rules.push_back({MatchSet{.key = {{.field = Field::kDaddr}}, .set = SetId::kClusterIps},
                     not_local, Reject{}});
  }
  for (const base::IpPrefix& cidr : host.service_cidrs) {
    if (cidr.family() != family) continue;
    rules.push_back({MatchAddress{.field = Field::kDaddr, .prefix = cidr}, not_local, Drop{}});
  }
  return PlainChain("unserved", std::move(rules));
}

// Sources are checked before translation, while the packet still carries the frontend's address.
Chain CheckedChain(absl::string_view next) {
  Selectors with_source = Frontend();
  with_source.push_back({.field = Field::kSaddr});
  return PlainChain(
      absl::StrCat(kCheckedPrefix, next),
      {{MatchSet{.key = std::move(with_source), .negate = true, .set = SetId::kAllowedSources},
        Drop{}},
       {Goto{std::string(next)}}});
}

// What the kernel drops by itself as long as it does not route loopback. A chain for each packet,
// not only for the first of a connection, and before translation: here the packet still has the
// destination that its sender gave it, and that of a reply to this host is not yet undone.
Chain KeepOthersFromLoopback() {
  const base::IpPrefix& loopback = forwarding::LoopbackNetwork();
  return BaseChain(
      "filter-prerouting", ChainType::kFilter, HookPoint::kPrerouting, kBeforeDnat,
      {{MatchInterface{.negate = true, .name = "lo", .is_prefix = false},
        MatchAddress{.field = Field::kSaddr, .negate = true, .prefix = loopback},
        MatchAddress{.field = Field::kDaddr, .negate = false, .prefix = loopback}, Drop{}}});
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

// Refusing is done in chains of type nat too: they see the first packet of a connection that nobody
// has translated, which is just what may be refused, and cost the others nothing. The kernel can
// reject in prerouting since 5.9.
Chains ConstantChains(const forwarding::HostFacts& host, const CompileOptions& options,
                      Family family) {
  const std::vector<Rule> decide = {{Jump{"services"}}, {Jump{"unserved"}}};
  Chains chains = {
      RejectChain(),
      NodePortsChain(host, family),
      ServicesChain(),
      UnservedChain(host, family),
      BaseChain("nat-prerouting", ChainType::kNat, HookPoint::kPrerouting, kDnat, decide),
      BaseChain("nat-output", ChainType::kNat, HookPoint::kOutput, kDnat, decide),
      PostroutingChain(options),
  };
  if (host.localhost_node_ports && family == Family::kIPv4) {
    chains.push_back(KeepOthersFromLoopback());
  }
  return chains;
}

// The chain of this name for a way to pick or to check, and before it those that its rules go to.
// Nothing if it is a constant one, such as reject-new.
Chains ChainsFor(absl::string_view name, Family family, const forwarding::PodDetector& pods,
                 const CompileOptions& options) {
  const bool checked = absl::ConsumePrefix(&name, kCheckedPrefix);
  Chains chains;
  if (const std::optional<Pick> pick = Pick::FromChainName(name)) {
    chains = PickChains(*pick, family, pods, options);
  }
  if (checked) chains.push_back(CheckedChain(name));
  return chains;
}

}  // namespace

std::vector<std::string> ChainsNeededBy(absl::string_view name) {
  std::vector<std::string> names;
  for (Chain& chain : ChainsFor(name, Family::kIPv4, {}, {})) {
    if (std::find(names.begin(), names.end(), chain.name) == names.end()) {
      names.push_back(std::move(chain.name));
    }
  }
  return names;
}

std::array<Chains, 2> CompileChains(const ChainNames& names, const forwarding::HostFacts& host,
                                    const CompileOptions& options) {
  std::array<Chains, 2> chains;
  for (const Family family : base::kFamilies) {
    const size_t table = static_cast<size_t>(family);
    for (const std::string& name : names[table]) {
      chains[table].push_back(std::move(ChainsFor(name, family, host.pods, options).back()));
    }
  }
  return chains;
}

Skeleton CompileSkeleton(const forwarding::HostFacts& host, const CompileOptions& options,
                         const ChainNames& used) {
  Skeleton skeleton;
  skeleton.exclusive = options.exclusive;
  for (const Family family : base::kFamilies) {
    const size_t table = static_cast<size_t>(family);
    Chains& chains = skeleton.chains[table];
    chains = ConstantChains(host, options, family);
    absl::btree_set<std::string> present;
    for (const Chain& chain : chains) present.insert(chain.name);
    const auto add = [&](Chain chain) {
      if (present.insert(chain.name).second) chains.push_back(std::move(chain));
    };
    for (const std::string& name : used[table]) {
      for (Chain& chain : ChainsFor(name, family, host.pods, options)) add(std::move(chain));
    }
  }
  return skeleton;
}

}  // namespace nftsvc::nft

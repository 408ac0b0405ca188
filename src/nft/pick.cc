// SPDX-License-Identifier: Apache-2.0
#include "src/nft/pick.h"

#include <array>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "src/nft/match_pods.h"
#include "src/nft/names.h"

namespace nftsvc::nft {
namespace {

using base::Family;

// Takes a number without sign or leading zeros off the front.
bool ConsumeNumber(absl::string_view& text, uint32_t& number) {
  const size_t length = std::min(text.find_first_not_of("0123456789"), text.size());
  const absl::string_view digits = text.substr(0, length);
  text.remove_prefix(length);
  const bool canonical = !digits.empty() && (digits.size() == 1 || digits[0] != '0');
  return canonical && absl::SimpleAtoi(digits, &number);
}

constexpr std::array<std::pair<model::Balancing, absl::string_view>, 5> kBalancingNames = {{
    {model::Balancing::kRandom, "random-"},
    {model::Balancing::kRoundRobin, "round-robin-"},
    {model::Balancing::kSourceHash, "source-hash-"},
    {model::Balancing::kFlowHash, "flow-hash-"},
    {model::Balancing::kMaglev, "maglev-"},
}};

absl::string_view NameOf(model::Balancing balancing) {
  return kBalancingNames[static_cast<size_t>(balancing)].second;
}

bool ConsumeBalancing(absl::string_view& name, model::Balancing& balancing) {
  for (const auto& [candidate, prefix] : kBalancingNames) {
    if (!absl::ConsumePrefix(&name, prefix)) continue;
    balancing = candidate;
    return true;
  }
  return false;
}

Field SlotField(model::Balancing balancing) {
  switch (balancing) {
    case model::Balancing::kRandom:
      return Field::kNumgenRandom;
    case model::Balancing::kRoundRobin:
      return Field::kNumgenInc;
    case model::Balancing::kSourceHash:
      return Field::kSourceHash;
    case model::Balancing::kFlowHash:
    case model::Balancing::kMaglev:
      return Field::kFlowHash;
  }
  return Field::kNumgenRandom;
}

Rule DrawRule(const Pick& pick) {
  const uint32_t offset = pick.kind == Pick::Kind::kDrawUpper ? kUpperHalf : 0;
  Selectors key;
  if (!pick.node_port) key.push_back({.field = Field::kDaddr});
  key.push_back({.field = Field::kL4Proto});
  key.push_back({.field = Field::kDport});
  key.push_back({.field = SlotField(pick.balancing), .modulus = pick.slots, .offset = offset});
  if (pick.chains) {
    return {Vmap{.key = std::move(key),
                 .map = pick.node_port ? SetId::kNodePortEndpointChains : SetId::kEndpointChains}};
  }
  // nft accepts a translation of ports only behind a match of the protocol.
  return {MatchSet{.key = {{.field = Field::kL4Proto}}, .set = SetId::kProtocols},
          DnatToMap{.key = std::move(key),
                    .map = pick.node_port ? SetId::kNodePortEndpoints : SetId::kEndpoints}};
}

Chains ChainsThenOwn(Chains others, Chain own) {
  others.push_back(std::move(own));
  return others;
}

Chains DrawChains(const Pick& pick);

// Looks whether the client is kept, and draws if not.
Chains KeptChains(const Pick& pick) {
  Pick draw = pick;
  draw.keeps = false;
  if (pick.balancing != model::Balancing::kRoundRobin) draw.owner.clear();
  return ChainsThenOwn(DrawChains(draw),
                       {.name = pick.ChainName(),
                        .hook = std::nullopt,
                        .rules = {{Jump{ClientsChainName(pick.owner)}}, {Goto{draw.ChainName()}}}});
}

// A lookup sees the elements of the generation that holds at that very moment, not of the one in
// which the packet's walk began (net/netfilter/nft_set_hash.c: nft_hash_lookup). So a packet that
// came here before a commit can draw a slot that the commit takes away. It gets slot 0 instead,
// which is there as long as any is.
Chains DrawChains(const Pick& pick) {
  if (pick.keeps) return KeptChains(pick);
  Chain chain{.name = pick.ChainName(), .hook = std::nullopt, .rules = {DrawRule(pick)}};
  if (pick.slots == 1) return {std::move(chain)};
  Pick first = pick;
  first.balancing = model::Balancing::kRandom;
  first.slots = 1;
  first.owner.clear();
  chain.rules.push_back({Goto{first.ChainName()}});
  return ChainsThenOwn(DrawChains(first), std::move(chain));
}

}  // namespace

std::string Pick::ChainName() const {
  std::string name = node_port ? "node-port-" : "";
  switch (kind) {
    case Kind::kDraw:
      break;
    case Kind::kDrawUpper:
      name += "cluster-";
      break;
    case Kind::kOutside:
      name += "outside-";
      break;
    case Kind::kMasquerade:
      name += "masquerade-";
      break;
    case Kind::kLocal:
      name += "local-";
      break;
  }
  if (keeps) name += "kept-";
  absl::StrAppend(&name, NameOf(balancing), chains ? "chain-" : "", slots);
  if (kind == Kind::kLocal) absl::StrAppend(&name, "-of-", cluster_slots);
  if (!owner.empty()) absl::StrAppend(&name, "-", owner);
  return name;
}

std::optional<Pick> Pick::FromChainName(absl::string_view name) {
  Pick pick;
  pick.node_port = absl::ConsumePrefix(&name, "node-port-");
  if (absl::ConsumePrefix(&name, "cluster-")) {
    pick.kind = Kind::kDrawUpper;
  } else if (absl::ConsumePrefix(&name, "outside-")) {
    pick.kind = Kind::kOutside;
  } else if (absl::ConsumePrefix(&name, "masquerade-")) {
    pick.kind = Kind::kMasquerade;
  } else if (absl::ConsumePrefix(&name, "local-")) {
    pick.kind = Kind::kLocal;
  }
  pick.keeps = absl::ConsumePrefix(&name, "kept-");
  if (!ConsumeBalancing(name, pick.balancing)) return std::nullopt;
  pick.chains = absl::ConsumePrefix(&name, "chain-");
  if (!ConsumeNumber(name, pick.slots)) return std::nullopt;
  if (pick.kind == Kind::kLocal &&
      !(absl::ConsumePrefix(&name, "-of-") && ConsumeNumber(name, pick.cluster_slots))) {
    return std::nullopt;
  }
  const bool owned = pick.keeps || pick.balancing == model::Balancing::kRoundRobin;
  if (owned != absl::ConsumePrefix(&name, "-") || owned == name.empty()) return std::nullopt;
  pick.owner = std::string(name);
  return pick;
}

Chains PickChains(const Pick& pick, Family family, const forwarding::PodDetector& pods,
                  const CompileOptions& options) {
  Chain chain{.name = pick.ChainName(), .hook = std::nullopt, .rules = {}};
  const auto others = [&](const Pick& other) { return PickChains(other, family, pods, options); };
  Pick draw = pick;
  draw.kind = Pick::Kind::kDraw;
  draw.cluster_slots = 0;
  const SetMark mark{options.mark_bits};
  switch (pick.kind) {
    case Pick::Kind::kDraw:
    case Pick::Kind::kDrawUpper:
      return DrawChains(pick);

    case Pick::Kind::kOutside:
      chain.rules = {Then(MatchOutsidePods(pods, family), mark), {Goto{draw.ChainName()}}};
      return ChainsThenOwn(others(draw), std::move(chain));

    case Pick::Kind::kMasquerade:
      chain.rules = {{mark, Goto{draw.ChainName()}}};
      return ChainsThenOwn(others(draw), std::move(chain));

    case Pick::Kind::kLocal: {
      Pick upper = draw;
      if (pick.keeps) absl::StrAppend(&draw.owner, kLocalSuffix);
      upper.kind = Pick::Kind::kDrawUpper;
      upper.slots = pick.cluster_slots;
      Chains result = others(upper);
      for (Rule& rule : MatchPods(pods, family)) {
        chain.rules.push_back(Then(std::move(rule), Goto{upper.ChainName()}));
      }
      chain.rules.push_back({MatchLocal{Field::kSaddr}, mark, Goto{upper.ChainName()}});
      if (pick.slots > 0) {
        chain.rules.push_back({Goto{draw.ChainName()}});
        Chains here = others(draw);
        std::move(here.begin(), here.end(), std::back_inserter(result));
      }
      return ChainsThenOwn(std::move(result), std::move(chain));
    }
  }
  return {};
}

}  // namespace nftsvc::nft

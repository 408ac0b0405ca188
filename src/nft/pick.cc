// SPDX-License-Identifier: Apache-2.0
#include "src/nft/pick.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "src/nft/match_pods.h"

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

Rule DrawRule(const Pick& pick) {
  const uint32_t offset = pick.kind == Pick::Kind::kDrawUpper ? kUpperHalf : 0;
  Selectors key;
  if (!pick.node_port) key.push_back({.field = Field::kDaddr});
  key.push_back({.field = Field::kL4Proto});
  key.push_back({.field = Field::kDport});
  key.push_back({.field = Field::kNumgenRandom, .modulus = pick.slots, .offset = offset});
  // nft accepts a translation of ports only behind a match of the protocol.
  return {MatchSet{.key = {{.field = Field::kL4Proto}}, .set = SetId::kProtocols},
          DnatToMap{.key = std::move(key),
                    .map = pick.node_port ? SetId::kNodePortEndpoints : SetId::kEndpoints}};
}

Chains ChainsThenOwn(Chains others, Chain own) {
  others.push_back(std::move(own));
  return others;
}

// A lookup sees the elements of the generation that holds at that very moment, not of the one in
// which the packet's walk began (net/netfilter/nft_set_hash.c: nft_hash_lookup). So a packet that
// came here before a commit can draw a slot that the commit takes away. It gets slot 0 instead,
// which is there as long as any is.
Chains DrawChains(const Pick& pick) {
  Chain chain{.name = pick.ChainName(), .hook = std::nullopt, .rules = {DrawRule(pick)}};
  if (pick.slots == 1) return {std::move(chain)};
  Pick first = pick;
  first.slots = 1;
  chain.rules.push_back({Goto{first.ChainName()}});
  return ChainsThenOwn(DrawChains(first), std::move(chain));
}

}  // namespace

std::string Pick::ChainName() const {
  const absl::string_view scope = node_port ? "node-port-" : "";
  switch (kind) {
    case Kind::kDraw:
      return absl::StrCat(scope, "random-", slots);
    case Kind::kDrawUpper:
      return absl::StrCat(scope, "cluster-random-", slots);
    case Kind::kOutside:
      return absl::StrCat(scope, "outside-random-", slots);
    case Kind::kMasquerade:
      return absl::StrCat(scope, "masquerade-random-", slots);
    case Kind::kLocal:
      return absl::StrCat(scope, "local-random-", slots, "-of-", cluster_slots);
  }
  return "";
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
  if (!absl::ConsumePrefix(&name, "random-") || !ConsumeNumber(name, pick.slots)) {
    return std::nullopt;
  }
  if (pick.kind == Kind::kLocal &&
      !(absl::ConsumePrefix(&name, "-of-") && ConsumeNumber(name, pick.cluster_slots))) {
    return std::nullopt;
  }
  if (!name.empty()) return std::nullopt;
  return pick;
}

Chains PickChains(const Pick& pick, Family family, const forwarding::PodDetector& pods,
                  const CompileOptions& options) {
  Chain chain{.name = pick.ChainName(), .hook = std::nullopt, .rules = {}};
  const auto others = [&](const Pick& other) { return PickChains(other, family, pods, options); };
  const Pick draw{.node_port = pick.node_port, .slots = pick.slots};
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
      const Pick upper{
          .kind = Pick::Kind::kDrawUpper, .node_port = pick.node_port, .slots = pick.cluster_slots};
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

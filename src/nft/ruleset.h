// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "src/base/family.h"
#include "src/nft/element.h"
#include "src/nft/set.h"
#include "src/nft/statement.h"

// What the kernel should hold. (What it does hold is an Inventory.)
namespace nftsvc::nft {

enum class ChainType : uint8_t { kFilter, kNat };
enum class HookPoint : uint8_t { kPrerouting, kInput, kForward, kOutput, kPostrouting };

// Makes a chain a base chain. The policy is always accept: we add behaviour to services, we do not
// decide about other traffic.
struct Hook {
  ChainType type = ChainType::kNat;
  HookPoint point = HookPoint::kPrerouting;
  int priority = 0;

  friend bool operator==(const Hook&, const Hook&) = default;
};

struct Chain {
  std::string name;
  std::optional<Hook> hook;  // none: reached by goto and jump only
  std::vector<Rule> rules;

  friend bool operator==(const Chain&, const Chain&) = default;
};

// Chains in an order in which each comes after the chains that its rules go to.
using Chains = std::vector<Chain>;

// The tables without their elements. Every table has every set of AllSets().
struct Skeleton {
  std::array<Chains, 2> chains;  // by Family

  friend bool operator==(const Skeleton&, const Skeleton&) = default;
};

// Elements by table and set.
using SetCounts = std::array<std::array<size_t, kSetCount>, 2>;

struct Ruleset {
  Skeleton skeleton;
  std::vector<Element> elements;

  // How many elements each set holds in all: more than `elements` has when those are only the ones
  // of some services.
  SetCounts counts{};
};

// nft's text of both tables, as `nft list` prints them but for the elements' counters; `nft -f`
// reads it.
std::string Print(const Ruleset& ruleset);

std::string PrintRule(const Rule& rule, base::Family family);
std::string PrintElement(const Element& element);  // "10.0.0.1 . tcp . 80 : goto random-3"
std::string PrintKey(const ElementKey& id, const Bytes& range_end);  // range_end: of an interval
std::string PrintHook(const Hook& hook);
std::string PrintSetHeader(SetId set, base::Family family);  // "typeof …", "flags …", without size

// Tells two rules apart: a hash of what the rule prints as, and of the encoding's revision, so that
// a daemon whose netlink encoder changed rewrites the rules. Never 0, which stands for a rule that
// is not ours.
uint64_t RuleDigest(const Rule& rule, base::Family family);

}  // namespace nftsvc::nft

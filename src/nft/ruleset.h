// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "src/base/family.h"
#include "src/base/ip_address.h"
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

// A map of SetId::kAffinity.
struct AffinityMap {
  std::string name;
  uint32_t size = 0;                       // how many clients it has room for
  std::vector<base::IpAddress> endpoints;  // that clients may be kept on; sorted

  friend bool operator==(const AffinityMap&, const AffinityMap&) = default;
};

// What the kernel gives a dynamic set that is declared without a size (net/netfilter/nft_dynset.c:
// nft_dynset_init). Such a set grows as it fills; one with a size has all its buckets from the
// beginning (net/netfilter/nft_set_hash.c: nft_rhash_init). They are a power of two, a third more
// than clients or above, 8 bytes each; with the header before them that is just too much for its
// number of pages, which is doubled: 21 to 43 bytes for each client (tests/bench/README.md).
inline constexpr uint32_t kUnreservedClients = 65'535;

// What one or several services add to the tables.
struct Parts {
  std::vector<Element> elements;
  std::array<Chains, 2> chains;                           // by Family
  std::array<std::vector<AffinityMap>, 2> affinity_maps;  // by Family

  void Append(Parts other);
};

// The tables without their elements. Every table has every set of AllSets().
struct Skeleton {
  std::array<Chains, 2> chains;  // by Family
  bool exclusive = false;        // nobody but who made them may change the tables

  friend bool operator==(const Skeleton&, const Skeleton&) = default;
};

// Some sets of each table, by Family and SetId.
using SetChoice = std::array<std::array<bool, kSetCount>, 2>;

inline SetChoice EverySet() {
  SetChoice choice;
  for (auto& table : choice) table.fill(true);
  return choice;
}

// Elements by table and set.
using SetCounts = std::array<std::array<size_t, kSetCount>, 2>;

struct Ruleset {
  Skeleton skeleton;
  std::vector<Element> elements;
  std::array<std::vector<AffinityMap>, 2> affinity_maps = {};  // by Family

  // How many elements each set holds in all: more than `elements` has when those are only the ones
  // of some services.
  SetCounts counts{};

  // Adds what services have for themselves.
  void Add(Parts parts);

  // Each takes the place of the element with its key. Requires: there is one.
  void Replace(const std::vector<Element>& others);
};

// nft's text of both tables, as `nft list` prints them but for the elements' counters; `nft -f`
// reads it.
std::string Print(const Ruleset& ruleset);

std::string PrintRule(const Rule& rule, base::Family family);
std::string PrintElement(const Element& element);  // "10.0.0.1 . tcp . 80 : goto random-3"
std::string PrintKey(const ElementKey& id, const Bytes& range_end);  // range_end: of an interval
std::string PrintHook(const Hook& hook);
std::string PrintSetHeader(SetId set, base::Family family);  // "typeof …"
std::string PrintSetFlags(SetId set);                        // "interval"; empty if none

// Tells two rules apart: a hash of what the rule prints as, and of the encoding's revision, so that
// a daemon whose netlink encoder changed rewrites the rules. Never 0, which stands for a rule that
// is not ours.
uint64_t RuleDigest(const Rule& rule, base::Family family);

}  // namespace nftsvc::nft

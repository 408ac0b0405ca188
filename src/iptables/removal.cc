// SPDX-License-Identifier: Apache-2.0
#include "src/iptables/removal.h"

#include <algorithm>
#include <array>
#include <deque>
#include <iterator>
#include <utility>

#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "src/base/status_macros.h"
#include "src/iptables/canonical.h"
#include "src/iptables/chain_names.h"
#include "src/iptables/parse.h"
#include "src/iptables/ruleset.h"

namespace nftsvc::iptables {
namespace {

// What kube-proxy makes or made of which we have no use.
constexpr char kCanary[] = "KUBE-PROXY-CANARY";
constexpr absl::string_view kOldPrefixes[] = {"KUBE-XLB-", "KUBE-NODEPORT-"};

// Kubelet's. Drops nothing that a chain of kube-proxy's accepts.
constexpr char kFirewall[] = "KUBE-FIREWALL";

struct HostChain {
  std::string name;
  std::string policy;  // "-": no hook's
  std::vector<Rule> rules;

  bool is_hook() const { return policy != "-"; }
};

struct HostTable {
  std::string name;
  std::vector<HostChain> chains;
};

absl::StatusOr<std::vector<HostTable>> ReadTables(absl::string_view text) {
  std::vector<HostTable> tables;
  absl::flat_hash_map<std::string, size_t> by_name;
  std::deque<std::string> unescaped;
  RETURN_IF_ERROR(ParseSave(text, unescaped, [&](const SavedLine& line) {
    const std::string name(line.name);
    switch (line.kind) {
      case SavedLineKind::kTable:
        tables.push_back({.name = name, .chains = {}});
        by_name.clear();
        return;
      case SavedLineKind::kChain:
      case SavedLineKind::kRule: {
        std::vector<HostChain>& chains = tables.back().chains;
        const auto [found, is_new] = by_name.try_emplace(name, chains.size());
        if (is_new) {
          chains.push_back({.name = name, .policy = std::string(line.policy), .rules = {}});
        }
        if (line.kind == SavedLineKind::kChain) return;
        chains[found->second].rules.emplace_back(line.arguments.begin(), line.arguments.end());
        return;
      }
      case SavedLineKind::kCommit:
        return;
    }
  }));
  return tables;
}

bool IsKubeProxys(absl::string_view table, absl::string_view chain) {
  if (chain == kCanary) return true;
  if (table != "filter" && table != "nat") return false;
  return IsOwnChain(chain) ||
         std::any_of(std::begin(kOldPrefixes), std::end(kOldPrefixes),
                     [chain](absl::string_view p) { return absl::StartsWith(chain, p); });
}

// Whether nothing but the state and a comment stands before the jump: so are kube-proxy's own, and
// those that nobody can want without the chain.
bool IsPlainJump(const Rule& rule) {
  for (size_t i = 0; i < rule.size(); i += 2) {
    if (i + 1 == rule.size()) return false;
    const std::string& option = rule[i];
    if (option == "-m" && (rule[i + 1] == "comment" || rule[i + 1] == "conntrack")) continue;
    if (option != "--comment" && option != "--ctstate" && option != "-j") return false;
  }
  return true;
}

// Whether a packet that comes to the rule may end there, or the rule is not known to let it go on.
bool MayDrop(absl::string_view target) {
  constexpr std::array<absl::string_view, 7> kHarmless = {"ACCEPT", "RETURN",   "LOG", "NFLOG",
                                                          "MARK",   "CONNMARK", ""};
  return std::find(kHarmless.begin(), kHarmless.end(), target) == kHarmless.end();
}

std::string WhyOthersKeep(absl::string_view chain) {
  if (absl::StartsWith(chain, "KUBE-KUBELET-") || chain == "KUBE-MARK-DROP" || chain == kFirewall) {
    return "it is kubelet's";
  }
  return "it is none that kube-proxy makes in iptables mode";
}

// The removal from one table.
class TableRemoval {
 public:
  TableRemoval(const HostTable& table, Removal& removal) : table_(table), removal_(removal) {
    for (const HostChain& chain : table.chains) by_name_.emplace(chain.name, &chain);
  }

  void Run() {
    FindUsers();
    KeepAccepting();
    result_.name = table_.name;
    for (const HostChain& chain : table_.chains) Take(chain);
    if (result_.chains.empty() && result_.jumps == 0 && emptied_.empty()) return;
    absl::StrAppend(&removal_.restore, "*", table_.name, "\n", emptied_, jumps_, removals_,
                    "COMMIT\n");
    removal_.tables.push_back(std::move(result_));
  }

 private:
  bool IsKubeProxys(absl::string_view chain) const {
    return iptables::IsKubeProxys(table_.name, chain);
  }

  bool IsOwnJump(const HostChain& chain, const Rule& rule) const {
    return chain.is_hook() && IsKubeProxys(TargetOf(rule)) && IsPlainJump(rule);
  }

  void FindUsers() {
    for (const HostChain& chain : table_.chains) {
      if (IsKubeProxys(chain.name)) continue;
      for (const Rule& rule : chain.rules) {
        if (IsOwnJump(chain, rule)) continue;
        const std::string target = TargetOf(rule);
        if (IsKubeProxys(target)) users_.emplace(target, chain.name);
      }
    }
  }

  // What no chain of kube-proxy's does, but chains of others after it in the hook.
  bool MayDropBehind(const HostChain& hook, size_t rule) const {
    if (hook.policy != "ACCEPT") return true;
    absl::btree_set<std::string> seen;
    std::vector<std::string> targets;
    for (size_t i = rule + 1; i < hook.rules.size(); ++i) {
      targets.push_back(TargetOf(hook.rules[i]));
    }
    while (!targets.empty()) {
      const std::string target = std::move(targets.back());
      targets.pop_back();
      if (IsKubeProxys(target) || target == kFirewall || !seen.insert(target).second) continue;
      const auto chain = by_name_.find(target);
      if (chain == by_name_.end()) {
        if (MayDrop(target)) return true;
        continue;
      }
      for (const Rule& next : chain->second->rules) targets.push_back(TargetOf(next));
    }
    return false;
  }

  void KeepAccepting() {
    if (table_.name != "filter") return;
    for (const HostChain& hook : table_.chains) {
      if (!hook.is_hook()) continue;
      for (size_t i = 0; i < hook.rules.size(); ++i) {
        const std::string target = TargetOf(hook.rules[i]);
        const auto chain = by_name_.find(target);
        if ((target != kForward && target != kNodePorts) || chain == by_name_.end()) continue;
        if (chain->second->rules.empty() || !MayDropBehind(hook, i)) continue;
        accepting_.emplace(target, hook.name);
      }
    }
  }

  void Take(const HostChain& chain) {
    if (!IsKubeProxys(chain.name)) return PassOver(chain);
    Notice(chain);
    if (const auto hook = accepting_.find(chain.name); hook != accepting_.end()) {
      return Keep(chain, absl::StrCat("it accepts packets that others in ", hook->second,
                                      ", or its policy, may drop"));
    }
    const auto user = users_.find(chain.name);
    if (user != users_.end() && chain.name == kMarkMasq) {
      return Keep(chain, absl::StrCat("rules of ", user->second, " jump to it"));
    }
    if (user == users_.end() || !chain.rules.empty()) {
      absl::StrAppend(&emptied_, ":", chain.name, " - [0:0]\n");
    }
    if (user != users_.end()) {
      return Keep(chain, absl::StrCat("rules of ", user->second, " jump to it; it is emptied"));
    }
    absl::StrAppend(&removals_, "-X ", chain.name, "\n");
    result_.chains.push_back(chain.name);
  }

  void PassOver(const HostChain& chain) {
    if (absl::StartsWith(chain.name, "KUBE-")) Keep(chain, WhyOthersKeep(chain.name));
    for (const Rule& rule : chain.rules) {
      if (!IsOwnJump(chain, rule)) {
        ++removal_.rules_of_others;
        continue;
      }
      if (accepting_.contains(TargetOf(rule))) continue;
      absl::StrAppend(&jumps_, "-D ", chain.name, " ", PrintRule(rule), "\n");
      ++result_.jumps;
    }
  }

  void Keep(const HostChain& chain, std::string why) {
    removal_.kept.push_back({.table = table_.name, .name = chain.name, .why = std::move(why)});
  }

  void Notice(const HostChain& chain) {
    if (table_.name != "nat") return;
    for (const Rule& rule : chain.rules) {
      if (chain.name == kMarkMasq && chain.rules.size() == 1) removal_.mark_bits = MarkOf(rule);
      if (chain.name != kServices || TargetOf(rule) != kNodePorts) continue;
      const auto has = [&rule](absl::string_view word) {
        return std::find(rule.begin(), rule.end(), word) != rule.end();
      };
      const bool everywhere = has("--dst-type");
      if (everywhere) removal_.has_node_ports_everywhere = true;
      if (everywhere ? !has("127.0.0.0/8") : has("127.0.0.1/32")) {
        removal_.has_node_ports_on_localhost = true;
      }
    }
  }

  static std::optional<uint32_t> MarkOf(const Rule& rule) {
    for (size_t i = 0; i + 1 < rule.size(); ++i) {
      if (rule[i] != "--set-xmark" && rule[i] != "--or-mark") continue;
      uint32_t bits = 0;
      if (absl::SimpleHexAtoi(rule[i + 1].substr(0, rule[i + 1].find('/')), &bits)) return bits;
    }
    return std::nullopt;
  }

  const HostTable& table_;
  Removal& removal_;
  RemovedTable result_;
  absl::flat_hash_map<std::string, const HostChain*> by_name_;
  absl::btree_map<std::string, std::string> users_;      // chain -> one of others that needs it
  absl::btree_map<std::string, std::string> accepting_;  // chain that stays -> its hook

  // Lines, in this order.
  std::string emptied_;
  std::string jumps_;
  std::string removals_;
};

}  // namespace

absl::StatusOr<Removal> PlanRemoval(absl::string_view text) {
  ASSIGN_OR_RETURN(const std::vector<HostTable> tables, ReadTables(text));
  Removal removal;
  for (const HostTable& table : tables) TableRemoval(table, removal).Run();
  return removal;
}

}  // namespace nftsvc::iptables

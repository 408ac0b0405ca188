// SPDX-License-Identifier: Apache-2.0
#include "src/iptables/plan.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "src/iptables/canonical.h"
#include "src/iptables/chain_names.h"
#include "src/iptables/jumps.h"

namespace nftsvc::iptables {
namespace {

bool AreSame(const std::vector<Rule>& a, const std::vector<Rule>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Rule& x, const Rule& y) {
    return x == y || Canonical(x) == Canonical(y);
  });
}

// The difference of one table.
class TablePlan {
 public:
  // `hooks` are the chains that are not ours, where our jumps are; `chains` may hold them too.
  TablePlan(TableId id, const std::vector<Chain>& chains, const std::vector<Chain>& hooks,
            const Table& desired, Plan& plan)
      : id_(id), current_(chains), hooks_(hooks), desired_(desired), plan_(plan) {
    for (const BuiltInRule& jump : JumpsInto(id, {.cluster_ips = true, .localnet = true})) {
      known_jumps_.emplace(jump.chain, Canonical(jump.rule));
    }
  }

  void Run() {
    WriteChains();
    EmptyStaleChains();
    PutJumps();
    if (chains_.empty() && rules_.empty() && removals_.empty()) return;
    absl::StrAppend(&plan_.restore, "*", TableName(id_), "\n", chains_, rules_, removals_,
                    "COMMIT\n");
  }

 private:
  void WriteChains() {
    absl::flat_hash_map<absl::string_view, const Chain*> present;
    for (const Chain& chain : current_) present.emplace(chain.name, &chain);
    for (const Chain& chain : desired_.chains) {
      const auto found = present.find(chain.name);
      if (found != present.end() && AreSame(found->second->rules, chain.rules)) continue;
      Declare(chain.name);
      for (const Rule& rule : chain.rules) Say("-A", chain.name, rule);
      ++plan_.chains_written;
    }
  }

  void EmptyStaleChains() {
    absl::btree_set<absl::string_view> wanted;
    for (const Chain& chain : desired_.chains) wanted.insert(chain.name);
    const absl::btree_set<std::string> used = UsedByOthers();
    for (const Chain& chain : current_) {
      if (!IsOwnChain(chain.name) || wanted.contains(chain.name)) continue;
      const bool stays = used.contains(chain.name);
      if (!stays || !chain.rules.empty()) Declare(chain.name);  // which empties it
      if (stays) {
        plan_.chains_kept.push_back(chain.name);
      } else {
        absl::StrAppend(&removals_, "-X ", chain.name, "\n");
        ++plan_.chains_removed;
      }
    }
  }

  bool IsOwnJump(const std::string& chain, const Rule& rule) const {
    return known_jumps_.contains({chain, Canonical(rule)});
  }

  // Chains that rules in other than our chains lead to, but for our own jumps.
  absl::btree_set<std::string> UsedByOthers() const {
    absl::btree_set<std::string> used;
    for (const Chain& chain : hooks_) {
      if (IsOwnChain(chain.name)) continue;
      for (const Rule& rule : chain.rules) {
        std::string target = TargetOf(rule);
        if (IsOwnChain(target) && !IsOwnJump(chain.name, rule)) used.insert(std::move(target));
      }
    }
    return used;
  }

  void PutJumps() {
    absl::btree_map<std::string, std::vector<Rule>> due;
    for (const BuiltInRule& jump : desired_.jumps) due[jump.chain].push_back(jump.rule);
    absl::btree_map<std::string, std::vector<Rule>> present;
    for (const Chain& chain : hooks_) {
      if (IsOwnChain(chain.name)) continue;
      for (const Rule& rule : chain.rules) {
        if (IsOwnJump(chain.name, rule)) present[chain.name].push_back(rule);
      }
    }
    for (const auto& [hook, rules] : present) due.try_emplace(hook);
    for (const auto& [hook, rules] : due) {
      const std::vector<Rule>& there = present[hook];
      if (AreSame(there, rules)) continue;
      for (const Rule& rule : there) Say("-D", hook, rule);
      for (auto rule = rules.rbegin(); rule != rules.rend(); ++rule) {
        Say("-I", absl::StrCat(hook, " 1"), *rule);
      }
      ++plan_.jumps_changed;
    }
  }

  void Declare(absl::string_view chain) { absl::StrAppend(&chains_, ":", chain, " - [0:0]\n"); }

  void Say(absl::string_view command, absl::string_view chain, const Rule& rule) {
    absl::StrAppend(&rules_, command, " ", chain, " ", PrintRule(rule), "\n");
  }

  const TableId id_;
  const std::vector<Chain>& current_;
  const std::vector<Chain>& hooks_;
  const Table& desired_;
  Plan& plan_;
  absl::btree_set<std::pair<std::string, std::string>> known_jumps_;

  // Lines, in this order.
  std::string chains_;
  std::string rules_;
  std::string removals_;
};

}  // namespace

Plan PlanChanges(const SavedTables& current, const Ruleset& desired) {
  Plan plan;
  for (const TableId id : kTables) {
    const std::vector<Chain>& chains = current[static_cast<size_t>(id)];
    TablePlan(id, chains, chains, desired.table(id), plan).Run();
  }
  return plan;
}

Plan PlanChanges(const Ruleset& current, const Ruleset& desired) {
  Plan plan;
  for (const TableId id : kTables) {
    const Table& table = current.table(id);
    TablePlan(id, table.chains, HooksOf(table), desired.table(id), plan).Run();
  }
  return plan;
}

}  // namespace nftsvc::iptables

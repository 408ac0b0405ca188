// SPDX-License-Identifier: Apache-2.0
#include "tests/support/hook_check.h"

#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "src/base/status_macros.h"

namespace nftsvc::testing {
namespace {

using nft::ChainType;
using nft::Hook;
using nft::HookPoint;

constexpr int kMaxDepth = 16;  // NFT_JUMP_STACK_SIZE, include/net/netfilter/nf_tables.h

bool AllowsDnat(const Hook& hook) {
  return hook.type == ChainType::kNat &&
         (hook.point == HookPoint::kPrerouting || hook.point == HookPoint::kOutput);
}

bool AllowsMasquerade(const Hook& hook) {
  return hook.type == ChainType::kNat && hook.point == HookPoint::kPostrouting;
}

bool AllowsReject(const Hook& hook) { return hook.point != HookPoint::kPostrouting; }

// A chain as it is reached from one hook.
class Visit {
 public:
  Visit(const FakeTable& table, const Hook& hook, int depth)
      : table_(table), hook_(hook), depth_(depth) {}

  absl::Status Check(const FakeChain& chain) const {
    if (depth_ > kMaxDepth) return absl::FailedPreconditionError("too many links");
    for (const auto& rule : chain.rules) {
      if (!rule.has_value()) continue;
      for (const nft::Statement& statement : *rule) RETURN_IF_ERROR(std::visit(*this, statement));
    }
    return absl::OkStatus();
  }

  absl::Status operator()(const nft::Goto& s) const { return Enter(s.chain); }
  absl::Status operator()(const nft::Jump& s) const { return Enter(s.chain); }
  absl::Status operator()(const nft::Vmap& s) const {
    const auto map = table_.sets.find(nft::DeclarationOf(s.map).name);
    if (map == table_.sets.end()) return absl::OkStatus();
    std::set<std::string> chains;
    for (const auto& [key, e] : map->second.elements) {
      if (e.element.verdict == nft::VerdictCode::kGoto) chains.insert(std::string(e.element.chain));
    }
    for (const std::string& chain : chains) RETURN_IF_ERROR(Enter(chain));
    return absl::OkStatus();
  }
  absl::Status operator()(const nft::DnatToMap&) const { return Allow(AllowsDnat(hook_), "dnat"); }
  absl::Status operator()(const nft::Dnat&) const { return Allow(AllowsDnat(hook_), "dnat"); }
  absl::Status operator()(const nft::DnatToKept&) const { return Allow(AllowsDnat(hook_), "dnat"); }
  absl::Status operator()(const nft::Masquerade&) const {
    return Allow(AllowsMasquerade(hook_), "masquerade");
  }
  absl::Status operator()(const nft::Reject&) const { return Allow(AllowsReject(hook_), "reject"); }
  absl::Status operator()(const nft::MatchAddress&) const { return absl::OkStatus(); }
  absl::Status operator()(const nft::MatchInterface&) const { return absl::OkStatus(); }
  absl::Status operator()(const nft::MatchDnat&) const { return absl::OkStatus(); }
  absl::Status operator()(const nft::MatchMark&) const { return absl::OkStatus(); }
  absl::Status operator()(const nft::MatchLocal&) const { return absl::OkStatus(); }
  absl::Status operator()(const nft::MatchProtocol&) const { return absl::OkStatus(); }
  absl::Status operator()(const nft::MatchKept&) const { return absl::OkStatus(); }
  absl::Status operator()(const nft::Keep&) const { return absl::OkStatus(); }
  absl::Status operator()(const nft::MatchSet&) const { return absl::OkStatus(); }
  absl::Status operator()(const nft::SetMark&) const { return absl::OkStatus(); }
  absl::Status operator()(const nft::FlipMark&) const { return absl::OkStatus(); }
  absl::Status operator()(const nft::Drop&) const { return absl::OkStatus(); }

 private:
  absl::Status Enter(const std::string& name) const {
    const auto chain = table_.chains.find(name);
    // That a chain is there was checked when it was referred to.
    return chain == table_.chains.end() ? absl::OkStatus()
                                        : Visit(table_, hook_, depth_ + 1).Check(chain->second);
  }

  absl::Status Allow(bool allowed, const char* what) const {
    if (allowed) return absl::OkStatus();
    return absl::UnimplementedError(
        absl::StrCat(what, " in ", nft::PrintHook(hook_), ": operation not supported"));
  }

  const FakeTable& table_;
  const Hook& hook_;
  const int depth_;
};

}  // namespace

absl::Status CheckHooks(const FakeTables& tables) {
  for (const auto& table : tables.tables) {
    if (!table.has_value()) continue;
    for (const auto& [name, chain] : table->chains) {
      if (!chain.hook.has_value()) continue;
      RETURN_IF_ERROR(Visit(*table, *chain.hook, 0).Check(chain));
    }
  }
  return absl::OkStatus();
}

}  // namespace nftsvc::testing

// SPDX-License-Identifier: Apache-2.0
//
// One turn of the loop: take a change in, plan from what is known of the kernel, commit, and either
// know the kernel's state afterwards or know that it is unknown.
#include <algorithm>
#include <iterator>
#include <numeric>
#include <utility>

#include "absl/container/btree_set.h"
#include "absl/strings/str_cat.h"
#include "src/base/parallel.h"
#include "src/base/status_macros.h"
#include "src/nft/plan.h"
#include "src/nft/preparation.h"
#include "src/nft/ruleset.h"
#include "src/nft/spare_chains.h"
#include "src/reconcile/backoff.h"
#include "src/reconcile/reconciler.h"

namespace nftsvc::reconcile {
namespace {

// After this many looks at the kernel in a row a push fails rather than hold up everybody.
constexpr int kMaxAttempts = 8;

// A commit of somebody else may come between the kernel's answer which generation it has and our
// own commit; after so many in a row it is committed at whatever generation comes.
constexpr int kMaxRaces = 6;

// Whether the kernel may or may not have done what it was asked.
bool IsOutcomeUnknown(const absl::Status& status) {
  return absl::IsDeadlineExceeded(status) || absl::IsResourceExhausted(status) ||
         absl::IsUnknown(status);
}

// On all processors, where there are many.
void ForEachInParts(size_t count, absl::FunctionRef<void(size_t i)> work) {
  constexpr size_t kLeastOfPart = 500;
  base::InParts(base::PartsFor(count, kLeastOfPart), count, [&](size_t, size_t begin, size_t end) {
    for (size_t i = begin; i < end; ++i) work(i);
  });
}

}  // namespace

size_t Reconciler::Turn::operations() const {
  return preparation.operations.size() + transaction.operations.size() + cleanup.operations.size();
}

// Takes the changes into the snapshot, the forwarding table and the usage.
Reconciler::Step Reconciler::Advance(const std::vector<model::ServiceChange>& changes,
                                     forwarding::SlotMemory memory) {
  Step step;
  step.from_nothing = table_.services.empty();
  step.routes_before.resize(changes.size());
  ForEachInParts(changes.size(), [&](size_t i) {
    const model::ServiceChange& change = changes[i];
    auto& [name, routes] = step.routes_before[i];
    name = change.name;
    if (change.after == nullptr) return;
    const auto held = table_.services.find(name);
    const auto remembered = [&](const model::FrontendKey& frontend, forwarding::Pool pool) {
      return held != table_.services.end() ? forwarding::SlotsOf(*held->second, frontend, pool)
                                           : memory(frontend, pool);
    };
    routes = std::make_shared<const forwarding::ServiceRoutes>(
        forwarding::Resolve(*change.after, settings_.host, remembered));
  });
  step.net = Exchange(step.routes_before);
  snapshot_.Apply(changes);
  return step;
}

void Reconciler::Retreat(Step step, std::vector<model::ServiceChange> changes) {
  Exchange(step.routes_before);
  snapshot_.Apply(model::Reversed(std::move(changes)));
}

// Puts these routes into the table (null: none) and hands back those that stood there.
nft::Usage::Net Reconciler::Exchange(NamedRoutes& routes) {
  std::vector<forwarding::ServiceRoutesPtr> before(routes.size());
  std::vector<forwarding::ServiceRoutesPtr> after(routes.size());
  // Names come in order: each belongs close behind the one before.
  auto place = table_.services.begin();
  for (size_t i = 0; i < routes.size(); ++i) {
    auto& [name, mine] = routes[i];
    place = table_.services.try_emplace(place, name);
    forwarding::ServiceRoutesPtr& held = place->second;
    before[i] = held;
    after[i] = mine;
    held.swap(mine);
    if (held == nullptr) place = table_.services.erase(place);
  }
  return usage_.Replace(nft::CompileServices(before, settings_.options),
                        nft::CompileServices(after, settings_.options));
}

// Endpoints take the slots that they have in the kernel, so that nothing needs to be written. The
// elements that this made others.
std::vector<nft::Element> Reconciler::TakeSlots(const nft::ObservedSlots& observed) {
  absl::btree_set<model::ServiceName> concerned;
  for (const model::FrontendKey& frontend : observed.frontends()) {
    const model::Service* claimant = snapshot_.Claimant(frontend);
    if (claimant != nullptr) concerned.insert(claimant->name);
  }
  NamedRoutes moved;
  for (const model::ServiceName& name : concerned) {
    moved.emplace_back(name, table_.services.at(name));
  }
  ForEachInParts(moved.size(), [&](size_t i) {
    auto& [name, routes] = moved[i];
    auto other = std::make_shared<const forwarding::ServiceRoutes>(
        forwarding::Resolve(*snapshot_.services().at(name), settings_.host, observed));
    routes = *other == *routes ? nullptr : std::move(other);
  });
  std::erase_if(moved, [](const auto& named) { return named.second == nullptr; });
  return Exchange(moved).added.elements;
}

nft::Parts Reconciler::SharedChains(const nft::ChainNames& names) const {
  nft::Parts parts;
  parts.chains = nft::CompileChains(names, settings_.host, settings_.options);
  return parts;
}

// The same for any services.
void Reconciler::CompileSkeleton() {
  skeleton_ = nft::CompileSkeleton(settings_.host, settings_.options, /*used=*/{});
}

absl::StatusOr<Reconciler::Sight> Reconciler::Look() const {
  return Look(nft::Compile(table_, settings_.options), nft::EverySet());
}

// Only with elements of these sets, both of what is seen and of what is wanted.
absl::StatusOr<Reconciler::Sight> Reconciler::Look(nft::Ruleset wanted,
                                                   const nft::SetChoice& sets) const {
  Sight sight;
  sight.wanted = std::move(wanted);
  std::erase_if(sight.wanted.elements, [&](const nft::Element& element) {
    return !sets[static_cast<size_t>(element.id.family)][static_cast<size_t>(element.id.set)];
  });
  ASSIGN_OR_RETURN(sight.seen, kernel_.Observe(sight.wanted.elements, sets));
  sight.spare =
      nft::FindSpareChains(sight.seen.inventory, sight.wanted, settings_.host, settings_.options);
  sight.wanted.Add(SharedChains(sight.spare));
  for (const base::Family family : base::kFamilies) {
    const auto& table = sight.seen.inventory.tables[static_cast<size_t>(family)];
    if (!table.has_value() || table->ours) continue;
    const char* const ip = family == base::Family::kIPv4 ? "ip" : "ip6";
    return absl::FailedPreconditionError(absl::StrCat(
        "observe table ", ip, " ", nft::kTableName,
        ": it was not made by nftsvcd (its comment is not \"", nft::kTableComment,
        "\"); rename it or delete it with `nft delete table ", ip, " ", nft::kTableName, "`"));
  }
  return sight;
}

// What the kernel holds before the step, by memory. Requires that it is known.
nft::Inventory Reconciler::HeldBefore(const Step& step) const {
  forwarding::ForwardingTable before =
      step.from_nothing ? forwarding::ForwardingTable{.host = settings_.host, .services = {}}
                        : table_;
  for (const auto& [name, routes] : step.routes_before) {
    if (routes == nullptr) {
      before.services.erase(name);
    } else {
      before.services[name] = routes;
    }
  }
  nft::Ruleset held = nft::Compile(before, settings_.options);
  held.Add(SharedChains(spare_));
  return nft::Inventory::Of(held, *known_);
}

// What it should hold after the step, whole. Takes what the step has compiled, where that is all.
nft::Ruleset Reconciler::WantedAfter(Step& step, const nft::ChainNames& spare) const {
  nft::Ruleset wanted;
  if (step.from_nothing) {
    wanted = {.skeleton = skeleton_,
              .elements = std::exchange(step.net.added.elements, {}),
              .counts = usage_.counts()};
    wanted.Add(std::exchange(step.net.added, {}));
    wanted.Add(SharedChains(step.net.chains_added));
    std::ranges::move(nft::CompileElements(settings_.host), std::back_inserter(wanted.elements));
  } else {
    step.net = {};  // not needed now, and big when everything changes
    wanted = nft::Compile(table_, settings_.options);
  }
  wanted.Add(SharedChains(spare));
  return wanted;
}

// From what is known of the kernel, by the elements of the step alone where that is enough: not
// where a set has to be made anew, for all others with it. Otherwise from what has been seen of the
// kernel just now, or from looking at it, which reads big sets in quadratic time (each part of a
// dump walks past all that came before it).
absl::StatusOr<Reconciler::Turn> Reconciler::PlanTurn(Step* step,
                                                      std::optional<Sight> sight) const {
  Turn turn;
  turn.generation = generation_;
  nft::Inventory from;
  nft::Ruleset to;
  const auto after = [&] {
    return nft::Inventory::Of(
        {.skeleton = skeleton_, .elements = {}, .affinity_maps = {}, .counts = usage_.counts()},
        from);
  };
  const bool is_known = step != nullptr && known_.has_value();
  if (is_known) {
    nft::SpareChange shared =
        nft::PlanSpareChains(spare_, step->net.chains_removed, step->net.chains_added);
    if (nft::HasOutgrownSets(*known_, usage_.counts())) {
      to = WantedAfter(*step, shared.spare);
      from = HeldBefore(*step);
      turn.after = after();
    } else {
      // The skeleton is there and stays: neither side needs its chains.
      from = known_->WithoutChains();
      from.Add(step->net.removed);
      from.Add(SharedChains(shared.deleted));
      to.skeleton.exclusive = skeleton_.exclusive;
      to.counts = usage_.counts();
      to.Add(step->net.added);
      to.Add(SharedChains(shared.made));
      turn.after = *known_;
    }
    turn.spare = std::move(shared.spare);
  } else {
    if (step != nullptr) step->net = {};
    if (!sight.has_value()) {
      ASSIGN_OR_RETURN(sight, Look());
    }
    from = std::move(sight->seen.inventory);
    to = std::move(sight->wanted);
    turn.spare = std::move(sight->spare);
    turn.generation = sight->seen.generation;
    turn.observed = true;
    turn.suspect = !sight->seen.whole;
    turn.after = after();
  }
  turn.transaction = nft::Plan(from, std::move(to));
  turn.preparation = nft::TakePreparation(turn.transaction);
  turn.cleanup = nft::TakeCleanup(turn.transaction, turn.after, usage_.counts());
  return turn;
}

// Plans and commits until the kernel holds what it should, or refuses.
absl::StatusOr<Reconciler::Turn> Reconciler::Converge(Step* step, std::optional<Sight> sight) {
  absl::Status last;
  for (int attempt = 0; attempt < kMaxAttempts; ++attempt) {
    ASSIGN_OR_RETURN(Turn turn, PlanTurn(step, std::exchange(sight, std::nullopt)));
    generation_ = turn.generation;
    if (turn.observed) suspect_ = turn.suspect;
    if (turn.operations() == 0) {
      Committed(turn, generation_);
      return turn;
    }
    const absl::Time start = now_();
    last = Commit(turn.preparation);
    if (last.ok()) last = Commit(turn.transaction);
    if (last.ok()) last = Commit(turn.cleanup);
    if (last.ok()) {
      Committed(turn, generation_);
      ++health_.commits;
      health_.last_commit = now_();
      health_.last_commit_time = health_.last_commit - start;
      health_.commit_seconds.Add(absl::ToDoubleSeconds(health_.last_commit_time));
      return turn;
    }
    // Once more from a look at the kernel, unless this was one and the kernel has said no.
    known_.reset();
    if (absl::IsAborted(last)) return last;
    if (turn.observed && !suspect_ && !IsOutcomeUnknown(last)) return last;
  }
  return last;
}

// At whatever generation the kernel has: somebody else committed since, but hardly ever to our
// tables. If it was to ours, either this commit fails on an element, or the next poll finds it.
absl::Status Reconciler::Commit(const nft::Transaction& transaction) {
  if (transaction.empty()) return absl::OkStatus();
  for (int attempt = 0; attempt < kMaxRaces; ++attempt) {
    const absl::StatusOr<Generation> generation = kernel_.Commit(transaction, generation_);
    if (generation.ok()) generation_ = *generation;
    if (!absl::IsAborted(generation.status())) return generation.status();
    ASSIGN_OR_RETURN(generation_, kernel_.CurrentGeneration());
    suspect_ = true;
  }
  ASSIGN_OR_RETURN(generation_, kernel_.CommitAtAny(transaction));
  return absl::OkStatus();
}

void Reconciler::Committed(Turn& turn, Generation generation) {
  known_ = std::move(turn.after);
  spare_ = std::move(turn.spare);
  generation_ = generation;
  failures_ = 0;
  health_.in_sync = true;
  health_.problem.clear();
  health_.generation = generation;
  health_.elements = 0;
  for (const auto& table : usage_.counts()) {
    health_.elements += std::accumulate(table.begin(), table.end(), size_t{0});
  }
}

void Reconciler::Failed(const absl::Status& why) {
  Failed(why, base::Deadline::After(now_(), BackoffAfter(++failures_)));
}

// The kernel could not be read or written: what it holds is unknown until the next turn looks.
void Reconciler::Failed(const absl::Status& why, base::Deadline next) {
  known_.reset();
  ++health_.failures;
  next_poll_ = next;
  health_.in_sync = false;
  const absl::Duration wait = std::max(next.time() - now_(), absl::ZeroDuration());
  health_.problem = absl::StrCat(why.message(), "; trying again in ", absl::FormatDuration(wait));
}

}  // namespace nftsvc::reconcile

// SPDX-License-Identifier: Apache-2.0
#include "src/model/validate.h"

#include <algorithm>
#include <string>
#include <utility>

#include "src/model/build_service.h"
#include "src/model/enforce_limits.h"
#include "src/model/issue_collector.h"
#include "src/model/name_rank.h"
#include "src/model/placement_pool.h"
#include "src/model/proposals.h"
#include "src/model/settle_claims.h"

namespace nftsvc::model {
namespace {

ServiceName ParseName(absl::string_view text) {
  const size_t slash = text.find('/');
  if (slash == text.npos) return {.name_space = "", .name = std::string(text)};
  return {.name_space = std::string(text.substr(0, slash)),
          .name = std::string(text.substr(slash + 1))};
}

}  // namespace

struct Validator::State {
  State(const Snapshot& snapshot, Scope scope, Refuse refuse, std::optional<Sources> sources)
      : current(snapshot),
        own(std::move(sources)),
        rules{.unnamed_stay = scope == Scope::kDelta,
              .refuse_singly = refuse == Refuse::kInvalid,
              .own = own.has_value() ? &*own : nullptr} {}

  // Reports it if there is none for one more.
  bool HasRoom(const Path& at) {
    if (++upserts <= kMaxServices) return true;
    issues.Add(at, "is one too many, at most ", kMaxServices, " services are allowed");
    return false;
  }

  // Reports it if the service is another source's.
  void CheckOwner(const Service& service, const Path& at) {
    if (rules.Owns(service)) return;
    issues.Add(at, service.name, " belongs to source ", SourceOf(service),
               ", and only that can change it");
  }

  void Propose(Proposal proposal);
  std::vector<ServiceChange> Changes() const;

  const Snapshot& current;
  const std::optional<Sources> own;
  const PushRules rules;
  bool refuse_everything = false;
  size_t upserts = 0;
  PlacementPool placements;
  Proposals proposals;
  IssueCollector issues;
};

// Which of two that have one name is meant, nobody can tell: neither goes ahead.
void Validator::State::Propose(Proposal proposal) {
  const size_t first = proposals.Find(proposal.name());
  if (first == Proposals::kNone) return proposals.Add(std::move(proposal));
  issues.Begin(proposals.size(), &proposal.name());
  issues.Add(Path(proposal.path), proposal.name(), " is ", proposals[first].path, " too");
  if (rules.refuse_singly) proposals[first].refused = true;
}

std::vector<ServiceChange> Validator::State::Changes() const {
  struct Named {
    const ServiceName* name;
    ServicePtr before, after;
    uint64_t rank = 0;
  };
  std::vector<Named> named;
  for (size_t i = 0; i < proposals.size(); ++i) {
    const Proposal& p = proposals[i];
    if (p.refused || p.unchanged()) continue;
    named.push_back({&p.name(), p.before, p.after});
  }
  if (!rules.unnamed_stay) {
    for (const auto& [name, service] : current.services()) {
      if (rules.Keeps(*service) || proposals.Find(name) != Proposals::kNone) continue;
      named.push_back({&name, service, nullptr});
    }
  }
  std::vector<const ServiceName*> names;
  names.reserve(named.size());
  for (const Named& n : named) names.push_back(n.name);
  const std::vector<uint64_t> ranks = RankNames(names);
  for (size_t i = 0; i < named.size(); ++i) named[i].rank = ranks[i];
  const auto by_name = [](const Named& a, const Named& b) {
    return a.rank != b.rank ? a.rank < b.rank : *a.name < *b.name;
  };
  // Who keeps them in order sends them so, and so does the state file.
  if (!std::is_sorted(named.begin(), named.end(), by_name)) {
    std::sort(named.begin(), named.end(), by_name);
  }
  std::vector<ServiceChange> changes;
  changes.reserve(named.size());
  for (Named& n : named) changes.push_back({*n.name, std::move(n.before), std::move(n.after)});
  return changes;
}

Validator::Validator(const Snapshot& current, Scope scope, Refuse refuse,
                     std::optional<Sources> own)
    : state_(std::make_unique<State>(current, scope, refuse, std::move(own))) {}

Validator::~Validator() = default;

ServicePtr Validator::Upsert(const ServiceDraft& draft, absl::string_view path,
                             const base::SharedText& source) {
  return Upsert(BuildDraft(draft, path, state_->placements), path, source);
}

ServicePtr Validator::Upsert(BuiltService built, absl::string_view path,
                             const base::SharedText& source) {
  IssueCollector& issues = state_->issues;
  const Path at(path);
  issues.Begin(state_->proposals.size(), nullptr);
  if (!state_->HasRoom(at)) return nullptr;
  const size_t issues_before = issues.count();
  issues.Add(std::move(built.issues), built.issue_count);
  const ServiceName& name = built.service->name;
  if (name.name.empty()) return nullptr;

  issues.Begin(state_->proposals.size(), &name);
  ServicePtr before = state_->current.Find(name);
  if (before != nullptr) state_->CheckOwner(*before, at);
  const bool valid = issues.count() == issues_before;
  built.service->source = source;
  Proposal proposal{.path = std::string(path),
                    .before = std::move(before),
                    .refused = !valid && state_->rules.refuse_singly};
  const bool same = valid && proposal.before != nullptr && *proposal.before == *built.service;
  proposal.after = same ? proposal.before : std::move(built.service);
  ServicePtr result = valid ? proposal.after : nullptr;
  state_->Propose(std::move(proposal));
  return result;
}

void Validator::Repeat(ServicePtr service, absl::string_view path) {
  state_->issues.Begin(state_->proposals.size(), nullptr);
  if (!state_->HasRoom(Path(path))) return;
  state_->Propose({.path = std::string(path), .before = service, .after = service});
}

void Validator::Remove(absl::string_view service, absl::string_view path) {
  ServicePtr before = state_->current.Find(ParseName(service));
  if (before == nullptr) {
    state_->issues.Begin(state_->proposals.size(), nullptr);
    state_->issues.Add(Path(path), "there is no service ", Quoted{service});
    return;
  }
  if (!state_->rules.Owns(*before)) {
    state_->issues.Begin(state_->proposals.size(), &before->name);
    return state_->CheckOwner(*before, Path(path));
  }
  state_->Propose({.path = std::string(path), .before = std::move(before)});
}

bool Validator::is_hopeless() const {
  return !state_->rules.refuse_singly && state_->issues.count() >= kHopelessIssues;
}

void Validator::Report(const Issue& issue) {
  state_->refuse_everything = true;
  state_->issues.Begin(state_->proposals.size(), nullptr);
  state_->issues.Add(Path(issue.path), issue.message);
}

Validation Validator::Finish() && {
  State& state = *state_;
  // Too much to be listed is too much to be compared.
  const bool fits = EnforceLimits(state.current, state.rules, state.proposals, state.issues);
  if (fits || state.rules.refuse_singly) {
    SettleClaims(state.current, state.rules, state.proposals, state.issues);
  }
  Validation validation;
  const bool refused_whole =
      state.refuse_everything || (!state.rules.refuse_singly && state.issues.count() > 0);
  if (!refused_whole) validation.changes = state.Changes();
  const size_t count = state.issues.count();
  validation.issues = std::move(state.issues).Take();
  validation.issues_left_off = count - validation.issues.size();
  return validation;
}

}  // namespace nftsvc::model

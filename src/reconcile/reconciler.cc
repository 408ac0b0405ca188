// SPDX-License-Identifier: Apache-2.0
#include "src/reconcile/reconciler.h"

#include <algorithm>
#include <initializer_list>
#include <utility>

#include "absl/strings/str_cat.h"
#include "src/base/count.h"
#include "src/base/status_macros.h"
#include "src/nft/plan.h"
#include "src/nft/ruleset.h"
#include "src/reconcile/backoff.h"
#include "src/reconcile/report_text.h"

namespace nftsvc::reconcile {
namespace {

constexpr size_t kMaxCommands = 10'000;

// Reading our tables whole may take this share of the time, when others commit all the time.
constexpr int kObserveShare = 20;

// The first kMaxCommands.
Commands CommandsOf(std::initializer_list<const nft::Transaction*> transactions) {
  Commands commands;
  for (const nft::Transaction* transaction : transactions) {
    for (const nft::Operation& operation : transaction->operations) {
      if (commands.lines.size() < kMaxCommands) {
        commands.lines.push_back(nft::Print(operation));
      } else {
        ++commands.left_off;
      }
    }
  }
  return commands;
}

}  // namespace

Reconciler::Reconciler(RulesetStore& kernel, FlowStore& flows, StateStore& state, Settings settings,
                       Clock now, base::Log log)
    : kernel_(kernel),
      saver_(state, now, log),
      sweeper_(flows, settings.flow_scope, log),
      settings_(std::move(settings)),
      now_(std::move(now)),
      log_(std::move(log)) {
  table_.host = settings_.host;
  UseHostElements();
  CompileSkeleton();
}

absl::Status Reconciler::Start(uint64_t revision, std::vector<model::ServiceChange> accepted) {
  revision_ = revision;
  Step step = Advance(accepted, forwarding::NoSlots);
  absl::StatusOr<Sight> sight = Look(WantedAfter(step, /*spare=*/{}), nft::EverySet());
  if (!sight.ok()) {
    Failed(sight.status());
    return sight.status();
  }
  sight->wanted.Replace(
      TakeSlots(nft::ObservedSlots(sight->seen.inventory, sight->wanted.elements)));
  const absl::StatusOr<Turn> turn = Converge(nullptr, *std::move(sight));
  if (!turn.ok()) {
    Failed(turn.status());
    return turn.status();
  }
  log_(
      base::Severity::kInfo,
      absl::StrCat("revision ", revision_, " with ",
                   base::Count(snapshot_.services().size(), "service"), ": ",
                   turn->operations() == 0
                       ? "the kernel holds it already"
                       : absl::StrCat("committed ", base::Count(turn->operations(), "operation"))));
  sweeper_.SweepAll(snapshot_, settings_.host);
  ForgetAllClients();
  return absl::OkStatus();
}

void Reconciler::UseHostElements() {
  nft::Parts parts;
  parts.elements = nft::CompileElements(settings_.host);
  usage_.Replace({}, std::move(parts));
}

absl::StatusOr<PushReport> Reconciler::Push(const std::vector<model::ServiceChange>& changes,
                                            bool want_commands) {
  PushReport report;
  report.revision = revision_;
  report.generation = generation_;
  if (changes.empty()) {
    // Success means that the kernel has it, and that a restart will, or else a warning.
    if (!health_.in_sync) RETURN_IF_ERROR(TryToCatchUp());
    if (!health_.persist_problem.empty()) report.persist_warning = std::string(Save({}).message());
    report.generation = generation_;
    return report;
  }
  CountServices(changes, report);

  const absl::Time start = now_();
  Step step = Advance(changes, forwarding::NoSlots);
  saver_.Begin(revision_ + 1, changes, snapshot_);
  const absl::StatusOr<Turn> turn = Converge(&step);
  if (!turn.ok()) {
    saver_.Abandon();
    Retreat(std::move(step), changes);
    PutBack(turn.status());
    return turn.status();
  }
  report.revision = ++revision_;
  report.operations = turn->operations();
  report.generation = generation_;
  if (turn->operations() > 0) report.commit_time = health_.last_commit_time;
  report.plan_time = now_() - start - report.commit_time;
  if (want_commands)
    report.commands = CommandsOf({&turn->preparation, &turn->transaction, &turn->cleanup});
  sweeper_.Changed(changes, snapshot_, settings_.host);
  ForgetClients(step.routes_before);
  const absl::Time planned = now_();
  report.persist_warning = std::string(Save(changes).message());
  report.persist_time = now_() - planned;
  return report;
}

// Behind a push that failed, whose services are not to be. Mostly the kernel refused it whole and
// holds the old ones still; nobody is told that it may not hold them before that is known. A client
// that tries again and again while they cannot be put back must not put off when that is tried
// again.
void Reconciler::PutBack(const absl::Status& why) {
  if (!health_.in_sync) return Failed(why, next_poll_);
  const absl::StatusOr<Turn> back = Converge(nullptr);
  if (!back.ok()) return Failed(back.status());
  ++health_.failures;
  if (back->operations() == 0) return;
  sweeper_.SweepAll(snapshot_, settings_.host);
  ForgetAllClients();
}

absl::StatusOr<PushReport> Reconciler::Preview(const std::vector<model::ServiceChange>& changes) {
  PushReport report;
  report.revision = revision_;
  report.generation = generation_;
  if (changes.empty()) return report;
  CountServices(changes, report);
  const absl::Time start = now_();
  Step step = Advance(changes, forwarding::NoSlots);
  const absl::StatusOr<Turn> turn = PlanTurn(&step, std::nullopt);
  Retreat(std::move(step), changes);
  if (!turn.ok()) return turn.status();
  report.operations = turn->operations();
  report.commands = CommandsOf({&turn->preparation, &turn->transaction, &turn->cleanup});
  report.plan_time = now_() - start;
  return report;
}

absl::Status Reconciler::Reconfigure(Settings settings) {
  if (settings == settings_) return absl::OkStatus();
  settings_ = std::move(settings);
  sweeper_.set_scope(settings_.flow_scope);
  const forwarding::ForwardingTable before = std::move(table_);
  const auto memory = [&](const model::FrontendKey& frontend, forwarding::Pool pool) {
    const model::Service* claimant = snapshot_.Claimant(frontend);
    const auto routes = before.services.find(claimant->name);
    return forwarding::SlotsOf(*routes->second, frontend, pool);
  };
  table_ = forwarding::Resolve(snapshot_, settings_.host, memory);
  usage_ = nft::Usage();
  UseHostElements();
  for (const auto& [name, routes] : table_.services) {
    usage_.Replace({}, nft::CompileService(*routes, settings_.options));
  }
  CompileSkeleton();
  known_.reset();
  const absl::StatusOr<Turn> turn = Converge(nullptr);
  if (turn.ok()) {
    sweeper_.HostChanged(before.host, snapshot_, settings_.host);
    ForgetAllClients();
  } else {
    Failed(turn.status());
  }
  return turn.status();
}

absl::StatusOr<Commands> Reconciler::Verify() {
  ASSIGN_OR_RETURN(Sight sight, Look());
  const nft::Transaction missing = nft::Plan(sight.seen.inventory, std::move(sight.wanted));
  return CommandsOf({&missing});
}

void Reconciler::Poll() {
  if (saver_.next_save().IsDue(now_())) (void)Save({});
  if (!next_poll_.IsDue(now_())) return;
  next_poll_ = base::Deadline::After(now_(), settings_.drift_poll_interval);
  sweeper_.Repeat(snapshot_, settings_.host);
  ForgetClientsAgain();
  const absl::Status status = health_.in_sync ? LookForDrift() : CatchUp();
  if (status.ok()) return;
  Failed(status);
  log_(base::Severity::kError, health_.problem);
}

absl::Status Reconciler::TryToCatchUp() {
  const absl::Status status = CatchUp();
  if (!status.ok()) Failed(status);
  return status;
}

absl::Status Reconciler::CatchUp() {
  RETURN_IF_ERROR(Converge(nullptr).status());
  log_(base::Severity::kNotice, absl::StrCat("the kernel holds revision ", revision_, " again"));
  sweeper_.SweepAll(snapshot_, settings_.host);
  ForgetAllClients();
  return absl::OkStatus();
}

// That somebody committed something mostly concerns none of our tables, and an outline tells of
// what is likely to happen if it does. When others commit all the time, a look at everything is too
// much each time.
absl::Status Reconciler::LookForDrift() {
  ASSIGN_OR_RETURN(const Generation generation, kernel_.CurrentGeneration());
  if (!suspect_ && generation == generation_) return absl::OkStatus();
  std::optional<nft::SetChoice> odd;
  Generation outlined = 0;
  if (known_.has_value()) {
    ASSIGN_OR_RETURN(const RulesetStore::Outline outline, kernel_.ReadOutline());
    nft::Inventory known = *known_;
    known.Add(SharedChains(usage_.chains()));
    known.Add(SharedChains(spare_));
    odd = outline.OddSets(known, usage_.counts());
    outlined = outline.generation;
    if (odd == nft::SetChoice() && !next_look_.IsDue(now_())) {
      generation_ = outlined;
      suspect_ = true;
      return absl::OkStatus();
    }
  }
  if (odd.has_value() && odd != nft::SetChoice()) {
    ASSIGN_OR_RETURN(const Turn repair, RepairSets(*odd, outlined));
    return ReportRepair(repair);
  }
  known_.reset();
  const absl::Time start = now_();
  ASSIGN_OR_RETURN(const Turn turn, Converge(nullptr));
  const absl::Time end = now_();
  next_look_ = base::Deadline::After(end, kObserveShare * (end - start));
  return ReportRepair(turn);
}

// The other sets have as many elements as they should, and are looked at when a look at everything
// is due.
absl::StatusOr<Reconciler::Turn> Reconciler::RepairSets(const nft::SetChoice& sets,
                                                        Generation generation) {
  known_.reset();
  ASSIGN_OR_RETURN(Sight sight, Look(nft::Compile(table_, settings_.options), sets));
  // Of another generation, the rest may look otherwise too; and a set that has to be made anew
  // needs all of its elements.
  if (sight.seen.generation != generation || !sight.seen.whole ||
      nft::HasOutgrownSets(sight.seen.inventory, usage_.counts())) {
    return Converge(nullptr);
  }
  absl::StatusOr<Turn> turn = Converge(nullptr, std::move(sight));
  suspect_ = true;
  return turn;
}

absl::Status Reconciler::ReportRepair(const Turn& turn) {
  if (turn.operations() == 0) return absl::OkStatus();
  ++health_.drift_repairs;
  const Commands commands = CommandsOf({&turn.preparation, &turn.transaction, &turn.cleanup});
  health_.last_drift = absl::StrCat(TimeText(now_()), ": repaired by ", turn.operations(),
                                    " operations, the first: ", commands.lines.front());
  log_(base::Severity::kWarning, absl::StrCat("somebody changed our tables; ", health_.last_drift));
  sweeper_.SweepAll(snapshot_, settings_.host);
  ForgetAllClients();
  return absl::OkStatus();
}

absl::Status Reconciler::Save(const std::vector<model::ServiceChange>& changes) {
  const absl::Status saved = saver_.Save(revision_, changes, snapshot_);
  health_.persist_problem = saver_.problem();
  return saved;
}

}  // namespace nftsvc::reconcile

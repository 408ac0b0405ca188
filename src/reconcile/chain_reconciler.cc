// SPDX-License-Identifier: Apache-2.0
#include "src/reconcile/chain_reconciler.h"

#include <algorithm>
#include <memory>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "src/base/count.h"
#include "src/base/status_macros.h"
#include "src/forwarding/resolve.h"
#include "src/iptables/compile.h"
#include "src/reconcile/chain_commands.h"
#include "src/reconcile/report_text.h"

namespace nftsvc::reconcile {
namespace {

// Reading the chains may take one of so many parts of the time.
constexpr int kReadShare = 50;

absl::Status NotForIptables(const model::Issues& issues) {
  std::string more;
  if (issues.size() > 1) more = absl::StrCat(" (and ", issues.size() - 1, " more)");
  return absl::FailedPreconditionError(
      absl::StrCat("mode IPTABLES: ", issues.front().ToString(), more));
}

bool HasKubeServices(const iptables::SavedTables& saved) {
  const auto& nat = saved[static_cast<size_t>(iptables::TableId::kNat)];
  return std::any_of(nat.begin(), nat.end(), [](const iptables::Chain& chain) {
    return chain.name == "KUBE-SERVICES" && !chain.rules.empty();
  });
}

}  // namespace

ChainReconciler::ChainReconciler(ChainStore& chains, FlowStore& flows, StateStore& state,
                                 Settings settings, Clock now, base::Log log)
    : chains_(chains),
      saver_(state, now, log),
      sweeper_(flows, settings.flow_scope, log),
      settings_(std::move(settings)),
      now_(std::move(now)),
      log_(std::move(log)) {
  table_.host = settings_.host;
}

absl::Status ChainReconciler::Start(uint64_t revision, std::vector<model::ServiceChange> accepted) {
  revision_ = revision;
  Advance(accepted);
  if (const model::Issues issues = iptables::FindUnsupported(table_); !issues.empty()) {
    const absl::Status status = NotForIptables(issues);
    Failed(status);
    return status;
  }
  const absl::StatusOr<Saved> saved = Read();
  if (!saved.ok()) {
    Failed(saved.status());
    return saved.status();
  }
  if (revision_ == 0 && !chains_.MayHoldOurs() &&
      std::any_of(saved->begin(), saved->end(), HasKubeServices)) {
    waits_for_push_ = true;
    health_.problem =
        "chains of kube-proxy are here and no services have been pushed: they stay until then";
    log_(base::Severity::kNotice, health_.problem);
    return absl::OkStatus();
  }
  Rulesets desired = Compile();
  const Plans plans = PlanFrom(*saved, desired);
  if (const absl::Status written = Write(plans); !written.ok()) {
    Failed(written);
    return written;
  }
  Committed(std::move(desired));
  const size_t commands = CountCommands(plans);
  log_(base::Severity::kInfo,
       absl::StrCat("revision ", revision_, " with ",
                    base::Count(snapshot_.services().size(), "service"), ": ",
                    commands == 0
                        ? "the chains are there already"
                        : absl::StrCat("wrote ", base::Count(commands, "line"), " of chains")));
  sweeper_.SweepAll(snapshot_, settings_.host);
  return absl::OkStatus();
}

model::Issues ChainReconciler::FindUnsupported(
    const std::vector<model::ServiceChange>& changes) const {
  forwarding::ForwardingTable changed;
  changed.host = settings_.host;
  for (const model::ServiceChange& change : changes) {
    if (change.after == nullptr) continue;
    changed.services[change.name] = std::make_shared<const forwarding::ServiceRoutes>(
        forwarding::Resolve(*change.after, settings_.host, forwarding::NoSlots));
  }
  return iptables::FindUnsupported(changed);
}

absl::StatusOr<PushReport> ChainReconciler::Push(const std::vector<model::ServiceChange>& changes,
                                                 bool want_commands) {
  PushReport report;
  report.revision = revision_;
  if (changes.empty() && !waits_for_push_) {
    // Success means that the kernel has it, and that a restart will, or else a warning.
    if (!health_.in_sync) {
      if (const absl::Status status = CatchUp(); !status.ok()) {
        Failed(status);
        return status;
      }
    }
    if (!health_.persist_problem.empty()) report.persist_warning = std::string(Save({}).message());
    return report;
  }
  CountServices(changes, report);
  const absl::Time start = now_();
  NamedRoutes before = Advance(changes);
  saver_.Begin(revision_ + 1, changes, snapshot_);
  const uint64_t commits = health_.commits;
  const absl::StatusOr<Plans> plans = Converge(Compile());
  if (!plans.ok()) {
    saver_.Abandon();
    Retreat(std::move(before), changes);
    PutBack();
    return plans.status();
  }
  waits_for_push_ = false;
  if (!changes.empty()) report.revision = ++revision_;
  report.operations = CountCommands(*plans);
  if (health_.commits > commits) report.commit_time = health_.last_commit_time;
  report.plan_time = now_() - start - report.commit_time;
  if (want_commands) report.commands = CommandsOf(*plans);
  sweeper_.Changed(changes, snapshot_, settings_.host);
  const absl::Time planned = now_();
  if (!changes.empty()) report.persist_warning = std::string(Save(changes).message());
  report.persist_time = now_() - planned;
  return report;
}

absl::StatusOr<PushReport> ChainReconciler::Preview(
    const std::vector<model::ServiceChange>& changes) {
  PushReport report;
  report.revision = revision_;
  if (changes.empty()) return report;
  CountServices(changes, report);
  const absl::Time start = now_();
  NamedRoutes before = Advance(changes);
  const absl::StatusOr<Plans> plans = PlanTurn(Compile());
  Retreat(std::move(before), changes);
  if (!plans.ok()) return plans.status();
  report.operations = CountCommands(*plans);
  report.commands = CommandsOf(*plans);
  report.plan_time = now_() - start;
  return report;
}

absl::Status ChainReconciler::Reconfigure(Settings settings) {
  if (settings == settings_) return absl::OkStatus();
  forwarding::ForwardingTable table =
      forwarding::Resolve(snapshot_, settings.host, forwarding::NoSlots);
  if (const model::Issues issues = iptables::FindUnsupported(table); !issues.empty()) {
    return NotForIptables(issues);
  }
  settings_ = std::move(settings);
  sweeper_.set_scope(settings_.flow_scope);
  const forwarding::HostFacts host_before = std::exchange(table_, std::move(table)).host;
  if (waits_for_push_) return absl::OkStatus();
  const absl::StatusOr<Plans> plans = Converge(Compile());
  if (plans.ok()) {
    sweeper_.HostChanged(host_before, snapshot_, settings_.host);
  } else {
    Failed(plans.status());
  }
  return plans.status();
}

absl::StatusOr<Commands> ChainReconciler::Verify() {
  ASSIGN_OR_RETURN(const Saved saved, Read());
  return CommandsOf(PlanFrom(saved, Compile()));
}

void ChainReconciler::Poll() {
  if (saver_.next_save().IsDue(now_())) (void)Save({});
  if (!next_poll_.IsDue(now_())) return;
  next_poll_ = base::Deadline::After(now_(), settings_.drift_poll_interval);
  if (waits_for_push_) return;
  sweeper_.Repeat(snapshot_, settings_.host);
  const absl::Status status = health_.in_sync ? LookForDrift() : CatchUp();
  if (status.ok()) return;
  Failed(status);
  log_(base::Severity::kError, health_.problem);
}

absl::Status ChainReconciler::CatchUp() {
  RETURN_IF_ERROR(Converge(Compile()).status());
  log_(base::Severity::kNotice,
       absl::StrCat("the chains are those of revision ", revision_, " again"));
  sweeper_.SweepAll(snapshot_, settings_.host);
  return absl::OkStatus();
}

absl::Status ChainReconciler::LookForDrift() {
  const absl::Time start = now_();
  ASSIGN_OR_RETURN(const Saved saved, Read());
  const absl::Time end = now_();
  next_poll_ = base::Deadline::After(
      end, std::max(settings_.drift_poll_interval, kReadShare * (end - start)));
  const Plans plans = PlanFrom(saved, *known_);
  const size_t commands = CountCommands(plans);
  if (commands == 0) return absl::OkStatus();
  RETURN_IF_ERROR(Write(plans));
  ++health_.drift_repairs;
  health_.last_drift = absl::StrCat(TimeText(now_()), ": repaired by ", commands,
                                    " lines, the first: ", CommandsOf(plans).lines.front());
  log_(base::Severity::kWarning, absl::StrCat("somebody changed our chains; ", health_.last_drift));
  sweeper_.SweepAll(snapshot_, settings_.host);
  return absl::OkStatus();
}

absl::Status ChainReconciler::Save(const std::vector<model::ServiceChange>& changes) {
  const absl::Status saved = saver_.Save(revision_, changes, snapshot_);
  health_.persist_problem = saver_.problem();
  return saved;
}

}  // namespace nftsvc::reconcile

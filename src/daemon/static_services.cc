// SPDX-License-Identifier: Apache-2.0
#include "src/daemon/static_services.h"

#include "absl/strings/str_cat.h"
#include "src/daemon/validate_files.h"
#include "src/reconcile/backoff.h"

namespace nftsvc::daemon {

void StaticServices::Load(const std::string& directory) {
  absl::StatusOr<std::vector<ServicesFile>> files = ReadServicesDirectory(directory);
  if (files.ok()) {
    waiting_ = *std::move(files);
    failures_ = 0;
    return Apply();
  }
  problem_ = absl::StrCat(files.status().message(), "; what its files gave before stays");
  log_(base::Severity::kError, problem_);
}

void StaticServices::Retry() {
  if (is_waiting_ && next_try_.IsDue(now_()) && reconciler_.health().in_sync) Apply();
}

void StaticServices::Apply() {
  const absl::Time start = now_();
  const FilesValidation validation = ValidateFiles(reconciler_.snapshot(), waiting_);
  if (!is_waiting_) {
    for (const std::string& line : validation.mistakes) log_(base::Severity::kError, line);
  }
  problem_ = validation.mistakes.empty() ? "" : validation.mistakes.front();
  if (validation.mistakes.size() > 2) {
    absl::StrAppend(&problem_, "; and ", validation.mistakes.size() - 2, " more lines in the log");
  }
  // A push without changes is a push all the same: in mode IPTABLES the first one takes
  // kube-proxy's chains over.
  if (validation.changes.empty()) {
    is_waiting_ = false;
    waiting_.clear();
    return;
  }
  if (const model::Issues issues = reconciler_.FindUnsupported(validation.changes);
      !issues.empty()) {
    problem_ = issues.front().ToString();
    for (const model::Issue& issue : issues) log_(base::Severity::kError, issue.ToString());
    is_waiting_ = false;
    waiting_.clear();
    return;
  }
  const absl::StatusOr<reconcile::PushReport> report =
      reconciler_.Push(validation.changes, /*want_commands=*/false);
  if (!report.ok()) {
    if (!is_waiting_) {
      log_(base::Severity::kError,
           absl::StrCat("services of files: ", report.status().message(), "; trying again"));
    }
    is_waiting_ = true;
    next_try_ = base::Deadline::After(now_(), reconcile::BackoffAfter(++failures_));
    problem_ = absl::StrCat("the kernel does not take them: ", report.status().message());
    return;
  }
  is_waiting_ = false;
  waiting_.clear();
  pushes_.Add({.time = start,
               .who = "services of files",
               .revision = report->revision,
               .added = report->added,
               .changed = report->changed,
               .removed = report->removed,
               .took = now_() - start});
  log_(base::Severity::kInfo,
       absl::StrCat("services of files: revision ", report->revision, ", +", report->added, " ~",
                    report->changed, " -", report->removed, " services, ", report->operations,
                    " operations"));
}

}  // namespace nftsvc::daemon

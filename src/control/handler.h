// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "absl/types/span.h"
#include "nftsvc/v1/control.pb.h"
#include "src/base/log.h"
#include "src/control/history.h"
#include "src/control/peer.h"
#include "src/control/push_log.h"
#include "src/control/service_reader.h"
#include "src/model/validate.h"
#include "src/reconcile/enforcer.h"
#include "src/wire/split_request.h"

namespace nftsvc::control {

// Answers requests with what the reconciler knows and does. Logs one line for each push, accepted
// or not.
class Handler {
 public:
  using Clock = reconcile::Enforcer::Clock;

  // What the daemon knows of itself, for `status`.
  struct Surroundings {
    std::function<size_t()> client_count;  // connected now
    std::function<std::string()> health_check_problem;
    std::function<std::string()> services_directory_problem;
    std::function<std::string()> http_problem;
    std::function<std::string()> config_problem;
    PushLog& pushes;  // where every push is told
    History& history;

    // Is told of what a client changed. May be missing.
    std::function<void(const std::vector<model::ServiceChange>& changes, const Peer& peer)> pushed =
        {};
  };

  // The reconciler must outlive the handler.
  Handler(reconcile::Enforcer& reconciler, Clock now, Surroundings surroundings, base::Log log);

  // Sets the result or the error, never both.
  void Handle(const wire::SplitRequest& request, const Peer& peer, v1::Response& response);

  struct Call {
    const wire::SplitRequest* request;
    v1::Response* response;
  };

  // Any request; or several that wire::IsPlainDelta is true of: each is checked as if those before
  // it had been made and those that pass are committed together, as one revision. Where that fails,
  // it fails for all of them.
  void HandleTogether(absl::Span<const Call> calls, const Peer& peer);

  // The time is over in which the pending push could be confirmed: goes back to what was before.
  // Whether that is done; if not, it is to be tried again.
  bool TakeBack();

 private:
  // What a push and a delta have in common.
  struct Change {
    absl::string_view verb;  // for the log
    model::Validation validation;
    bool accept_valid = false;
    bool dry_run = false;
    bool want_changes = false;
    uint32_t confirm_within_ms = 0;
    bool settles = false;  // a pending push
    bool unasked = false;  // the daemon's own, by no client
    absl::Time began;
    absl::Duration validate_time = absl::ZeroDuration();
  };

  void Push(const wire::SplitRequest& split, const Peer& peer, v1::Response& response);
  void Delta(const wire::SplitRequest& split, const Peer& peer, v1::Response& response);
  std::optional<Change> ReadDelta(const wire::SplitRequest& split, v1::Response& response);
  bool Refuses(const Change& change, const Peer& peer, v1::Response& response) const;
  void Apply(Change change, const Peer& peer, v1::Response& response);
  void FailChange(const Change& change, const absl::Status& why, const Peer& peer,
                  v1::Response& response) const;
  void AnswerChange(const Change& change, reconcile::PushReport report, const Peer& peer,
                    v1::Response& response) const;
  void Get(const v1::GetRequest& request, v1::Response& response) const;
  void List(const v1::ListRequest& request, v1::Response& response);
  void Status(v1::StatusResult& result) const;
  void Verify(v1::Response& response);
  void Explain(const v1::ExplainRequest& request, v1::Response& response) const;

  // What was done, and by whom.
  static std::string Deed(const Change& change, const Peer& peer);

  // Tells the push log.
  void Record(const Change& change, const Peer& peer, PushRecord record) const;
  void ShowHistory(v1::HistoryResult& result) const;
  void Rollback(const v1::RollbackRequest& request, const Peer& peer, v1::Response& response);
  void Confirm(const v1::ConfirmRequest& request, const Peer& peer, v1::Response& response);

  // Whether there may be no other push yet, or none that waits so long.
  bool RefusesUnconfirmed(uint32_t confirm_within_ms, bool dry_run, v1::Response& response) const;
  void DescribePending(std::string& until) const;
  absl::Status Settle();

  void LogPush(const Change& change, const Peer& peer, const v1::PushResult& result) const;

  reconcile::Enforcer& reconciler_;
  Clock now_;
  Surroundings surroundings_;
  base::Log log_;
  ServiceReader services_;
  absl::Time started_;
};

}  // namespace nftsvc::control

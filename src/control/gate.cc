// SPDX-License-Identifier: Apache-2.0
#include "src/control/gate.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "src/control/respond.h"

namespace nftsvc::control {
namespace {

constexpr absl::Duration kMinute = absl::Minutes(1);

// Lines a minute: for each user, and users that get lines of their own.
constexpr uint64_t kMaxLines = 5;
constexpr size_t kMaxUsers = 100;

// Every operation is named here, so that none that comes later is let through unseen.
bool Changes(const v1::Request& request) {
  switch (request.operation_case()) {
    case v1::Request::kPush:
      return !request.push().dry_run();
    case v1::Request::kDelta:
      return !request.delta().dry_run();
    case v1::Request::kRollback:
      return !request.rollback().dry_run();
    case v1::Request::kConfirm:
      return true;
    case v1::Request::kGet:
    case v1::Request::kList:
    case v1::Request::kStatus:
    case v1::Request::kVerify:
    case v1::Request::kExplain:
    case v1::Request::kHistory:
    case v1::Request::kWatch:
    case v1::Request::OPERATION_NOT_SET:
      return false;
  }
  return true;
}

// "push"; "request" for one without an operation.
std::string OperationName(const v1::Request& request) {
  const auto* field = request.GetReflection()->GetOneofFieldDescriptor(
      request, v1::Request::descriptor()->FindOneofByName("operation"));
  return field == nullptr ? "request" : field->name();
}

}  // namespace

Gate::Gate(Access access, uid_t own_user, Clock now, base::Log log)
    : access_(std::move(access)), own_user_(own_user), now_(std::move(now)), log_(std::move(log)) {}

bool Gate::Refuses(const v1::Request& request, const Peer& peer, v1::Response& response) {
  if (peer.uid == 0 || peer.uid == own_user_) return false;
  const bool changes = Changes(request);
  if (changes ? access_.MayWrite(peer) : access_.MayRead(peer)) return false;
  Fail(v1::Error::PERMISSION_DENIED,
       absl::StrCat(OperationName(request), ": user ", peer.uid, " may not ",
                    changes ? "change" : "read",
                    " what the daemon serves; its configuration says who may, in `access`"),
       response);
  Log(request, peer);
  return true;
}

void Gate::Log(const v1::Request& request, const Peer& peer) {
  const absl::Time now = now_();
  if (now >= minute_ + kMinute || now < minute_) {
    for (const auto& [user, count] : std::exchange(refused_, {})) {
      if (count <= kMaxLines) continue;
      log_(base::Severity::kWarning, absl::StrCat(count - kMaxLines, " more requests of uid ", user,
                                                  " were refused within a minute"));
    }
    minute_ = now;
  }
  if (refused_.size() >= kMaxUsers && !refused_.contains(peer.uid)) return;
  if (++refused_[peer.uid] > kMaxLines) return;
  log_(base::Severity::kWarning,
       absl::StrCat(OperationName(request), " by ", peer.ToString(), " refused: no permission"));
}

}  // namespace nftsvc::control

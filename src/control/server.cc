// SPDX-License-Identifier: Apache-2.0
#include "src/control/server.h"

#include <malloc.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include <google/protobuf/arena.h>
#include "absl/strings/str_cat.h"
#include "src/base/status_macros.h"
#include "src/control/respond.h"
#include "src/control/system_error.h"

namespace nftsvc::control {
namespace {

// More new clients than this per second wait for the next one. It also bounds what a failing
// accept(2) can cost, which leaves the listener readable.
constexpr unsigned kAcceptsPerSecond = 1'000;

// From this size on a message leaves enough free heap behind for it to be worth giving back.
constexpr size_t kBigMessageBytes = size_t{1} << 20;

// Every client may have this much on its way, whatever the others do.
constexpr size_t kLeastShareBytes = size_t{64} << 10;

// Whether its answer may be as large as all that is served.
bool IsAnswerBig(const v1::Request& request) {
  return request.has_get() || request.has_list() || request.has_verify() || request.has_history();
}

v1::Error::Code RefusalCode(const absl::Status& why) {
  return absl::IsResourceExhausted(why) ? v1::Error::TOO_LARGE : v1::Error::INVALID;
}

}  // namespace

Server::Server(sd_event* event, Listener listener, const Limits& limits, Handle handle,
               base::Log log)
    : event_(event),
      listener_(std::move(listener)),
      limits_(limits),
      handle_(std::move(handle)),
      log_(std::move(log)) {}

absl::StatusOr<std::unique_ptr<Server>> Server::Start(sd_event* event, Listener listener,
                                                      const Limits& limits, Handle handle,
                                                      base::Log log) {
  std::unique_ptr<Server> server(
      new Server(event, std::move(listener), limits, std::move(handle), std::move(log)));
  const auto on_connect = [](sd_event_source*, int, uint32_t, void* self) {
    static_cast<Server*>(self)->Accept();
    return 0;
  };
  sd_event_source* source = nullptr;
  int result =
      sd_event_add_io(event, &source, server->listener_.fd(), EPOLLIN, on_connect, server.get());
  if (result < 0) return SystemError(-result, "watch control socket");
  server->accept_.reset(source);
  result = sd_event_source_set_ratelimit(source, /*interval_usec=*/1'000'000, kAcceptsPerSecond);
  if (result < 0) return SystemError(-result, "limit rate of control socket");
  RETURN_IF_ERROR(server->AddGiveBack());
  return server;
}

absl::Status Server::AddGiveBack() {
  const auto give_back = [](sd_event_source*, void*) {
    malloc_trim(0);
    return 0;
  };
  sd_event_source* source = nullptr;
  int result = sd_event_add_defer(event_, &source, give_back, nullptr);
  give_back_.reset(source);
  if (result >= 0) result = sd_event_source_set_enabled(source, SD_EVENT_OFF);
  if (result >= 0) result = sd_event_source_set_priority(source, SD_EVENT_PRIORITY_IDLE);
  return result < 0 ? SystemError(-result, "watch memory") : absl::OkStatus();
}

void Server::Accept() {
  UniqueFd fd(accept4(listener_.fd(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (!fd.is_open()) {
    if (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED) return;
    log_(base::Severity::kError, SystemError(errno, "accept client").message());
    return;
  }
  if (sessions_.size() < limits_.max_clients || MakeRoom()) {
    told_full_ = false;
    AddSession(std::move(fd));
    return;
  }
  const absl::Status full = absl::ResourceExhaustedError(
      absl::StrCat("connect: ", limits_.max_clients, " clients are connected already"));
  if (!std::exchange(told_full_, true)) log_(base::Severity::kWarning, full.message());
  const std::string refusal = Refusal(full);
  // A new socket has room for these few bytes; should it not, the client sees the end only.
  (void)send(fd.get(), refusal.data(), refusal.size(), MSG_NOSIGNAL);
}

bool Server::MakeRoom() {
  uint64_t now = 0;
  sd_event_now(event_, CLOCK_MONOTONIC, &now);
  const auto timeout = static_cast<uint64_t>(limits_.client_timeout.count());
  Session* oldest = nullptr;
  for (const auto& [session, owned] : sessions_) {
    if (!session->is_replaceable() || now - session->last_active_us() < timeout) continue;
    if (!oldest || session->last_active_us() < oldest->last_active_us()) oldest = session;
  }
  if (!oldest) return false;
  Close(*oldest, absl::ResourceExhaustedError("idle, and another client needs its place"));
  return true;
}

void Server::AddSession(UniqueFd fd) {
  const absl::StatusOr<Peer> peer = PeerOf(fd);
  if (!peer.ok()) {
    log_(base::Severity::kError, peer.status().message());
    return;
  }
  Session::Owner& owner = *this;
  auto session = std::make_unique<Session>(event_, std::move(fd), *peer, owner);
  if (const absl::Status started = session->Start(); !started.ok()) {
    log_(base::Severity::kError, started.message());
    return;
  }
  Session* key = session.get();
  sessions_.emplace(key, std::move(session));
}

Session::Answer Server::AnswerTo(std::vector<std::string> messages, const Peer& peer) {
  Session::Answer answer;
  std::vector<wire::SplitRequest> requests;
  std::string refusal;
  for (const std::string& message : messages) {
    absl::StatusOr<wire::SplitRequest> request = wire::SplitServices(message);
    if (!request.ok()) {
      refusal = Refusal(
          absl::InvalidArgumentError(absl::StrCat("read request: ", request.status().message())));
      break;
    }
    requests.push_back(*std::move(request));
  }
  google::protobuf::Arena arena;
  std::vector<Handler::Call> calls;
  for (const wire::SplitRequest& request : requests) {
    calls.push_back({&request, google::protobuf::Arena::CreateMessage<v1::Response>(&arena)});
  }
  // Others that read much at once do not come in one turn: only plain deltas do.
  if (!calls.empty() && IsAnswerBig(requests.front().request) && !MayHaveBigAnswer(peer)) {
    Fail(v1::Error::TOO_LARGE, "earlier answers have not been read; try again when they are",
         *calls.front().response);
  } else if (!calls.empty()) {
    handle_(calls, peer);
  }
  for (const auto& [request, response] : calls) {
    response->set_id(request->request.id());
    answer.frame += EncodeFrame(*response);
    if (response->has_watch()) answer.watch_id = response->id();
  }
  answer.close = !refusal.empty();
  answer.frame += refusal;
  // When the client has its answer.
  const bool is_big = messages.front().size() + answer.frame.size() > kBigMessageBytes;
  if (is_big) sd_event_source_set_enabled(give_back_.get(), SD_EVENT_ONESHOT);
  return answer;
}

void Server::Tell(const v1::WatchEvent& event) {
  for (const auto& [session, owned] : sessions_) session->Tell(event);
}

std::string Server::Refusal(const absl::Status& why) {
  v1::Response response;
  response.mutable_error()->set_code(RefusalCode(why));
  response.mutable_error()->set_message(std::string(why.message()));
  return EncodeFrame(response);
}

size_t Server::buffered_bytes() const {
  size_t total = 0;
  for (const auto& [session, owned] : sessions_) total += session->buffered_bytes();
  return total;
}

size_t Server::Room() const {
  return std::max(2 * limits_.max_message_bytes, limits_.max_clients * kLeastShareBytes);
}

// A few bytes can ask for all that is served, on each of many connections. A user who leaves no
// answers unread is not kept from reading by others who do.
bool Server::MayHaveBigAnswer(const Peer& peer) const {
  size_t all = 0;
  size_t of_user = 0;
  for (const auto& [session, owned] : sessions_) {
    all += session->unread_bytes();
    if (session->peer().uid == peer.uid) of_user += session->unread_bytes();
  }
  return all <= Room() || of_user <= kLeastShareBytes;
}

absl::Status Server::HasRoomFor(const Session& session) const {
  const size_t room = Room();
  if (session.buffered_bytes() <= room / limits_.max_clients) return absl::OkStatus();
  const size_t total = buffered_bytes();
  if (total <= room) return absl::OkStatus();
  return absl::ResourceExhaustedError(
      absl::StrCat("read message: the clients together have ", total,
                   " bytes on their way; try again when there are fewer"));
}

void Server::Close(Session& session, const absl::Status& why) {
  if (!why.ok()) {
    log_(base::Severity::kNotice,
         absl::StrCat("client ", session.peer().ToString(), " cut off: ", why.message()));
  }
  sessions_.erase(&session);
}

}  // namespace nftsvc::control

// SPDX-License-Identifier: Apache-2.0
#include "src/control/session.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"
#include "src/base/status_macros.h"
#include "src/control/system_error.h"

namespace nftsvc::control {
namespace {

// What one turn reads: enough to make the cost of the turn small against the copy, little enough
// that a fast sender does not keep others waiting.
constexpr size_t kReadBytes = 64 * 1024;

bool IsRetry(int error) { return error == EAGAIN || error == EINTR; }

}  // namespace

Session::Session(sd_event* event, UniqueFd fd, const Peer& peer, Owner& owner)
    : event_(event),
      fd_(std::move(fd)),
      peer_(peer),
      owner_(owner),
      decoder_(owner.limits().max_message_bytes) {}

absl::Status Session::Start() {
  sd_event_now(event_, CLOCK_MONOTONIC, &last_active_us_);
  const auto on_io = [](sd_event_source*, int, uint32_t, void* self) {
    static_cast<Session*>(self)->OnIo();
    return 0;
  };
  const auto on_deadline = [](sd_event_source*, uint64_t, void* self) {
    auto* session = static_cast<Session*>(self);
    session->owner_.Close(
        *session,
        absl::DeadlineExceededError(session->output_.empty() ? "the rest of a message is missing"
                                                             : "an answer is not taken"));
    return 0;
  };
  sd_event_source* source = nullptr;
  int result = sd_event_add_io(event_, &source, fd_.get(), EPOLLIN, on_io, this);
  if (result < 0) return SystemError(-result, "watch client");
  io_.reset(source);
  result = sd_event_add_time_relative(event_, &source, CLOCK_MONOTONIC, 0, 0, on_deadline, this);
  if (result < 0) return SystemError(-result, "watch client's time");
  deadline_.reset(source);
  return Rearm(/*new_deadline=*/false);
}

void Session::OnIo() {
  const bool was_idle = is_replaceable();
  answered_ = false;
  absl::Status status = Turn();
  if (status.ok()) status = Rearm(/*new_deadline=*/was_idle || answered_);
  const bool left = status.ok() && output_.empty() && (closing_ || (ended_ && idle()));
  if (left || !status.ok()) owner_.Close(*this, status);
}

absl::Status Session::Turn() {
  sd_event_now(event_, CLOCK_MONOTONIC, &last_active_us_);
  if (output_.empty() && !decoder_.HasMessage() && decoder_.status().ok()) RETURN_IF_ERROR(Read());
  const bool asks = decoder_.HasMessage() || !decoder_.status().ok();
  if (output_.empty() && !asks && watch_.has_value()) {
    output_ = watch_->Next().value_or("");
    is_event_ = !output_.empty();
  } else if (output_.empty()) {
    // Asked before the request is handled: an answer may not be lost.
    const absl::Status room = owner_.HasRoomFor(*this);
    room.ok() ? PrepareAnswer() : Refuse(room);
  }
  return Write();
}

absl::Status Session::Read() {
  std::array<char, kReadBytes> bytes;
  const ssize_t count = recv(fd_.get(), bytes.data(), bytes.size(), 0);
  if (count < 0) return IsRetry(errno) ? absl::OkStatus() : SystemError(errno, "read");
  if (count == 0) {
    ended_ = true;
    if (decoder_.InMessage()) return absl::AbortedError("left in the middle of a message");
    return absl::OkStatus();
  }
  // What it says of the stream is told once the messages before it are answered.
  decoder_.Append({bytes.data(), static_cast<size_t>(count)}).IgnoreError();
  return absl::OkStatus();
}

void Session::PrepareAnswer() {
  if (std::vector<std::string> messages = TakeMessages(); !messages.empty()) {
    Answer answer = owner_.AnswerTo(std::move(messages), peer_);
    output_ = std::move(answer.frame);
    closing_ = answer.close;
    answered_ = true;
    if (answer.watch_id.has_value()) watch_.emplace(*answer.watch_id);
  } else if (!decoder_.status().ok()) {
    Refuse(decoder_.status());
  }
}

std::vector<std::string> Session::TakeMessages() {
  std::vector<std::string> messages;
  while (decoder_.HasMessage()) {
    const bool joins = owner_.MayBeJoined(decoder_.front());
    if (!messages.empty() && !joins) break;
    messages.push_back(*decoder_.Next());
    if (!joins) break;
  }
  return messages;
}

void Session::Refuse(const absl::Status& why) {
  output_ = owner_.Refusal(why);
  written_ = 0;
  closing_ = true;
}

absl::Status Session::Write() {
  if (output_.empty()) return absl::OkStatus();
  const ssize_t count =
      send(fd_.get(), output_.data() + written_, output_.size() - written_, MSG_NOSIGNAL);
  if (count < 0) return IsRetry(errno) ? absl::OkStatus() : SystemError(errno, "write answer");
  written_ += static_cast<size_t>(count);
  if (written_ < output_.size()) return absl::OkStatus();
  output_ = std::string();  // gives the memory back
  written_ = 0;
  is_event_ = false;
  return absl::OkStatus();
}

void Session::Tell(const v1::WatchEvent& event) {
  if (!watch_.has_value() || closing_) return;
  watch_->Add(event);
  // It has worked before, or the client would be gone.
  Rearm(/*new_deadline=*/false).IgnoreError();
}

absl::Status Session::Rearm(bool new_deadline) {
  const bool has_work = !output_.empty() || decoder_.HasMessage() || !decoder_.status().ok() ||
                        (watch_.has_value() && !watch_->empty());
  int result = sd_event_source_set_io_events(io_.get(), has_work ? EPOLLOUT : EPOLLIN);
  if (result >= 0 && new_deadline) {
    const auto timeout = static_cast<uint64_t>(owner_.limits().client_timeout.count());
    result = sd_event_source_set_time_relative(deadline_.get(), timeout);
  }
  if (result >= 0) {
    const bool in_time = idle() || is_event_;
    result =
        sd_event_source_set_enabled(deadline_.get(), in_time ? SD_EVENT_OFF : SD_EVENT_ONESHOT);
  }
  return result < 0 ? SystemError(-result, "watch client") : absl::OkStatus();
}

}  // namespace nftsvc::control

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <systemd/sd-event.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "src/control/event.h"
#include "src/control/frame.h"
#include "src/control/peer.h"
#include "src/control/unique_fd.h"
#include "src/control/watch_queue.h"

namespace nftsvc::control {

struct Limits {
  size_t max_message_bytes = size_t{256} << 20;
  size_t max_clients = 128;

  // How long one message may take to arrive, and one answer to be taken.
  std::chrono::microseconds client_timeout = std::chrono::seconds(30);
};

// One connected client: reads a message, has it answered, writes the answer, and only then looks at
// the next one, so that a client which does not read costs one answer. Messages that may be joined,
// whose answers are small, are answered together if they came together. Events for a client that
// watches go out between answers. Never blocks; each turn of the loop does one read and has one
// answer made at most.
class Session {
 public:
  struct Answer {
    std::string frame;
    bool close = false;  // once it is written

    // From here on the client is told events, under this id.
    std::optional<uint64_t> watch_id = {};
  };

  // The server, as its sessions see it.
  class Owner {
   public:
    virtual ~Owner() = default;
    virtual const Limits& limits() const = 0;
    // The answers to these messages, in one. There are several only if all of them may be joined.
    virtual Answer AnswerTo(std::vector<std::string> messages, const Peer& peer) = 0;
    virtual bool MayBeJoined(absl::string_view message) const = 0;
    virtual std::string Refusal(const absl::Status& why) = 0;  // as a frame

    // OK unless all sessions together hold too much, and this one more than its share.
    virtual absl::Status HasRoomFor(const Session& session) const = 0;

    // The client left (OK) or must go. Destroys the session.
    virtual void Close(Session& session, const absl::Status& why) = 0;
  };

  // `event` and `owner` must outlive the session.
  Session(sd_event* event, UniqueFd fd, const Peer& peer, Owner& owner);

  // Begins to listen to the client. Fails if the loop has no room for it.
  absl::Status Start();

  const Peer& peer() const { return peer_; }
  // Of an answer that it has not read yet.
  size_t unread_bytes() const { return output_.size(); }

  size_t buffered_bytes() const {
    return decoder_.buffered_bytes() + output_.size() + (watch_ ? watch_->bytes() : 0);
  }

  // For a client that watches; nothing for others. It has any time to take it, because it costs no
  // more than a queue with bounds.
  void Tell(const v1::WatchEvent& event);

  // Not in the middle of a message or an answer.
  bool idle() const { return output_.empty() && !decoder_.InMessage() && !decoder_.HasMessage(); }

  // Nothing of what a client has asked for is under way.
  bool is_replaceable() const { return idle() || is_event_; }
  uint64_t last_active_us() const { return last_active_us_; }  // CLOCK_MONOTONIC

 private:
  void OnIo();
  absl::Status Turn();
  absl::Status Read();
  void PrepareAnswer();
  std::vector<std::string> TakeMessages();
  absl::Status Write();
  void Refuse(const absl::Status& why);
  absl::Status Rearm(bool new_deadline);

  sd_event* event_;
  UniqueFd fd_;
  Peer peer_;
  Owner& owner_;
  FrameDecoder decoder_;
  std::string output_;
  size_t written_ = 0;     // of output_
  bool is_event_ = false;  // what output_ is
  bool ended_ = false;     // the client sends no more
  bool closing_ = false;   // after output_
  bool answered_ = false;  // in this turn
  uint64_t last_active_us_ = 0;
  std::optional<WatchQueue> watch_;

  EventSource io_;
  EventSource deadline_;
};

}  // namespace nftsvc::control

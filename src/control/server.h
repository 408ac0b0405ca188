// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <systemd/sd-event.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "nftsvc/v1/control.pb.h"
#include "src/base/log.h"
#include "src/control/event.h"
#include "src/control/handler.h"
#include "src/control/listener.h"
#include "src/control/peer.h"
#include "src/control/session.h"
#include "src/wire/plain_delta.h"

namespace nftsvc::control {

// Serves the control protocol to any number of clients from one event loop.
//
// A client gets its answers in the order of its requests. What is no Request is answered with an
// Error under id 0, and the connection ends. A client that asked to watch is told events besides,
// for as long as it stays. All clients together may have twice the largest message in memory;
// beyond that, one that holds more than its share is refused, and so is a request for much to read
// of a user who has not read earlier answers. At the limit on clients, one that has been idle for
// longer than the timeout makes room for a new one.
class Server : private Session::Owner {
 public:
  // Fills the responses; the server sets their ids. There are several calls only where all of them
  // are plain deltas (see wire::IsPlainDelta).
  using Handle = std::function<void(std::vector<Handler::Call> calls, const Peer& peer)>;

  // `event` must outlive the server.
  static absl::StatusOr<std::unique_ptr<Server>> Start(sd_event* event, Listener listener,
                                                       const Limits& limits, Handle handle,
                                                       base::Log log);

  // A smaller message size holds for clients that connect from now on, the rest for all.
  void set_limits(const Limits& limits) { limits_ = limits; }

  size_t client_count() const { return sessions_.size(); }

  // Tells every client that watches. Does not wait for any of them.
  void Tell(const v1::WatchEvent& event);

  // Of all clients: requests that are not whole yet, and answers that have not been read.
  size_t buffered_bytes() const;

 private:
  Server(sd_event* event, Listener listener, const Limits& limits, Handle handle, base::Log log);

  absl::Status AddGiveBack();
  void Accept();
  bool MakeRoom();
  void AddSession(UniqueFd fd);

  const Limits& limits() const override { return limits_; }
  Session::Answer AnswerTo(std::vector<std::string> messages, const Peer& peer) override;
  bool MayBeJoined(absl::string_view message) const override { return wire::IsPlainDelta(message); }
  std::string Refusal(const absl::Status& why) override;
  bool MayHaveBigAnswer(const Peer& peer) const;
  size_t Room() const;
  absl::Status HasRoomFor(const Session& session) const override;
  void Close(Session& session, const absl::Status& why) override;

  sd_event* event_;
  Listener listener_;
  Limits limits_;
  Handle handle_;
  base::Log log_;
  bool told_full_ = false;  // since there was room last

  absl::flat_hash_map<Session*, std::unique_ptr<Session>> sessions_;
  EventSource accept_;
  EventSource give_back_;  // of a big message's memory
};

}  // namespace nftsvc::control

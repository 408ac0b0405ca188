// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "nftsvc/v1/control.pb.h"
#include "src/control/frame.h"
#include "src/control/unique_fd.h"

namespace nftsvc::control {

// The client's side of the control protocol. Blocks.
//
//   ASSIGN_OR_RETURN(control::Client client, control::Client::Connect(path));
//   v1::Request request;
//   request.mutable_status();
//   ASSIGN_OR_RETURN(v1::Response response, client.Call(request));
//
// A response with an `error` is a response, not a failure of the call. After a failed call the
// client is of no more use.
class Client {
 public:
  // "connect /run/nftsvc/control.sock: no such file or directory; is nftsvcd running?"
  static absl::StatusOr<Client> Connect(const std::string& path);

  // A request as it is sent, under an id of its own.
  struct Prepared {
    uint64_t id = 0;
    std::string frame;
  };
  Prepared Prepare(v1::Request request);

  // Sends it, and waits for its response.
  absl::StatusOr<v1::Response> Call(const Prepared& prepared);
  absl::StatusOr<v1::Response> Call(v1::Request request) {
    return Call(Prepare(std::move(request)));
  }

  // Likewise, and does not wait for the response: Next will have it, behind those of requests sent
  // before. Another thread may be in Next meanwhile.
  absl::Status Send(v1::Request request);

  // The next event, after a watch, or the next response, after Send. Waits for it, as long as it
  // takes.
  absl::StatusOr<v1::Response> Next() { return Receive(); }

 private:
  explicit Client(UniqueFd fd);

  absl::Status Write(absl::string_view frame);
  absl::StatusOr<v1::Response> Receive();

  UniqueFd fd_;
  uint64_t last_id_ = 0;
  FrameDecoder decoder_;
};

}  // namespace nftsvc::control

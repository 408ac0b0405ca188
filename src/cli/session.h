// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <istream>
#include <optional>
#include <ostream>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"
#include "nftsvc/v1/control.pb.h"
#include "src/cli/style.h"
#include "src/model/issue.h"

namespace nftsvc::cli {

enum ExitCode { kDone = 0, kFailed = 1, kUsage = 2 };

inline constexpr char kDefaultSocket[] = "/run/nftsvc/control.sock";

// What every command works with. Results go to `out`, mistakes and failures to `err`.
//
//   std::optional<v1::Response> response = session.Ask(request);
//   if (!response) return kFailed;  // Ask has said why
//   if (session.json) return session.PrintJson(response->list());
struct Session {
  // Sends a request to the daemon at a socket, and waits for the answer.
  using Call =
      std::function<absl::StatusOr<v1::Response>(const std::string& socket, v1::Request request)>;

  // Sends a request that has many answers, and hands each to `each` until that says false.
  using Stream = std::function<absl::Status(const std::string& socket, v1::Request request,
                                            const std::function<bool(const v1::Response&)>& each)>;

  std::istream& in;
  std::ostream& out;
  std::ostream& err;
  Call call;
  Style out_style = Style();
  Style err_style = Style();
  bool shows_progress = false;  // `err` is a terminal
  bool out_is_terminal = false;
  Stream stream = {};

  // Options of all commands.
  std::string socket = kDefaultSocket;
  bool json = false;

  // The daemon's answer. Nothing if it could not be had or is an error, which has been reported.
  // A terminal shows what is being waited for.
  std::optional<v1::Response> Ask(v1::Request request, absl::string_view waiting_for = "waiting");

  int PrintJson(const google::protobuf::Message& message);

  // "nftsvc: MESSAGE", as an error. Returns kFailed.
  int Fail(absl::string_view message);
  int Fail(const absl::Status& status) { return Fail(status.message()); }

  // An error of the daemon's or our own: its issues one a line, then the message. Returns kFailed.
  int Report(const v1::Error& error);

  // "services[3].ports[0].port: 0 is not a port (default/web)".
  void Report(const model::Issue& issue);

  void Warn(absl::string_view message);
};

// Reads a file, or the session's input for "-". A failure says which file and why.
absl::StatusOr<std::string> ReadInput(Session& session, const std::string& file);

}  // namespace nftsvc::cli

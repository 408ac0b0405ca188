// SPDX-License-Identifier: Apache-2.0
#include "src/cli/session.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "src/cli/progress.h"
#include "src/wire/issue_codec.h"
#include "src/wire/json.h"
#include "src/wire/textproto.h"

namespace nftsvc::cli {

std::optional<v1::Response> Session::Ask(v1::Request request, absl::string_view waiting_for) {
  absl::StatusOr<v1::Response> response = [&] {
    const Progress progress(err, std::string(waiting_for), shows_progress);
    return call(socket, std::move(request));
  }();
  if (!response.ok()) {
    Fail(response.status());
    return std::nullopt;
  }
  if (response->has_error()) {
    Report(response->error());
    return std::nullopt;
  }
  return *std::move(response);
}

int Session::PrintJson(const google::protobuf::Message& message) {
  out << wire::PrintJson(message);
  return kDone;
}

int Session::Fail(absl::string_view message) {
  v1::Error error;
  error.set_message(std::string(message));
  return Report(error);
}

int Session::Report(const v1::Error& error) {
  if (json) {
    err << wire::PrintJson(error);
    return kFailed;
  }
  for (const v1::Issue& issue : error.issues()) Report(wire::DecodeIssue(issue));
  if (error.issues_left_off() > 0) err << "and " << error.issues_left_off() << " more\n";
  err << err_style.Paint(Colour::kRed, "nftsvc:") << " " << error.message() << "\n";
  return kFailed;
}

void Session::Report(const model::Issue& issue) {
  err << err_style.Paint(Colour::kBold, absl::StrCat(issue.path, ":")) << " " << issue.message;
  if (!issue.service.empty()) {
    err << " " << err_style.Paint(Colour::kDim, absl::StrCat("(", issue.service, ")"));
  }
  err << "\n";
}

void Session::Warn(absl::string_view message) {
  err << err_style.Paint(Colour::kYellow, "warning:") << " " << message << "\n";
}

absl::StatusOr<std::string> ReadInput(Session& session, const std::string& file) {
  std::ifstream opened;
  if (file != "-") {
    opened.open(file, std::ios::binary);
    if (!opened) return absl::NotFoundError(absl::StrCat("read ", file, ": ", strerror(errno)));
  }
  std::istream& in = file == "-" ? session.in : opened;
  std::ostringstream text;
  text << in.rdbuf();
  // Reading stops at the end or at an error, as it does at once in a directory; only trying once
  // more tells which.
  in.peek();
  if (in.bad()) {
    return absl::UnknownError(absl::StrCat("read ", file, ": ", strerror(errno)));
  }
  return std::move(text).str();
}

}  // namespace nftsvc::cli

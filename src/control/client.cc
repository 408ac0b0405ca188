// SPDX-License-Identifier: Apache-2.0
#include "src/control/client.h"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <limits>
#include <optional>

#include "absl/strings/str_cat.h"
#include "src/base/status_macros.h"
#include "src/control/system_error.h"
#include "src/control/unix_address.h"

namespace nftsvc::control {
namespace {

// Protobuf's own limit on a message. The daemon is trusted: its answer may be larger than what it
// takes from clients.
constexpr size_t kMaxResponseBytes = std::numeric_limits<int32_t>::max();

absl::string_view AdviceOn(int error) {
  switch (error) {
    case ENOENT:
    case ECONNREFUSED:
      return "; is nftsvcd running?";
    case EACCES:
    case EPERM:
      return "; are you in the socket's group, or root?";
    default:
      return "";
  }
}

}  // namespace

Client::Client(UniqueFd fd) : fd_(std::move(fd)), decoder_(kMaxResponseBytes) {}

absl::StatusOr<Client> Client::Connect(const std::string& path) {
  ASSIGN_OR_RETURN(const UnixAddress address, UnixAddress::Of(path));
  UniqueFd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd.is_open()) return SystemError(errno, "make unix socket");
  if (connect(fd.get(), address.get(), address.size()) != 0) {
    const int error = errno;
    const absl::Status failure = SystemError(error, absl::StrCat("connect ", path));
    return absl::Status(failure.code(), absl::StrCat(failure.message(), AdviceOn(error)));
  }
  return Client(std::move(fd));
}

Client::Prepared Client::Prepare(v1::Request request) {
  request.set_id(++last_id_);
  return {.id = last_id_, .frame = EncodeFrame(request)};
}

absl::StatusOr<v1::Response> Client::Call(const Prepared& prepared) {
  const absl::Status sent = Write(prepared.frame);
  // The daemon may refuse a request before it has read all of it, and hang up; what it has to say
  // is there all the same.
  absl::StatusOr<v1::Response> response = Receive();
  if (!response.ok()) return sent.ok() ? response.status() : sent;
  // 0: about the stream, not about one request.
  const bool is_its_own = response->id() == prepared.id;
  if (is_its_own || (response->id() == 0 && response->has_error())) return response;
  return absl::DataLossError(
      absl::StrCat("read answer: it is for request ", response->id(), ", not ", prepared.id));
}

absl::Status Client::Send(v1::Request request) { return Write(Prepare(std::move(request)).frame); }

absl::Status Client::Write(absl::string_view frame) {
  size_t sent = 0;
  while (sent < frame.size()) {
    const ssize_t count = send(fd_.get(), frame.data() + sent, frame.size() - sent, MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return SystemError(errno, "send request");
    sent += static_cast<size_t>(count);
  }
  return absl::OkStatus();
}

absl::StatusOr<v1::Response> Client::Receive() {
  std::array<char, 64 * 1024> bytes;
  std::optional<std::string> message = decoder_.Next();
  while (!message) {
    const ssize_t count = recv(fd_.get(), bytes.data(), bytes.size(), 0);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return SystemError(errno, "read answer");
    if (count == 0) return absl::UnavailableError("read answer: nftsvcd hung up");
    RETURN_IF_ERROR(decoder_.Append({bytes.data(), static_cast<size_t>(count)}));
    message = decoder_.Next();
  }
  v1::Response response;
  if (!response.ParseFromString(*message)) {
    return absl::DataLossError("read answer: not a protobuf Response");
  }
  return response;
}

}  // namespace nftsvc::control

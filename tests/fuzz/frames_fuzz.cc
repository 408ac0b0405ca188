// SPDX-License-Identifier: Apache-2.0
//
// Whatever bytes a client sends, and in whatever pieces they arrive, the same messages come of
// them, and each is answered: with a result, or with an error in words that a terminal can show.
//
// The first byte is the size of the pieces; zero is all at once.
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "nftsvc/v1/control.pb.h"
#include "src/control/frame.h"
#include "src/control/handler.h"
#include "src/wire/plain_delta.h"
#include "tests/fuzz/require.h"
#include "tests/support/builders.h"
#include "tests/support/fake_history.h"
#include "tests/support/loop.h"

namespace nftsvc::fuzz {
namespace {

// Small enough that a fuzzer finds out what is over it.
constexpr size_t kMostMessageBytes = 4096;

struct Stream {
  std::vector<std::string> messages;
  absl::Status status;
};

Stream Decode(absl::string_view bytes, size_t piece) {
  control::FrameDecoder decoder(kMostMessageBytes);
  Stream stream;
  while (!bytes.empty() && decoder.status().ok()) {
    decoder.Append(bytes.substr(0, piece)).IgnoreError();
    bytes.remove_prefix(std::min(piece, bytes.size()));
    while (std::optional<std::string> message = decoder.Next()) {
      Require(message->size() <= kMostMessageBytes, "over the limit");
      stream.messages.push_back(*std::move(message));
    }
  }
  stream.status = decoder.status();
  return stream;
}

// A daemon whose kernel, disk and clock are in memory.
class Daemon {
 public:
  Daemon() {
    Require(loop_.Start().ok(), "start");
    Require(loop_.Push(testing::WebAt({"10.0.0.2:80", "10.0.0.3:80"})).ok(), "push");
  }

  // Together those that the server would answer together.
  void Answer(const std::vector<std::string>& messages) {
    std::vector<wire::SplitRequest> plain;
    for (const std::string& message : messages) {
      if (!wire::IsPlainDelta(message)) Handle(std::exchange(plain, {}));
      absl::StatusOr<wire::SplitRequest> split = wire::SplitServices(message);
      if (!split.ok()) {
        RequirePrintable(split.status().message());
        continue;
      }
      plain.push_back(*std::move(split));
      if (!wire::IsPlainDelta(message)) Handle(std::exchange(plain, {}));
    }
    Handle(plain);
  }

 private:
  void Handle(const std::vector<wire::SplitRequest>& requests) {
    std::vector<v1::Response> responses(requests.size());
    std::vector<control::Handler::Call> calls;
    for (size_t i = 0; i < requests.size(); ++i) calls.push_back({&requests[i], &responses[i]});
    handler_.HandleTogether(calls, {.pid = 12, .uid = 0, .gid = 0});
    for (const v1::Response& response : responses) Check(response);
  }

  static void Check(const v1::Response& response) {
    const bool has_result = response.result_case() != v1::Response::RESULT_NOT_SET;
    Require(response.has_error() != has_result, "neither result nor error, or both");
    RequirePrintable(response.error().message());
    for (const v1::Issue& issue : response.error().issues()) {
      RequirePrintable(issue.path());
      RequirePrintable(issue.message());
      RequirePrintable(issue.service());
    }
    Require(Decode(control::EncodeFrame(response), SIZE_MAX).status.code() !=
                absl::StatusCode::kInvalidArgument,
            "an answer that is no frame");
  }

  testing::Loop loop_;
  control::PushLog pushes_;
  testing::FakeHistory history_;
  control::Handler handler_{*loop_,
                            [this] { return loop_.now; },
                            {.client_count = [] { return size_t{1}; },
                             .health_check_problem = [] { return std::string(); },
                             .services_directory_problem = [] { return std::string(); },
                             .http_problem = [] { return std::string(); },
                             .config_problem = [] { return std::string(); },
                             .pushes = pushes_,
                             .history = history_},
                            [](base::Severity, absl::string_view line) { RequirePrintable(line); }};
};

void SendAll(uint8_t piece, absl::string_view bytes) {
  const Stream whole = Decode(bytes, SIZE_MAX);
  const Stream pieces = Decode(bytes, piece == 0 ? SIZE_MAX : piece);
  Require(whole.messages == pieces.messages, "pieces make other messages");
  Require(whole.status == pieces.status, "pieces end otherwise");
  RequirePrintable(whole.status.message());
  if (whole.messages.empty()) return;
  Daemon daemon;
  daemon.Answer(whole.messages);
}

}  // namespace
}  // namespace nftsvc::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  nftsvc::fuzz::SendAll(data[0], {reinterpret_cast<const char*>(data) + 1, size - 1});
  return 0;
}

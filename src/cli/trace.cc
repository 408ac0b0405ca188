// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "src/base/ip_address.h"
#include "src/cli/commands.h"
#include "src/cli/destination.h"
#include "src/cli/trace_story.h"
#include "src/cli/trace_table.h"
#include "src/netlink/trace_listener.h"
#include "src/wire/json.h"

namespace nftsvc::cli {
namespace {

constexpr char kTraceExamples[] =
    R"(Unlike explain, it waits for real packets and says what the rules did with them, nftsvc's and those of others: which
endpoint was drawn, whether the source was masqueraded, who dropped it. Of TCP it follows packets that open a
connection, of other protocols all, at most 50 in a second.

Needs CAP_NET_ADMIN, and has to run in the network namespace of the daemon. It adds a table of its own, nftsvc-trace-PID,
which the kernel removes when nftsvc ends, however it ends.

Examples:
  nftsvc trace 10.104.14.67:80/tcp
  nftsvc trace --from 192.168.0.9 --count 1 --timeout 60 10.104.14.67:80/tcp
)";

// A packet that has not come further for so long does not.
constexpr std::chrono::milliseconds kLost(500);

// Packets under way at a time; when there are more, the oldest count as lost.
constexpr size_t kMostPackets = 1'000;

using TraceClock = std::chrono::steady_clock;

struct TraceFlags {
  std::string destination;
  std::string source;
  uint64_t count = 0;  // 0: no end
  double timeout = 0;  // seconds; 0: none
};

class Trace {
 public:
  Trace(Session& session, const TraceFlags& flags, v1::ExplainResult explained,
        netlink::TraceListener listener)
      : session_(session),
        flags_(flags),
        explained_(std::move(explained)),
        listener_(std::move(listener)) {}

  int Run() {
    const TraceClock::time_point start = TraceClock::now();
    while (flags_.count == 0 || told_ < flags_.count) {
      absl::StatusOr<std::vector<netlink::TraceMessage>> messages =
          listener_.Receive(std::chrono::milliseconds(100));
      if (absl::IsResourceExhausted(messages.status())) {
        session_.Warn("so many packets are traced that some were missed");
        messages = std::vector<netlink::TraceMessage>();
      }
      if (!messages.ok()) return session_.Fail(messages.status());
      for (netlink::TraceMessage& message : *messages) Take(std::move(message));
      TellTheLost();
      if (!session_.out) return kFailed;
      const std::chrono::duration<double> passed = TraceClock::now() - start;
      if (flags_.timeout > 0 && passed.count() >= flags_.timeout) break;
    }
    if (told_ > 0) return kDone;
    return session_.Fail(absl::StrCat("no packet to ", flags_.destination, " was seen"));
  }

 private:
  struct Packet {
    std::vector<netlink::TraceMessage> messages;
    TraceClock::time_point last;
  };

  void Take(netlink::TraceMessage message) {
    const uint32_t id = message.id;
    auto packet = std::find_if(packets_.begin(), packets_.end(),
                               [&](const Packet& p) { return p.messages.front().id == id; });
    if (packet == packets_.end()) {
      // What begins elsewhere is somebody else's trace.
      if (message.table != own_table_) return;
      packet = packets_.insert(packets_.end(), Packet());
    }
    packet->messages.push_back(std::move(message));
    packet->last = TraceClock::now();
    if (!IsTraceComplete(packet->messages)) return;
    TellOf(*packet);
    packets_.erase(packet);
  }

  void TellTheLost() {
    const TraceClock::time_point now = TraceClock::now();
    while (!packets_.empty() &&
           (now - packets_.front().last > kLost || packets_.size() > kMostPackets)) {
      TellOf(packets_.front());
      packets_.erase(packets_.begin());
    }
  }

  void TellOf(const Packet& packet) {
    if (flags_.count != 0 && told_ >= flags_.count) return;
    const v1::TraceStory story = TellStory(packet.messages, explained_);
    if (story.verdict().empty()) return;
    ++told_;
    session_.out << (session_.json ? wire::PrintJsonLine(story)
                                   : RenderStory(story, session_.out_style))
                 << std::flush;
  }

  Session& session_;
  const TraceFlags& flags_;
  const v1::ExplainResult explained_;
  netlink::TraceListener listener_;
  const std::string own_table_ = TraceTable::Name();
  std::vector<Packet> packets_;  // in the order in which they came
  uint64_t told_ = 0;
};

// Names are all that the daemon is needed for.
v1::ExplainResult AskForNames(Session& session, const Destination& destination) {
  v1::Request request;
  FillDestination(destination, *request.mutable_explain());
  const absl::StatusOr<v1::Response> response = session.call(session.socket, std::move(request));
  if (response.ok() && response->has_explain()) return response->explain();
  session.Warn(absl::StrCat(
      "names of services are not known: ",
      response.ok() ? response->error().message() : std::string(response.status().message())));
  return {};
}

int RunTrace(Session& session, const TraceFlags& flags) {
  const absl::StatusOr<Destination> destination = ParseDestination(flags.destination);
  if (!destination.ok()) {
    session.Fail(destination.status());
    return kUsage;
  }
  const std::optional<base::IpAddress> source = base::IpAddress::Parse(flags.source);
  const bool is_wrong = !source.has_value() || source->family() != destination->address.family();
  if (!flags.source.empty() && is_wrong) {
    session.Fail(
        absl::StrCat("\"", flags.source, "\" is not an address of the destination's family"));
    return kUsage;
  }
  v1::ExplainResult explained = AskForNames(session, *destination);
  // Listens first, so that nothing is missed.
  absl::StatusOr<netlink::TraceListener> listener = netlink::TraceListener::Open();
  if (!listener.ok()) return session.Fail(listener.status());
  const absl::StatusOr<TraceTable> table = TraceTable::Add(*destination, source);
  if (!table.ok()) return session.Fail(table.status());
  session.err << "waiting for packets to " << flags.destination << std::endl;
  return Trace(session, flags, std::move(explained), *std::move(listener)).Run();
}

}  // namespace

void AddTrace(CLI::App& app, Session& session, int& exit_code) {
  auto flags = std::make_shared<TraceFlags>();
  CLI::App* command =
      app.add_subcommand("trace", "Follow real packets through the rules, and say what happens");
  command->add_option("DESTINATION", flags->destination, "What is dialled, as IP:PORT/PROTOCOL")
      ->type_name("")
      ->required();
  command->add_option("--from", flags->source, "Only packets from this address")->type_name("IP");
  command->add_option("--count", flags->count, "End after so many packets; 0: do not")
      ->type_name("NUMBER")
      ->capture_default_str();
  command->add_option("--timeout", flags->timeout, "End after so many seconds; 0: do not")
      ->type_name("SECONDS")
      ->check(CLI::Range(0.0, 86400.0))
      ->capture_default_str();
  command->footer(kTraceExamples);
  command->callback([&session, &exit_code, flags] { exit_code = RunTrace(session, *flags); });
}

}  // namespace nftsvc::cli

// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <memory>
#include <utility>

#include "src/cli/commands.h"
#include "src/cli/watch_text.h"
#include "src/wire/json.h"

namespace nftsvc::cli {
namespace {

constexpr char kWatchExamples[] =
    R"(Begins with how things are, and then says what happens: snapshots that are accepted, with the services that
they change; changes by others to our tables that were repaired; the kernel out of sync, and in sync again; other
addresses of the host. Who reads too slowly is told how many events were missed.

Ends when it is stopped, or fails when the daemon ends. With --output json, one object a line.

Examples:
  nftsvc watch
  nftsvc watch --output json | jq --unbuffered .pushed
)";

struct WatchFlags {
  uint64_t count = 0;  // 0: no end
};

int Watch(Session& session, const WatchFlags& flags) {
  v1::Request request;
  request.mutable_watch();
  uint64_t events = 0;
  v1::Error error;
  const absl::Status status =
      session.stream(session.socket, std::move(request), [&](const v1::Response& response) {
        if (response.has_error()) {
          error = response.error();
          return false;
        }
        session.out << (session.json ? wire::PrintJsonLine(response.watch())
                                     : RenderEvent(response.watch(), session.out_style))
                    << std::flush;
        return session.out.good() && ++events != flags.count;
      });
  if (!status.ok()) return session.Fail(status);
  return error.message().empty() ? int{kDone} : session.Report(error);
}

}  // namespace

void AddWatch(CLI::App& app, Session& session, int& exit_code) {
  auto flags = std::make_shared<WatchFlags>();
  CLI::App* command = app.add_subcommand("watch", "Say what changes, as it happens");
  command->add_option("--count", flags->count, "End after so many events; 0: do not")
      ->type_name("NUMBER")
      ->capture_default_str();
  command->footer(kWatchExamples);
  command->callback([&session, &exit_code, flags] { exit_code = Watch(session, *flags); });
}

}  // namespace nftsvc::cli

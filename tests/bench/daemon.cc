// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/daemon.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "src/base/status_macros.h"

namespace nftsvc::bench {

absl::StatusOr<std::unique_ptr<Daemon>> Daemon::Start(const std::string& path,
                                                      absl::string_view config) {
  char directory[] = "/tmp/nftsvc-bench-XXXXXX";
  if (mkdtemp(directory) == nullptr) return absl::InternalError("make a temporary directory");
  auto daemon = std::unique_ptr<Daemon>(new Daemon(directory));
  std::ofstream(daemon->File("config"))
      << "control_socket: \"" << daemon->File("socket") << "\"\nstate_directory: \""
      << daemon->File("state") << "\"\nnode { name: \"this-node\" }\n"
      << config << "\n";
  daemon->pid_ = fork();
  if (daemon->pid_ == 0) {
    // What it logs would stand between the figures.
    const int log = open(daemon->File("log").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (log >= 0 && dup2(log, STDOUT_FILENO) >= 0) dup2(log, STDERR_FILENO);
    execl(path.c_str(), path.c_str(), "--config", daemon->File("config").c_str(), nullptr);
    _exit(127);
  }
  return daemon;
}

Daemon::~Daemon() {
  if (pid_ > 0) {
    kill(pid_, SIGTERM);
    waitpid(pid_, nullptr, 0);
  }
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

absl::StatusOr<control::Client> Daemon::Connect() const {
  absl::Status last;
  for (int attempt = 0; attempt < 100; ++attempt) {
    absl::StatusOr<control::Client> client = control::Client::Connect(File("socket"));
    if (client.ok()) return client;
    last = client.status();
    absl::SleepFor(absl::Milliseconds(50));
  }
  std::ostringstream log;
  log << std::ifstream(File("log")).rdbuf();
  return absl::Status(last.code(), absl::StrCat(last.message(), "\n", log.str()));
}

size_t Daemon::StatusKib(absl::string_view field) const {
  std::ifstream status(absl::StrCat("/proc/", pid_, "/status"));
  for (std::string word; status >> word;) {
    if (word != absl::StrCat(field, ":")) continue;
    size_t kib = 0;
    status >> kib;
    return kib;
  }
  return 0;
}

std::string Daemon::File(absl::string_view name) const {
  return absl::StrCat(directory_, "/", name);
}

v1::Request PushOf(const v1::Snapshot& snapshot) {
  v1::Request request;
  *request.mutable_push()->mutable_snapshot() = snapshot;
  return request;
}

absl::Status LoadTables(const std::string& daemon_path, const v1::Snapshot& snapshot,
                        absl::string_view config) {
  ASSIGN_OR_RETURN(const auto daemon, Daemon::Start(daemon_path, config));
  ASSIGN_OR_RETURN(control::Client client, daemon->Connect());
  ASSIGN_OR_RETURN(const v1::Response response, client.Call(PushOf(snapshot)));
  return response.has_error() ? absl::InternalError(response.error().DebugString())
                              : absl::OkStatus();
}

}  // namespace nftsvc::bench

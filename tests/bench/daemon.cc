// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/daemon.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "src/base/status_macros.h"

namespace nftsvc::bench {
namespace {

constexpr int kConnectAttempts = 12'000;  // for a minute

}  // namespace

absl::StatusOr<std::unique_ptr<Daemon>> Daemon::Start(const std::string& path,
                                                      absl::string_view config) {
  char directory[] = "/tmp/nftsvc-bench-XXXXXX";
  if (mkdtemp(directory) == nullptr) return absl::InternalError("make a temporary directory");
  auto daemon = std::unique_ptr<Daemon>(new Daemon(path, directory));
  std::ofstream(daemon->File("config"))
      << "control_socket: \"" << daemon->File("socket") << "\"\nstate_directory: \""
      << daemon->File("state") << "\"\nnode { name: \"this-node\" }\n"
      << config << "\n";
  RETURN_IF_ERROR(daemon->StartAgain());
  return daemon;
}

Daemon::~Daemon() {
  Stop();
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

void Daemon::Stop() {
  if (pid_ <= 0) return;
  kill(pid_, SIGTERM);
  waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

absl::Status Daemon::StartAgain() {
  pid_ = fork();
  if (pid_ < 0) return absl::ErrnoToStatus(errno, "fork");
  if (pid_ > 0) return absl::OkStatus();
  prctl(PR_SET_PDEATHSIG, SIGKILL);  // a benchmark that is stopped leaves nothing behind
  // What it logs would stand between the figures.
  const int log = open(File("log").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (log >= 0 && dup2(log, STDOUT_FILENO) >= 0) dup2(log, STDERR_FILENO);
  setenv("GLIBC_TUNABLES", "glibc.malloc.hugetlb=1:glibc.malloc.top_pad=8388608",
         /*overwrite=*/0);  // as its unit does
  execl(path_.c_str(), path_.c_str(), "--config", File("config").c_str(), nullptr);
  _exit(127);
}

absl::StatusOr<control::Client> Daemon::Connect() const {
  absl::Status last;
  for (int attempt = 0; attempt < kConnectAttempts; ++attempt) {
    absl::StatusOr<control::Client> client = control::Client::Connect(File("socket"));
    if (client.ok()) return client;
    last = client.status();
    absl::SleepFor(absl::Milliseconds(5));
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

absl::Duration Daemon::CpuTime() const {
  clockid_t clock = {};
  timespec time = {};
  if (clock_getcpuclockid(pid_, &clock) != 0 || clock_gettime(clock, &time) != 0) return {};
  return absl::DurationFromTimespec(time);
}

uint64_t Daemon::Waits() const {
  uint64_t sum = 0;
  std::error_code ignored;
  for (const auto& task :
       std::filesystem::directory_iterator(absl::StrCat("/proc/", pid_, "/task"), ignored)) {
    std::ifstream status(task.path() / "status");
    for (std::string word; status >> word;) {
      uint64_t waits = 0;
      if (word == "voluntary_ctxt_switches:" && status >> waits) sum += waits;
    }
  }
  return sum;
}

std::string Daemon::File(absl::string_view name) const {
  return absl::StrCat(directory_, "/", name);
}

v1::Request PushOf(const v1::Snapshot& snapshot) {
  v1::Request request;
  *request.mutable_push()->mutable_snapshot() = snapshot;
  return request;
}

v1::Request UpsertOf(const v1::Service& service) {
  v1::Request request;
  *request.mutable_delta()->add_upsert() = service;
  return request;
}

absl::StatusOr<v1::PushResult> Apply(control::Client& client, v1::Request request) {
  return Apply(client, client.Prepare(std::move(request)));
}

absl::StatusOr<v1::PushResult> Apply(control::Client& client,
                                     const control::Client::Prepared& request) {
  ASSIGN_OR_RETURN(v1::Response response, client.Call(request));
  if (response.has_error()) return absl::InternalError(response.error().ShortDebugString());
  return std::move(*response.mutable_push());
}

absl::Status LoadTables(const std::string& daemon_path, const v1::Snapshot& snapshot,
                        absl::string_view config) {
  ASSIGN_OR_RETURN(const auto daemon, Daemon::Start(daemon_path, config));
  ASSIGN_OR_RETURN(control::Client client, daemon->Connect());
  return Apply(client, PushOf(snapshot)).status();
}

}  // namespace nftsvc::bench

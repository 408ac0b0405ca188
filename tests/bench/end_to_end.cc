// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/end_to_end.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "nftsvc/v1/control.pb.h"
#include "src/base/status_macros.h"
#include "src/control/client.h"
#include "tests/bench/workload.h"

namespace nftsvc::bench {
namespace {

// A daemon that lives as long as this object.
class Daemon {
 public:
  static absl::StatusOr<std::unique_ptr<Daemon>> Start(const std::string& path) {
    char directory[] = "/tmp/nftsvc-bench-XXXXXX";
    if (mkdtemp(directory) == nullptr) return absl::InternalError("make a temporary directory");
    auto daemon = std::unique_ptr<Daemon>(new Daemon(directory));
    std::ofstream(daemon->File("config"))
        << "control_socket: \"" << daemon->File("socket") << "\"\nstate_directory: \""
        << daemon->File("state") << "\"\nnode { name: \"this-node\" }\n";
    daemon->pid_ = fork();
    if (daemon->pid_ == 0) {
      execl(path.c_str(), path.c_str(), "--config", daemon->File("config").c_str(), nullptr);
      _exit(127);
    }
    return daemon;
  }

  ~Daemon() {
    if (pid_ > 0) {
      kill(pid_, SIGTERM);
      waitpid(pid_, nullptr, 0);
    }
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }

  absl::StatusOr<control::Client> Connect() const {
    absl::Status last;
    for (int attempt = 0; attempt < 100; ++attempt) {
      absl::StatusOr<control::Client> client = control::Client::Connect(File("socket"));
      if (client.ok()) return client;
      last = client.status();
      absl::SleepFor(absl::Milliseconds(50));
    }
    return last;
  }

  // A line of /proc/PID/status that is a size in KiB.
  size_t StatusKib(absl::string_view field) const {
    std::ifstream status(absl::StrCat("/proc/", pid_, "/status"));
    for (std::string word; status >> word;) {
      if (word != absl::StrCat(field, ":")) continue;
      size_t kib = 0;
      status >> kib;
      return kib;
    }
    return 0;
  }

 private:
  explicit Daemon(std::string directory) : directory_(std::move(directory)) {}
  std::string File(absl::string_view name) const { return absl::StrCat(directory_, "/", name); }

  const std::string directory_;
  pid_t pid_ = -1;
};

absl::Status Call(control::Client& client, v1::Request request, Samples* samples) {
  const absl::Time start = absl::Now();
  ASSIGN_OR_RETURN(const v1::Response response, client.Call(std::move(request)));
  if (samples != nullptr) samples->Add(absl::Now() - start);
  if (response.has_error()) return absl::InternalError(response.error().message());
  return absl::OkStatus();
}

v1::Request Push(const v1::Snapshot& snapshot) {
  v1::Request request;
  *request.mutable_push()->mutable_snapshot() = snapshot;
  return request;
}

v1::Request Delta(v1::Service service) {
  v1::Request request;
  *request.mutable_delta()->add_upsert() = std::move(service);
  return request;
}

}  // namespace

absl::StatusOr<EndToEndTimes> MeasureEndToEnd(const std::string& daemon_path, uint32_t services,
                                              uint32_t endpoints, int rounds, int deltas) {
  ASSIGN_OR_RETURN(const auto daemon, Daemon::Start(daemon_path));
  ASSIGN_OR_RETURN(control::Client client, daemon->Connect());
  EndToEndTimes times;
  const v1::Request full = Push(MakeSnapshot(services, endpoints));
  for (int round = 0; round < rounds; ++round) {
    RETURN_IF_ERROR(Call(client, Push({}), nullptr));
    RETURN_IF_ERROR(Call(client, full, &times.full_push));
    RETURN_IF_ERROR(Call(client, full, &times.same_push));
  }
  times.peak_kib = daemon->StatusKib("VmHWM");
  for (uint32_t i = 0; i < static_cast<uint32_t>(deltas); ++i) {
    // Spread over all services; each is changed at most once for deltas <= services.
    const uint32_t index =
        static_cast<uint32_t>(uint64_t{i} * services / static_cast<uint32_t>(deltas));
    v1::Service service = MakeService(index, endpoints);
    *service.mutable_ports(0)->mutable_endpoints(0) = MakeSpareEndpoint(2 * i);
    RETURN_IF_ERROR(Call(client, Delta(service), &times.replace_endpoint));
    *service.mutable_ports(0)->add_endpoints() = MakeSpareEndpoint(2 * i + 1);
    RETURN_IF_ERROR(Call(client, Delta(service), &times.add_endpoint));
  }
  times.resident_kib = daemon->StatusKib("VmRSS");
  return times;
}

}  // namespace nftsvc::bench

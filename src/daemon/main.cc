// SPDX-License-Identifier: Apache-2.0
#include <getopt.h>
#include <google/protobuf/stubs/logging.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "src/config/config.h"
#include "src/daemon/loopback_routing.h"
#include "src/daemon/namespace_lock.h"
#include "src/daemon/run.h"
#include "src/daemon/services_directory.h"
#include "src/daemon/state_directory.h"
#include "src/daemon/stderr_log.h"
#include "src/daemon/validate_files.h"
#include "src/netlink/kernel.h"
#include "src/reconcile/remove_chains.h"
#include "src/reconcile/remove_tables.h"
#include "src/xtables/host_chains.h"

namespace nftsvc::daemon {
namespace {

constexpr char kHelpText[] = R"(Usage: nftsvcd [OPTION]...
Keeps the host's nftables tables "ip nftsvc" and "ip6 nftsvc" equal to the
services that nftsvc(1) and other clients push to its control socket.

  --config FILE   the configuration (default /etc/nftsvc/nftsvcd.textproto)
  --check         read the configuration and the files of its services
                  directory, say what is wrong with them, and exit
  --remove        remove the tables, or the chains of mode IPTABLES, from the
                  kernel and exit
  --verbose       log also what is of use to developers only
  --version
  --help

Runs in the foreground until SIGTERM or SIGINT, and leaves the tables, so that
the host goes on forwarding. SIGHUP rereads the configuration
and the files of services.
Exit codes: 0 done, 1 failed, 2 usage, 78 not started because of mistakes in
the configuration.
)";

enum class Task { kRun, kCheck, kRemove, kVersion, kHelp, kUsageError };

struct Flags {
  Task task = Task::kRun;
  std::string config_file = "/etc/nftsvc/nftsvcd.textproto";
  bool verbose = false;
};

Flags ParseFlags(int argc, char** argv) {
  static const option kOptions[] = {{"config", required_argument, nullptr, 'c'},
                                    {"check", no_argument, nullptr, 'k'},
                                    {"remove", no_argument, nullptr, 'r'},
                                    {"verbose", no_argument, nullptr, 'v'},
                                    {"version", no_argument, nullptr, 'V'},
                                    {"help", no_argument, nullptr, 'h'},
                                    {}};
  Flags flags;
  const auto choose = [&flags](Task task) {
    flags.task = flags.task == Task::kRun || flags.task == task ? task : Task::kUsageError;
  };
  for (int flag; (flag = getopt_long(argc, argv, "h", kOptions, nullptr)) != -1;) {
    if (flag == 'c') flags.config_file = optarg;
    if (flag == 'k') choose(Task::kCheck);
    if (flag == 'r') choose(Task::kRemove);
    if (flag == 'v') flags.verbose = true;
    if (flag == 'V') choose(Task::kVersion);
    if (flag == 'h') choose(Task::kHelp);
    if (flag == '?') flags.task = Task::kUsageError;
  }
  if (optind < argc) flags.task = Task::kUsageError;
  return flags;
}

int Fail(const absl::Status& status) {
  std::fprintf(stderr, "nftsvcd: %s\n", std::string(status.message()).c_str());
  return 1;
}

// Those of files of services, by themselves: what is served now is not known here.
int CheckServices(const std::string& directory) {
  const absl::StatusOr<std::vector<ServicesFile>> files = ReadServicesDirectory(directory);
  if (!files.ok()) return Fail(files.status());
  const FilesValidation validation = ValidateFiles(model::Snapshot(), *files);
  for (const std::string& mistake : validation.mistakes) {
    std::fprintf(stderr, "%s/%s\n", directory.c_str(), mistake.c_str());
  }
  return validation.mistakes.empty() ? 0 : 1;
}

int Check(const std::string& file) {
  const absl::StatusOr<config::ConfigReading> reading = config::ReadConfig(file);
  if (!reading.ok()) return Fail(reading.status());
  for (const std::string& mistake : reading->mistakes) {
    std::fprintf(stderr, "%s\n", mistake.c_str());
  }
  return reading->mistakes.empty() ? CheckServices(reading->config.services_directory) : 1;
}

// A daemon that runs would put the tables back.
absl::Status RefuseIfRunning(const std::string& state_directory) {
  if (!std::filesystem::exists(state_directory)) return absl::OkStatus();
  const auto directory = StateDirectory::Open(state_directory);
  if (!absl::IsFailedPrecondition(directory.status())) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat(directory.status().message(), "; stop it first (systemctl stop nftsvcd)"));
}

// Says where it was looked for what a daemon has left, where that is not sure. Without a config
// there was no daemon.
bool IsGood(const absl::StatusOr<config::ConfigReading>& reading, const std::string& directory) {
  if (absl::IsNotFound(reading.status()) || (reading.ok() && reading->mistakes.empty()))
    return true;
  const std::string why(reading.ok() ? reading->mistakes.front() : reading.status().message());
  std::fprintf(
      stderr,
      "nftsvcd: %s\nnftsvcd: chains of mode IPTABLES were looked for by what is noted in %s only\n",
      why.c_str(), directory.c_str());
  return false;
}

int Remove(const std::string& config_file) {
  // What a daemon has left is noted in its state directory, which is mostly the default one also
  // where the config cannot be read any more.
  const auto reading = config::ReadConfig(config_file);
  const bool has_directory = reading.ok() && !reading->config.state_directory.empty();
  const config::Config config =
      has_directory ? reading->config : config::ParseConfig("", config_file).config;
  if (const absl::Status status = RefuseIfRunning(config.state_directory); !status.ok()) {
    return Fail(status);
  }
  const auto lock = NamespaceLock::Take(StderrLog(/*verbose=*/false));
  if (!lock.ok()) return Fail(lock.status());
  const absl::StatusOr<std::unique_ptr<netlink::Kernel>> kernel = netlink::Kernel::Open();
  if (!kernel.ok()) return Fail(kernel.status());
  LoopbackRouting loopback(StderrLog(/*verbose=*/false));
  loopback.RememberIn(config.state_directory);
  loopback.Forbid();
  const absl::Status tables = reconcile::RemoveTables(**kernel);
  xtables::HostChains chains(config::ChainMarkerOf(config));
  const absl::Status removed =
      chains.MayHoldOurs() ? reconcile::RemoveChains(chains) : absl::OkStatus();
  if (!tables.ok()) return Fail(tables);
  if (!removed.ok()) return Fail(removed);
  return IsGood(reading, config.state_directory) ? 0 : 1;
}

int Main(int argc, char** argv) {
  // What is wrong with a message is told to whoever sent it; protobuf would tell the log too.
  google::protobuf::SetLogHandler(nullptr);
  const Flags flags = ParseFlags(argc, argv);
  switch (flags.task) {
    case Task::kRun:
      return static_cast<int>(Run(flags.config_file, StderrLog(flags.verbose)));
    case Task::kCheck:
      return Check(flags.config_file);
    case Task::kRemove:
      return Remove(flags.config_file);
    case Task::kVersion:
      std::puts("nftsvcd " NFTSVC_VERSION);
      return 0;
    case Task::kHelp:
      std::fputs(kHelpText, stdout);
      return 0;
    case Task::kUsageError:
      std::fputs("nftsvcd: see nftsvcd --help\n", stderr);
      return 2;
  }
  return 2;
}

}  // namespace
}  // namespace nftsvc::daemon

int main(int argc, char** argv) { return nftsvc::daemon::Main(argc, argv); }

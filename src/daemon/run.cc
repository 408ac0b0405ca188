// SPDX-License-Identifier: Apache-2.0
#include "src/daemon/run.h"

#include <malloc.h>
#include <sys/resource.h>

#include <csignal>

#include "absl/status/status.h"
#include "src/daemon/daemon.h"

namespace nftsvc::daemon {
namespace {

// The limit on clients is ours, not that of a shell or of select(2)'s days.
void RaiseFileLimit() {
  rlimit limit = {};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

Ending Run(const std::string& config_file, const base::Log& log) {
  std::signal(SIGPIPE, SIG_IGN);
  RaiseFileLimit();
  // A big message lives in mappings of its own and goes back whole. Without this, glibc raises the
  // threshold with the first big block that is freed (mallopt(3)).
  mallopt(M_MMAP_THRESHOLD, 128 * 1024);
  Daemon daemon(config_file, log);
  absl::Status status = daemon.Start();
  const Ending failed = daemon.has_wrong_config() ? Ending::kWrongConfig : Ending::kFailed;
  if (status.ok()) status = daemon.Loop();
  if (status.ok()) return Ending::kStopped;
  log(base::Severity::kError, status.message());
  return failed;
}

}  // namespace nftsvc::daemon

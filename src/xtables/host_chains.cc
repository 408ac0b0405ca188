// SPDX-License-Identifier: Apache-2.0
#include "src/xtables/host_chains.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "src/base/status_macros.h"
#include "src/xtables/run_program.h"

namespace nftsvc::xtables {

absl::StatusOr<iptables::SavedTables> HostChains::Read(base::Family family) {
  return IptablesTools(family, IptablesBackend::kDefault).Save(/*with_counters=*/true);
}

absl::Status HostChains::Restore(base::Family family, const std::string& text) {
  const int fd = open(marker_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat("remember that chains are ours in ", marker_));
  }
  close(fd);
  return IptablesTools(family, IptablesBackend::kDefault).Restore(text);
}

bool HostChains::MayHoldOurs() const { return access(marker_.c_str(), F_OK) == 0; }

absl::Status HostChains::Forget() {
  if (unlink(marker_.c_str()) == 0 || errno == ENOENT) return absl::OkStatus();
  return absl::ErrnoToStatus(errno, absl::StrCat("forget that chains are ours in ", marker_));
}

std::string HostChains::Describe() const {
  const absl::StatusOr<ProgramResult> said = RunProgram({"iptables-restore", "--version"}, "");
  return said.ok() ? std::string(absl::StripAsciiWhitespace(said->out)) : "iptables";
}

bool ConntrackIsLiberal() {
  int value = 0;
  std::ifstream("/proc/sys/net/netfilter/nf_conntrack_tcp_be_liberal") >> value;
  return value != 0;
}

}  // namespace nftsvc::xtables

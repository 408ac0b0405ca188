// SPDX-License-Identifier: Apache-2.0
#include "src/daemon/loopback_routing.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>

#include "absl/strings/str_cat.h"

#include "absl/status/statusor.h"
#include "src/control/system_error.h"
#include "src/control/unique_fd.h"

namespace nftsvc::daemon {
namespace {

// Of the network namespace of who opens it.
constexpr char kFile[] = "/proc/sys/net/ipv4/conf/all/route_localnet";

// Which network namespace this is, and of which boot of the host: when either is gone, so is what
// was allowed there.
std::string Here() {
  std::string boot;
  std::ifstream("/proc/sys/kernel/random/boot_id") >> boot;
  struct stat found = {};
  stat("/proc/self/ns/net", &found);
  return absl::StrCat(boot, " ", found.st_ino);
}

absl::StatusOr<char> Read() {
  const control::UniqueFd fd(open(kFile, O_RDONLY | O_CLOEXEC));
  char value = '0';
  if (!fd.is_open() || read(fd.get(), &value, 1) != 1) {
    return control::SystemError(errno, "read net.ipv4.conf.all.route_localnet");
  }
  return value;
}

absl::Status Write(char value) {
  const control::UniqueFd fd(open(kFile, O_WRONLY | O_CLOEXEC));
  if (!fd.is_open() || write(fd.get(), &value, 1) != 1) {
    return control::SystemError(errno, "set net.ipv4.conf.all.route_localnet");
  }
  return absl::OkStatus();
}

}  // namespace

void LoopbackRouting::RememberIn(const std::string& directory) {
  memory_ = absl::StrCat(directory, "/route-localnet");
  std::string where;
  std::getline(std::ifstream(memory_), where);
  is_ours_ = is_ours_ || where == Here();
}

void LoopbackRouting::Allow() {
  const absl::StatusOr<char> value = Read();
  if (!value.ok() || *value != '0') return Tell(value.status());
  // Before it is done: better forbidden once too often than allowed for ever.
  if (!memory_.empty()) std::ofstream(memory_) << Here() << "\n";
  const absl::Status status = Write('1');
  is_ours_ = is_ours_ || status.ok();
  Tell(status);
}

void LoopbackRouting::Forbid() {
  if (!is_ours_) return;
  is_ours_ = false;
  Tell(Write('0'));
  if (!memory_.empty()) unlink(memory_.c_str());
}

void LoopbackRouting::Tell(const absl::Status& status) {
  const bool is_news = !status.ok() && status.message() != told_;
  told_ = std::string(status.message());
  if (is_news) log_(base::Severity::kError, told_);
}

}  // namespace nftsvc::daemon

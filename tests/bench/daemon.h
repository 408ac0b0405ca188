// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "nftsvc/v1/control.pb.h"
#include "src/control/client.h"

namespace nftsvc::bench {

// A running nftsvcd, in the network namespace of the thread that started it and with its files
// below a temporary directory. It is stopped with this object; its tables stay in the kernel.
class Daemon {
 public:
  // `config`: more fields of the configuration, as textproto.
  static absl::StatusOr<std::unique_ptr<Daemon>> Start(const std::string& path,
                                                       absl::string_view config = "");
  ~Daemon();

  // Waits until it answers. A failure tells what it logged.
  absl::StatusOr<control::Client> Connect() const;

  // Stops it, and starts it again over its files.
  void Stop();
  absl::Status StartAgain();

  // A line of /proc/PID/status that is a size in KiB.
  size_t StatusKib(absl::string_view field) const;

  // What its threads have had of processors, those that are gone too.
  absl::Duration CpuTime() const;

  // How often its threads have waited for something.
  uint64_t Waits() const;

 private:
  Daemon(std::string path, std::string directory)
      : path_(std::move(path)), directory_(std::move(directory)) {}
  std::string File(absl::string_view name) const;

  const std::string path_;
  const std::string directory_;
  pid_t pid_ = -1;
};

v1::Request PushOf(const v1::Snapshot& snapshot);
v1::Request UpsertOf(const v1::Service& service);

// What became of a push or a delta. One that was refused is a failure.
absl::StatusOr<v1::PushResult> Apply(control::Client& client, v1::Request request);
absl::StatusOr<v1::PushResult> Apply(control::Client& client,
                                     const control::Client::Prepared& request);

// Puts the tables that `snapshot` needs into this thread's network namespace, by a daemon that is
// gone again when this returns.
absl::Status LoadTables(const std::string& daemon_path, const v1::Snapshot& snapshot,
                        absl::string_view config = "");

}  // namespace nftsvc::bench

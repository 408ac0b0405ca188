// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace nftsvc::daemon {

// A file of the directory of services.
struct ServicesFile {
  std::string name;  // "web.textproto"
  std::string text = {};
  std::string failure = {};  // why it could not be read; empty: it was
};

// Reads the files of a directory whose names are of [A-Za-z0-9._-] and end in .textproto or .json,
// in the order of their names. None if there is no directory. A failure is a directory that cannot
// be listed.
absl::StatusOr<std::vector<ServicesFile>> ReadServicesDirectory(const std::string& directory);

}  // namespace nftsvc::daemon

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "src/daemon/services_directory.h"
#include "src/model/snapshot.h"

namespace nftsvc::daemon {

// What files of services change, and what is wrong with them.
struct FilesValidation {
  std::vector<model::ServiceChange> changes;

  // A line each, with file and, where it can be told, line and column:
  //   web.textproto:7:3: services[0].ports[0].port: 0 is not a port
  // and behind those of a file, what becomes of its services.
  std::vector<std::string> mistakes;
};

// Checks them against every rule of a snapshot and against what is served. Each file is a source:
// its services replace those that it gave before, and what a file gave that is no longer there
// goes. A file with any mistake, or one that cannot be read, changes nothing: what it gave before
// stays. It is a mistake to give a service, or to claim a frontend, that another source has.
FilesValidation ValidateFiles(const model::Snapshot& current,
                              const std::vector<ServicesFile>& files);

}  // namespace nftsvc::daemon

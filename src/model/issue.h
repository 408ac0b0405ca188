// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace nftsvc::model {

// A mistake in what a user sent: a value to be shown, not a failure of ours.
struct Issue {
  std::string path;     // proto field names: "services[3].ports[0].port"
  std::string message;  // reads behind "path: ": "0 is not a port"
  std::string service;  // "namespace/name" of the service it belongs to, empty if none is known

  // "services[3].ports[0].port: 0 is not a port".
  std::string ToString() const;

  friend bool operator==(const Issue&, const Issue&) = default;
};

using Issues = std::vector<Issue>;

}  // namespace nftsvc::model

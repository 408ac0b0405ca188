// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace nftsvc::kubernetes {

// A name that the input made up, for messages: as it is if it is a word as Kubernetes has them,
// else quoted, escaped and cut.
std::string Printable(absl::string_view name);

}  // namespace nftsvc::kubernetes

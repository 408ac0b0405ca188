// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "nftsvc/v1/control.pb.h"
#include "src/cli/style.h"

namespace nftsvc::cli {

// An event of the daemon for people: a line, and below it one for each service that changed.
std::string RenderEvent(const v1::WatchEvent& event, const Style& style);

}  // namespace nftsvc::cli

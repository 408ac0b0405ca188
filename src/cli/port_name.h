// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "nftsvc/v1/control.pb.h"

namespace nftsvc::cli {

// "http/tcp", or "tcp" for a port without a name.
std::string PortName(const v1::PortSummary& port);

}  // namespace nftsvc::cli

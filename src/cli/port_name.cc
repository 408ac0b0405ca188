// SPDX-License-Identifier: Apache-2.0
#include "src/cli/port_name.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace nftsvc::cli {

std::string PortName(const v1::PortSummary& port) {
  const std::string protocol = absl::AsciiStrToLower(v1::Protocol_Name(port.protocol()));
  return port.name().empty() ? protocol : absl::StrCat(port.name(), "/", protocol);
}

}  // namespace nftsvc::cli

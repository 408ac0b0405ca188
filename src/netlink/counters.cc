// SPDX-License-Identifier: Apache-2.0
#include "src/netlink/counters.h"

#include "src/base/status_macros.h"
#include "src/netlink/decode_element.h"
#include "src/netlink/elements.h"

namespace nftsvc::netlink {

absl::StatusOr<std::vector<nft::Counter>> ReadElementCounters(
    Socket& socket, const std::vector<nft::ElementKey>& elements) {
  std::vector<nft::Counter> counters(elements.size());
  RETURN_IF_ERROR(ReadElements(
      socket, elements, "read counters",
      [&](size_t index, const Attributes& element) { counters[index] = CounterOf(element); }));
  return counters;
}

}  // namespace nftsvc::netlink

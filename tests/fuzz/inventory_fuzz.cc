// SPDX-License-Identifier: Apache-2.0
//
// Whatever messages the kernel lists its objects in, an inventory is made of them, and from it a
// plan to what the tables should be, in lines that a terminal can show.
#include <linux/netlink.h>

#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <vector>

#include "src/forwarding/resolve.h"
#include "src/netlink/decode_inventory.h"
#include "src/netlink/message.h"
#include "src/nft/compile.h"
#include "src/nft/plan.h"
#include "tests/fuzz/require.h"
#include "tests/support/builders.h"

namespace nftsvc::fuzz {
namespace {

void DecodeAndPlan(std::span<const uint8_t> datagram) {
  netlink::InventoryDecoder decoder;
  netlink::ForEachMessage(datagram, [&](const nlmsghdr& message) {
    (void)netlink::OutcomeOf(message);
    decoder.Add(message);
  });
  for (const base::Family family : base::kFamilies) {
    if (decoder.HasTable(family)) (void)decoder.DeclaredSets(family);
  }
  const nft::Inventory inventory = decoder.Take();
  const model::Snapshot snapshot =
      testing::SnapshotOf({testing::WebAt({"10.0.0.2:80", "10.0.0.3:80"})});
  const forwarding::ForwardingTable table =
      forwarding::Resolve(snapshot, testing::NodeA(), nft::ObservedSlots(inventory));
  const nft::Transaction transaction = nft::Plan(inventory, nft::Compile(table, {}));
  for (const nft::Operation& operation : transaction.operations) {
    RequirePrintable(nft::Print(operation));
  }
}

}  // namespace
}  // namespace nftsvc::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  // Where a socket's buffer begins, too.
  std::vector<uint32_t> aligned(size / sizeof(uint32_t) + 1);
  if (size > 0) std::memcpy(aligned.data(), data, size);
  nftsvc::fuzz::DecodeAndPlan({reinterpret_cast<const uint8_t*>(aligned.data()), size});
  return 0;
}

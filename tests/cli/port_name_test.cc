// SPDX-License-Identifier: Apache-2.0
#include "src/cli/port_name.h"

#include <gtest/gtest.h>

namespace nftsvc::cli {
namespace {

TEST(PortNameTest, HoldsTheProtocolAndTheNameIfThereIsOne) {
  v1::PortSummary port;
  port.set_protocol(v1::UDP);
  EXPECT_EQ(PortName(port), "udp");
  port.set_name("dns");
  EXPECT_EQ(PortName(port), "dns/udp");
}

}  // namespace
}  // namespace nftsvc::cli

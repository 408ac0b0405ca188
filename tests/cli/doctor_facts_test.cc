// SPDX-License-Identifier: Apache-2.0
#include "src/cli/doctor_facts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace nftsvc::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kNetlinkTable[] =
    "sk               Eth Pid        Groups   Rmem     Wmem     Dump  Locks    Drops    Inode\n"
    "00000000783fd94c 12  5202       00000100 0        0        0     2        0        3457408 \n"
    "00000000783fd94d 12  4711       00000040 0        0        0     2        0        3457409 \n"
    "00000000783fd94e 12  -4093      000001c0 0        0        0     2        0        3457410 \n"
    "00000000783fd94f 0   815        00000040 0        0        0     2        0        3457411 \n"
    "00000000d18a88d2 12  0          00000000 0        0        0     2        0        3457325 \n";

TEST(DoctorFactsTest, ListenersAreThoseInTheGroupOfTheRuleset) {
  EXPECT_THAT(ParseListeners(kNetlinkTable), ElementsAre(4711, -4093));
  EXPECT_THAT(ParseListeners(""), IsEmpty());
  EXPECT_THAT(ParseListeners("12 12 12\n\n12 12 x 40\n"), IsEmpty());
}

TEST(DoctorFactsTest, AreThoseOfTheHostAndOfTheDaemonAtTheSocket) {
  std::istringstream in;
  std::ostringstream out, err;
  Session session{
      .in = in, .out = out, .err = err, .call = [](const std::string&, const v1::Request& request) {
        EXPECT_TRUE(request.has_status());
        v1::Response response;
        response.mutable_status()->set_revision(7);
        return absl::StatusOr<v1::Response>(response);
      }};
  session.socket = "/a";
  const DoctorFacts facts = CollectFacts(session);
  EXPECT_EQ(facts.socket, "/a");
  ASSERT_TRUE(facts.status.ok());
  EXPECT_EQ(facts.status->revision(), 7u);
  EXPECT_TRUE(facts.sysctls.contains("net.ipv4.ip_forward"));
  EXPECT_TRUE(facts.rp_filter.contains("all"));
  EXPECT_TRUE(facts.clock_is_synchronized.has_value());
}

}  // namespace
}  // namespace nftsvc::cli

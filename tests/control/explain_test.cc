// SPDX-License-Identifier: Apache-2.0
#include "src/control/explain.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <map>

#include "src/forwarding/resolve.h"
#include "src/wire/textproto.h"
#include "tests/support/builders.h"

namespace nftsvc::control {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ExplainTest : public ::testing::Test {
 protected:
  void Serve(std::vector<model::Service> services) {
    table_ = forwarding::Resolve(testing::SnapshotOf(std::move(services)), testing::NodeA(),
                                 forwarding::NoSlots);
  }

  // The request is textproto.
  v1::ExplainResult Ask(const std::string& request) {
    v1::ExplainRequest message;
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(request, &message)) << request;
    return Explain(table_, message, issues_);
  }

  std::map<std::string, double> Shares(const v1::ExplainResult& result) {
    std::map<std::string, double> shares;
    for (const auto& share : result.shares()) shares[share.endpoint()] = share.share();
    return shares;
  }

  forwarding::ForwardingTable table_;
  model::Issues issues_;
};

TEST_F(ExplainTest, TellsEachEndpointWithItsShare) {
  model::Service web = testing::WebAt({"10.0.0.2:80", "10.0.0.3:80"});
  web.ports[0].endpoints[0].weight = 3;
  Serve({web});
  const v1::ExplainResult result =
      Ask("source: '10.0.0.9' destination: '10.96.0.1' port: 80 protocol: TCP");
  EXPECT_THAT(issues_, IsEmpty());
  EXPECT_EQ(result.verdict(), "forward");
  const std::map<std::string, double> expected = {{"10.0.0.2:80", 0.75}, {"10.0.0.3:80", 0.25}};
  EXPECT_EQ(Shares(result), expected);
  EXPECT_THAT(result.steps(), ElementsAre("10.96.0.1:80/tcp is a cluster IP of default/web",
                                          HasSubstr("is a pod"), HasSubstr("slot 0 of 4")));
}

TEST_F(ExplainTest, WithoutASourceThePacketComesFromOutside) {
  Serve({testing::WebAt({"10.0.0.2:80"})});
  const v1::ExplainResult result = Ask("destination: '10.96.0.1' port: 80 protocol: TCP");
  EXPECT_TRUE(result.masquerade());
  EXPECT_THAT(result.steps(), Contains(HasSubstr("is not a pod: masquerade")));
}

TEST_F(ExplainTest, OnlyTheEndpointThatDialsItselfIsMasqueraded) {
  Serve({testing::WebAt({"10.0.0.2:80", "10.0.0.3:80"})});
  const v1::ExplainResult result =
      Ask("source: '10.0.0.3' destination: '10.96.0.1' port: 80 protocol: TCP");
  ASSERT_EQ(result.shares_size(), 2);
  for (const auto& share : result.shares()) {
    EXPECT_EQ(share.masquerade(), share.endpoint() == "10.0.0.3:80") << share.endpoint();
  }
}

TEST_F(ExplainTest, ThePacketThatIsNobodysHasNoShares) {
  Serve({});
  const v1::ExplainResult result = Ask("destination: '198.51.100.1' port: 80 protocol: UDP");
  EXPECT_EQ(result.verdict(), "none");
  EXPECT_EQ(result.shares_size(), 0);
}

TEST_F(ExplainTest, AServiceWithoutEndpointsRejects) {
  Serve({testing::WebAt({})});
  EXPECT_EQ(Ask("destination: '10.96.0.1' port: 80 protocol: TCP").verdict(), "reject");
}

TEST_F(ExplainTest, TheSharesOfManyEndpointsAreTheirs) {
  std::vector<std::string> endpoints;
  for (int i = 1; i <= 20; ++i) endpoints.push_back("10.0.0." + std::to_string(i) + ":80");
  Serve({testing::WebAt(endpoints)});
  const auto shares = Shares(Ask("destination: '10.96.0.1' port: 80 protocol: TCP"));
  ASSERT_EQ(shares.size(), 20u);
  for (const auto& [endpoint, share] : shares) EXPECT_DOUBLE_EQ(share, 0.05) << endpoint;
}

TEST_F(ExplainTest, AllMistakesOfARequestAreTold) {
  Serve({});
  Ask("source: 'x' destination: 'y' port: 70000");
  std::vector<std::string> told;
  for (const model::Issue& issue : issues_) told.push_back(issue.ToString());
  EXPECT_THAT(told,
              ElementsAre("destination: \"y\" is not an address", "source: \"x\" is not an address",
                          "protocol: is none of TCP, UDP and SCTP", "port: 70000 is not a port"));
}

TEST_F(ExplainTest, ASourceOfTheOtherFamilyIsAMistake) {
  Serve({});
  Ask("source: 'fd00::1' destination: '10.0.0.1' port: 80 protocol: TCP");
  ASSERT_EQ(issues_.size(), 1u);
  EXPECT_EQ(issues_[0].ToString(), "source: is not of the destination's family");
}

}  // namespace
}  // namespace nftsvc::control

// SPDX-License-Identifier: Apache-2.0
//
// Tests of service_reader.cc. That nobody notices what is not decoded again is in handler_test.cc.
#include "src/control/service_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "nftsvc/v1/snapshot.pb.h"

namespace nftsvc::control {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;
using Refuse = model::Validator::Refuse;

model::Validation Read(const std::vector<std::string>& services, Refuse refuse = Refuse::kAll) {
  const model::Snapshot empty;
  model::Validator validator(empty, model::Validator::Scope::kSnapshot, refuse);
  ServiceReader().Read({services.begin(), services.end()}, "services", {}, empty, validator);
  return std::move(validator).Finish();
}

std::string Web(int number, int endpoints) {
  v1::Service service;
  service.set_name("web-" + std::to_string(number));
  service.add_cluster_ips("10.96.0.1");
  v1::Port& port = *service.add_ports();
  port.set_protocol(v1::TCP);
  port.set_port(80);
  for (int i = 0; i < endpoints; ++i) port.add_endpoints();
  return service.SerializeAsString();
}

TEST(ServiceReaderTest, TooManyEndpointsAreOneMistake) {
  const std::vector<std::string> services(130, Web(1, 32'000));
  const model::Validation validation = Read(services);
  ASSERT_THAT(validation.issues, SizeIs(1));
  EXPECT_EQ(validation.issues[0].ToString(), "services: have more than 4000000 endpoints");
  EXPECT_THAT(validation.changes, IsEmpty());
}

TEST(ServiceReaderTest, BehindThousandsOfMistakesNothingIsCheckedUnlessTheRestMayGoAhead) {
  std::vector<std::string> services(20'000, "\x12\x01_");
  services.push_back(Web(1, 0));
  const model::Validation refused = Read(services);
  EXPECT_LT(refused.issues.size() + refused.issues_left_off, 20'000u);
  const model::Validation accepted = Read(services, Refuse::kInvalid);
  EXPECT_GE(accepted.issues.size() + accepted.issues_left_off, 20'000u);
  EXPECT_THAT(accepted.changes, SizeIs(1));
}

}  // namespace
}  // namespace nftsvc::control

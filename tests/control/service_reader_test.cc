// SPDX-License-Identifier: Apache-2.0
//
// Tests of service_reader.cc. That nobody notices what is not decoded again is in handler_test.cc.
#include "src/control/service_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>

#include "nftsvc/v1/snapshot.pb.h"
#include "src/wire/service_bytes.h"

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

// Law: by all processors and in blocks, services are read as by a validator one after the other.
TEST(ServiceReaderTest, ReadsAsAValidatorDoes) {
  std::mt19937 random(20261128);
  const auto below = [&](int end) { return std::uniform_int_distribution(0, end - 1)(random); };
  for (const Refuse refuse : {Refuse::kAll, Refuse::kInvalid}) {
    std::vector<std::string> services;
    for (int i = 0; i < 1'500; ++i) {
      v1::Service service;
      service.set_name("s" + std::to_string(below(30) == 0 ? below(1'500) : i));
      service.add_cluster_ips("10." + std::to_string(i / 60'000) + "." + std::to_string(i / 250) +
                              "." + std::to_string(i % 250 + 1));
      v1::Port& port = *service.add_ports();
      port.set_protocol(v1::TCP);
      port.set_port(below(200) == 0 ? 0 : 80);
      for (int n = below(30); n > 0; --n) {
        v1::Endpoint& endpoint = *port.add_endpoints();
        endpoint.set_address(below(1'000) == 0 ? "10.0.0" : "10.200.0." + std::to_string(n));
        endpoint.set_port(80);
        endpoint.set_node("node-" + std::to_string(below(20)));
      }
      services.push_back(service.SerializeAsString());
      if (below(300) == 0) services.back().pop_back();
    }
    const model::Snapshot empty;
    model::Validator validator(empty, model::Validator::Scope::kSnapshot, refuse);
    for (size_t i = 0; i < services.size(); ++i) {
      validator.Upsert(wire::DecodeServiceBytes(services[i]),
                       "services[" + std::to_string(i) + "]");
    }
    const model::Validation expected = std::move(validator).Finish();
    const model::Validation read = Read(services, refuse);
    EXPECT_GT(expected.issues.size(), 5u);
    ASSERT_EQ(read.issues.size(), expected.issues.size());
    for (size_t i = 0; i < read.issues.size(); ++i) {
      EXPECT_EQ(read.issues[i].ToString(), expected.issues[i].ToString());
      EXPECT_EQ(read.issues[i].service, expected.issues[i].service);
    }
    EXPECT_EQ(read.issues_left_off, expected.issues_left_off);
    ASSERT_EQ(read.changes.size(), expected.changes.size());
    for (size_t i = 0; i < read.changes.size(); ++i) {
      EXPECT_EQ(*read.changes[i].after, *expected.changes[i].after);
    }
  }
}

}  // namespace
}  // namespace nftsvc::control

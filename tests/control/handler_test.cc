// SPDX-License-Identifier: Apache-2.0
#include "src/control/handler.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/support/builders.h"
#include "tests/support/fake_history.h"
#include "tests/support/loop.h"

// Requests and responses against a reconciler whose kernel and disk are in memory.
namespace nftsvc::control {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

// A service in textproto, with one port and as many endpoints as given.
std::string ServiceText(const std::string& name, const std::string& cluster_ip, int endpoints) {
  std::string text = absl::StrCat("namespace: 'default' name: '", name, "' cluster_ips: '",
                                  cluster_ip, "' ports { protocol: TCP port: 80 ");
  for (int i = 0; i < endpoints; ++i) {
    absl::StrAppend(&text, "endpoints { address: '10.0.0.", i + 2, "' port: 80 } ");
  }
  return absl::StrCat(text, "}");
}

class HandlerTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(loop_.Start().ok()); }

  // The request is textproto.
  v1::Response Ask(const std::string& text) {
    v1::Request request;
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &request)) << text;
    return Ask(request);
  }
  v1::Response Ask(const v1::Request& request) {
    const std::string bytes = request.SerializeAsString();
    const absl::StatusOr<wire::SplitRequest> split = wire::SplitServices(bytes);
    EXPECT_TRUE(split.ok()) << split.status();
    v1::Response response;
    handler_.Handle(*split, {.pid = 12, .uid = 0, .gid = 0}, response);
    EXPECT_NE(response.has_error(), response.result_case() != v1::Response::RESULT_NOT_SET)
        << request.ShortDebugString();
    return response;
  }

  v1::Response Push(const std::vector<std::string>& services, const std::string& flags = "") {
    std::string snapshot;
    for (const std::string& service : services) {
      absl::StrAppend(&snapshot, "services { ", service, " } ");
    }
    return Ask(absl::StrCat("push { snapshot { ", snapshot, "} ", flags, " }"));
  }

  static std::vector<std::string> IssuesOf(const v1::Response& response) {
    std::vector<std::string> issues;
    const auto& messages =
        response.has_error() ? response.error().issues() : response.push().issues();
    for (const v1::Issue& issue : messages) {
      issues.push_back(absl::StrCat(issue.path(), ": ", issue.message()));
    }
    return issues;
  }

  testing::Loop loop_;
  std::vector<std::string> log_;
  std::string health_check_problem_;
  PushLog pushes_;
  testing::FakeHistory history_;
  Handler handler_{*loop_,
                   [this] { return loop_.now; },
                   {.client_count = [] { return size_t{3}; },
                    .health_check_problem = [this] { return health_check_problem_; },
                    .services_directory_problem = [] { return std::string(); },
                    .http_problem = [] { return std::string(); },
                    .config_problem = [] { return std::string(); },
                    .pushes = pushes_,
                    .history = history_},
                   [this](base::Severity severity, absl::string_view line) {
                     log_.push_back(absl::StrCat(static_cast<int>(severity), " ", line));
                   }};
};

TEST_F(HandlerTest, APushIsInTheKernelWhenItIsAnswered) {
  const size_t commits = loop_.kernel.committed().size();
  const v1::Response response = Push({ServiceText("web", "10.96.0.1", 2)});
  ASSERT_FALSE(response.has_error()) << response.error().message();
  EXPECT_EQ(response.push().revision(), 1u);
  EXPECT_EQ(response.push().services_added(), 1u);
  EXPECT_EQ(response.push().services(), 1u);
  EXPECT_GT(response.push().operations(), 0u);
  EXPECT_EQ(response.push().generation(), loop_.kernel.generation());
  EXPECT_GT(loop_.kernel.committed().size(), commits);
  EXPECT_EQ(loop_.state.revision, 1u);
}

TEST_F(HandlerTest, AnAcceptedPushIsLoggedInOneLine) {
  Push({ServiceText("web", "10.96.0.1", 2), ServiceText("old", "10.96.0.2", 1)});
  log_.clear();
  Push({ServiceText("web", "10.96.0.1", 3), ServiceText("api", "10.96.0.3", 1)});
  ASSERT_THAT(log_, SizeIs(1));
  EXPECT_THAT(log_[0], StartsWith("6 push by pid 12 uid 0: revision 2, +1 ~1 -1 services, "));
  EXPECT_THAT(log_[0], HasSubstr(" operations, 0.0 ms"));
}

TEST_F(HandlerTest, TheSamePushAgainCommitsNothingAndKeepsTheRevision) {
  Push({ServiceText("web", "10.96.0.1", 2)});
  const size_t commits = loop_.kernel.committed().size();
  const v1::Response response = Push({ServiceText("web", "10.96.0.1", 2)});
  EXPECT_EQ(response.push().revision(), 1u);
  EXPECT_EQ(response.push().operations(), 0u);
  EXPECT_EQ(response.push().services(), 1u);
  EXPECT_EQ(loop_.kernel.committed().size(), commits);
  EXPECT_THAT(log_.back(), StartsWith("7 push by"));  // of no interest but to developers
}

// Services whose bytes are known are not decoded again, which must not be noticed.
TEST_F(HandlerTest, WhatIsServedIsWhatTheLastPushSaidWhateverWasPushedBefore) {
  std::mt19937 random(7);
  const auto web = [](int endpoints) { return ServiceText("web", "10.96.0.1", endpoints); };
  const auto api = [](int endpoints) { return ServiceText("api", "10.96.0.2", endpoints); };
  for (int i = 0; i < 200; ++i) {
    SCOPED_TRACE(i);
    const int webs = static_cast<int>(random() % 3);
    const int apis = static_cast<int>(random() % 3);
    switch (random() % 4) {
      case 0:
        Push({web(webs), api(apis)});
        break;
      case 1:
        Push({api(apis), web(webs)}, "dry_run: true");
        continue;
      case 2:
        Push({web(webs), api(apis), web(webs)});  // twice: refused
        continue;
      case 3:
        Ask(absl::StrCat("delta { upsert { ", web(webs), " } upsert { ", api(apis), " } }"));
        break;
    }
    const auto& services = loop_->snapshot().services();
    ASSERT_THAT(services, SizeIs(2));
    EXPECT_THAT(services.begin()->second->ports[0].endpoints, SizeIs(apis));
    EXPECT_THAT(services.rbegin()->second->ports[0].endpoints, SizeIs(webs));
  }
}

TEST_F(HandlerTest, KnownBytesAreNoWayToAnothersService) {
  Push({ServiceText("web", "10.96.0.1", 2)}, "source: 'a'");
  const v1::Response response = Push({ServiceText("web", "10.96.0.1", 2)}, "source: 'b'");
  EXPECT_THAT(IssuesOf(response), Contains(HasSubstr("belongs to source a")));
}

TEST_F(HandlerTest, AnEmptySnapshotRemovesAll) {
  Push({ServiceText("web", "10.96.0.1", 2)});
  const v1::Response response = Push({});
  EXPECT_EQ(response.push().services_removed(), 1u);
  EXPECT_EQ(response.push().services(), 0u);
  EXPECT_THAT(loop_->snapshot().services(), IsEmpty());
}

TEST_F(HandlerTest, OneMistakeRefusesTheWholePushAndAllMistakesAreTold) {
  Push({ServiceText("web", "10.96.0.1", 1)});
  const v1::Response response =
      Push({ServiceText("web", "10.96.0.1", 2), ServiceText("bad", "10.96.0.x", 1),
            "namespace: 'default' name: 'worse' cluster_ips: '10.96.0.3' ports { port: 0 }"});
  EXPECT_EQ(response.error().code(), v1::Error::INVALID);
  EXPECT_THAT(IssuesOf(response), AllOf(Contains(StartsWith("services[1].cluster_ips[0]: ")),
                                        Contains(StartsWith("services[2].ports[0].port: ")),
                                        Contains(StartsWith("services[2].ports[0].protocol: ")),
                                        Not(Contains(StartsWith("services[0]")))));
  EXPECT_EQ(loop_->revision(), 1u);
  EXPECT_EQ(loop_->snapshot().endpoint_count(), 1u);
  EXPECT_THAT(log_.back(),
              StartsWith("5 push by pid 12 uid 0 refused: 3 mistakes, the first: services[1]"));
}

TEST_F(HandlerTest, AcceptValidAppliesTheRestAndReportsTheMistakes) {
  const v1::Response response =
      Push({ServiceText("web", "10.96.0.1", 1), ServiceText("bad", "10.96.0.x", 1)},
           "accept_valid: true");
  ASSERT_FALSE(response.has_error());
  EXPECT_EQ(response.push().services_added(), 1u);
  EXPECT_THAT(IssuesOf(response), ElementsAre(StartsWith("services[1].cluster_ips[0]: ")));
  EXPECT_THAT(log_.back(), HasSubstr("; 1 mistakes, the first: services[1].cluster_ips[0]"));
}

TEST_F(HandlerTest, AFieldThatThisVersionDoesNotKnowRefusesThePush) {
  v1::Request request;
  v1::Service& service = *request.mutable_push()->mutable_snapshot()->add_services();
  ASSERT_TRUE(
      google::protobuf::TextFormat::ParseFromString(ServiceText("web", "10.96.0.1", 1), &service));
  v1::Endpoint& endpoint = *service.mutable_ports(0)->mutable_endpoints(0);
  endpoint.GetReflection()->MutableUnknownFields(&endpoint)->AddVarint(77, 1);
  const v1::Response response = Ask(request);
  EXPECT_THAT(IssuesOf(response), ElementsAre("services[0].ports[0].endpoints[0]: "
                                              "field 77 is unknown to this version"));
}

TEST_F(HandlerTest, AcceptValidDoesNotExcuseAFieldOfTheSnapshotItself) {
  v1::Request request;
  request.mutable_push()->set_accept_valid(true);
  v1::Snapshot& snapshot = *request.mutable_push()->mutable_snapshot();
  snapshot.GetReflection()->MutableUnknownFields(&snapshot)->AddVarint(77, 1);
  const v1::Response response = Ask(request);
  EXPECT_EQ(response.error().code(), v1::Error::INVALID);
}

TEST_F(HandlerTest, ADryRunTellsAndChangesNothing) {
  Push({ServiceText("old", "10.96.0.1", 1), ServiceText("web", "10.96.0.2", 1)});
  log_.clear();
  const size_t commits = loop_.kernel.committed().size();
  const v1::Response response =
      Push({ServiceText("web", "10.96.0.2", 2), ServiceText("api", "10.96.0.3", 1)},
           "dry_run: true want_changes: true");
  EXPECT_THAT(response.push().service_changes(),
              ElementsAre("+ default/api", "- default/old", "~ default/web"));
  EXPECT_EQ(static_cast<uint32_t>(response.push().nft_operations_size()),
            response.push().operations());
  EXPECT_THAT(response.push().nft_operations(), Contains(StartsWith("add element ip nftsvc")));
  EXPECT_EQ(response.push().revision(), 1u);
  EXPECT_EQ(loop_.kernel.committed().size(), commits);
  EXPECT_EQ(loop_->snapshot().services().size(), 2u);
  EXPECT_THAT(log_, IsEmpty());
}

TEST_F(HandlerTest, ChangesAreListedOnlyIfAskedFor) {
  const v1::Response response = Push({ServiceText("web", "10.96.0.1", 1)});
  EXPECT_EQ(response.push().service_changes_size(), 0);
  EXPECT_EQ(response.push().nft_operations_size(), 0);
}

TEST_F(HandlerTest, WhatTheKernelRefusesLeavesTheOldState) {
  Push({ServiceText("web", "10.96.0.1", 1)});
  for (size_t call = 0; call < 10; ++call) {
    loop_.kernel.FailCall(loop_.kernel.calls().size() + call,
                          {absl::PermissionDeniedError("commit: operation not permitted")});
  }
  const v1::Response response = Push({ServiceText("web", "10.96.0.1", 2)});
  EXPECT_EQ(response.error().code(), v1::Error::UNAVAILABLE);
  EXPECT_EQ(response.error().message(), "commit: operation not permitted");
  EXPECT_EQ(loop_->revision(), 1u);
  EXPECT_THAT(log_.back(),
              "3 push by pid 12 uid 0 failed: commit: operation not permitted; "
              "the old state stays");
}

TEST_F(HandlerTest, APushThatCannotBeSavedIsAnsweredWithAWarning) {
  loop_.state.status = absl::ResourceExhaustedError("write state: no space left on device");
  const v1::Response response = Push({ServiceText("web", "10.96.0.1", 1)});
  ASSERT_FALSE(response.has_error());
  EXPECT_EQ(response.push().persist_warning(), "write state: no space left on device");
  EXPECT_EQ(Ask("status {}").status().persist_problem(), "write state: no space left on device");
}

TEST_F(HandlerTest, ADeltaChangesSomeServicesAndLeavesTheOthers) {
  Push({ServiceText("web", "10.96.0.1", 1), ServiceText("old", "10.96.0.2", 1)});
  const v1::Response response =
      Ask(absl::StrCat("delta { base_revision: 1 upsert { ", ServiceText("api", "10.96.0.3", 1),
                       " } remove: 'default/old' }"));
  ASSERT_FALSE(response.has_error()) << response.error().message();
  EXPECT_EQ(response.push().revision(), 2u);
  EXPECT_EQ(response.push().services_added(), 1u);
  EXPECT_EQ(response.push().services_removed(), 1u);
  EXPECT_EQ(response.push().services(), 2u);
  EXPECT_THAT(log_.back(), StartsWith("6 delta by pid 12 uid 0: revision 2, +1 ~0 -1 services"));
}

TEST_F(HandlerTest, ADeltaOnAnotherRevisionIsToldTheCurrentOne) {
  Push({ServiceText("web", "10.96.0.1", 1)});
  const v1::Response response = Ask("delta { base_revision: 7 remove: 'default/web' }");
  EXPECT_EQ(response.error().code(), v1::Error::STALE_REVISION);
  EXPECT_EQ(response.error().message(), "delta is based on revision 7, the current one is 1");
  EXPECT_EQ(response.error().current_revision(), 1u);
  EXPECT_EQ(loop_->snapshot().services().size(), 1u);
}

TEST_F(HandlerTest, ADeltaWithoutARevisionIsBasedOnTheCurrentOne) {
  Push({ServiceText("web", "10.96.0.1", 1)});
  EXPECT_FALSE(Ask("delta { remove: 'default/web' }").has_error());
  EXPECT_EQ(loop_->snapshot().services().size(), 0u);
}

TEST_F(HandlerTest, MistakesOfADeltaAreNamedByItsFields) {
  const v1::Response response = Ask(absl::StrCat(
      "delta { upsert { ", ServiceText("bad", "10.96.0.x", 0), " } remove: 'default/none' }"));
  EXPECT_THAT(IssuesOf(response),
              ElementsAre(StartsWith("upsert[0].cluster_ips[0]: "), StartsWith("remove[0]: ")));
}

TEST_F(HandlerTest, ADryRunOfADeltaChangesNothing) {
  Push({ServiceText("web", "10.96.0.1", 1)});
  const v1::Response response =
      Ask("delta { remove: 'default/web' dry_run: true want_changes: true }");
  EXPECT_THAT(response.push().service_changes(), ElementsAre("- default/web"));
  EXPECT_EQ(loop_->snapshot().services().size(), 1u);
}

TEST_F(HandlerTest, GetGivesBackWhatWasPushed) {
  Push({ServiceText("web", "10.96.0.1", 2), ServiceText("api", "10.96.0.2", 1)});
  const v1::Response all = Ask("get {}");
  EXPECT_EQ(all.get().revision(), 1u);
  ASSERT_EQ(all.get().snapshot().services_size(), 2);
  const v1::Response one = Ask("get { service: 'default/web' }");
  ASSERT_EQ(one.get().snapshot().services_size(), 1);
  v1::Service pushed;
  ASSERT_TRUE(
      google::protobuf::TextFormat::ParseFromString(ServiceText("web", "10.96.0.1", 2), &pushed));
  EXPECT_EQ(one.get().snapshot().services(0).SerializeAsString(), pushed.SerializeAsString());
  // And pushed again it is no change.
  v1::Request again;
  *again.mutable_push()->mutable_snapshot() = all.get().snapshot();
  EXPECT_EQ(Ask(again).push().revision(), 1u);
}

TEST_F(HandlerTest, WhoAsksForAServiceThatIsNotThereIsToldSo) {
  for (const char* operation : {"get", "list"}) {
    const v1::Response response = Ask(absl::StrCat(operation, " { service: 'default/none' }"));
    EXPECT_EQ(response.error().code(), v1::Error::NOT_FOUND);
    EXPECT_EQ(response.error().message(), "no service default/none");
  }
}

TEST_F(HandlerTest, ListTellsConnectionsAsTheKernelCountsThem) {
  Push({ServiceText("web", "10.96.0.1", 2), ServiceText("api", "10.96.0.2", 0)});
  const model::FrontendKey web = testing::FrontendAt("10.96.0.1:80/tcp");
  const auto id = [](nft::SetId set, nft::Bytes key) {
    return nft::ElementKey{.family = base::Family::kIPv4, .set = set, .key = key};
  };
  loop_.kernel.Count(id(nft::SetId::kServices, nft::FrontendKey(web)), 5);
  loop_.kernel.Count(id(nft::SetId::kEndpoints, nft::SlotKey(web, 0)), 2);
  loop_.kernel.Count(id(nft::SetId::kEndpoints, nft::SlotKey(web, 1)), 3);
  const v1::Response response = Ask("list {}");
  EXPECT_EQ(response.list().revision(), 1u);
  ASSERT_EQ(response.list().services_size(), 2);
  EXPECT_EQ(response.list().services(0).service(), "default/api");
  const v1::PortSummary& port = response.list().services(1).ports(0);
  EXPECT_EQ(port.connections(), 5u);
  EXPECT_EQ(port.endpoint_connections(0).connections() + port.endpoint_connections(1).connections(),
            5u);
  EXPECT_EQ(Ask("list { service: 'default/web' }").list().services_size(), 1);
}

TEST_F(HandlerTest, StatusTellsWhatIsServed) {
  Push({ServiceText("web", "10.96.0.1", 2), ServiceText("api", "10.96.0.2", 0)});
  loop_.now += absl::Seconds(90);
  const v1::StatusResult status = Ask("status {}").status();
  EXPECT_EQ(status.version(), NFTSVC_VERSION);
  EXPECT_EQ(status.revision(), 1u);
  EXPECT_EQ(status.services(), 2u);
  EXPECT_EQ(status.ports(), 2u);
  EXPECT_EQ(status.endpoints(), 2u);
  EXPECT_EQ(status.uptime_seconds(), 90u);
  EXPECT_TRUE(status.in_sync()) << status.problem();
  EXPECT_EQ(status.generation(), loop_.kernel.generation());
  EXPECT_EQ(status.last_commit_time(), "1971-01-01T00:00:00+00:00");
  EXPECT_EQ(status.clients(), 3u);
  EXPECT_EQ(status.health_check_problem(), "");
  health_check_problem_ = "listen on 192.0.2.1:30000/tcp: address already in use";
  EXPECT_EQ(Ask("status {}").status().health_check_problem(), health_check_problem_);
  EXPECT_GT(status.resident_bytes(), 0u);
  EXPECT_EQ(status.layout(), "FLAT");
  EXPECT_EQ(status.persist_problem(), "");
}

TEST_F(HandlerTest, VerifyFindsWhatSomebodyElseChanged) {
  Push({ServiceText("web", "10.96.0.1", 2)});
  EXPECT_TRUE(Ask("verify {}").verify().in_sync());
  loop_.kernel.Tamper([](testing::FakeTables& tables) {
    tables.Set(base::Family::kIPv4, nft::SetId::kServices)->elements.clear();
  });
  const v1::VerifyResult result = Ask("verify {}").verify();
  EXPECT_FALSE(result.in_sync());
  EXPECT_THAT(result.differences(), ElementsAre(HasSubstr("10.96.0.1 . tcp . 80")));
}

TEST_F(HandlerTest, ExplainFollowsAPacketThroughWhatIsServed) {
  Push({ServiceText("web", "10.96.0.1", 2)});
  const v1::Response response = Ask("explain { destination: '10.96.0.1' port: 80 protocol: TCP }");
  EXPECT_EQ(response.explain().verdict(), "forward");
  EXPECT_EQ(response.explain().shares_size(), 2);
  EXPECT_THAT(IssuesOf(Ask("explain { destination: 'x' port: 80 protocol: TCP }")),
              ElementsAre("destination: \"x\" is not an address"));
}

TEST_F(HandlerTest, ARequestWithoutAnOperationIsRefused) {
  const v1::Response response = Ask("id: 1");
  EXPECT_EQ(response.error().code(), v1::Error::INVALID);
  EXPECT_EQ(response.error().message(), "request without an operation");
}

TEST_F(HandlerTest, AServiceThatIsMisspeltIsGuessed) {
  Push({ServiceText("web", "10.96.0.1", 1), ServiceText("api", "10.96.0.2", 1)});
  for (const char* operation : {"get", "list"}) {
    const auto said = [&](const std::string& name) {
      return Ask(absl::StrCat(operation, " { service: '", name, "' }")).error().message();
    };
    EXPECT_EQ(said("default/wbe"), "no service default/wbe; did you mean default/web?");
    EXPECT_EQ(said("api"), "no service api; did you mean default/api?");
    EXPECT_EQ(said("kube-system/dns"), "no service kube-system/dns");
  }
}

TEST_F(HandlerTest, SeveralServicesCanBeListedAndThoseThatAreGoneAreLeftOut) {
  Push({ServiceText("web", "10.96.0.1", 1), ServiceText("api", "10.96.0.2", 1)});
  const v1::Response response = Ask("list { services: 'default/web' services: 'default/gone' }");
  ASSERT_EQ(response.list().services_size(), 1);
  EXPECT_EQ(response.list().services(0).service(), "default/web");
}

TEST_F(HandlerTest, AWatchBeginsWithHowThingsAre) {
  Push({ServiceText("web", "10.96.0.1", 1)});
  const v1::Response response = Ask("watch {}");
  EXPECT_EQ(response.watch().revision(), 1u);
  EXPECT_TRUE(response.watch().watching().in_sync());
  EXPECT_EQ(response.watch().watching().services(), 1u);
}

TEST_F(HandlerTest, WithSessionAffinityAListSaysSo) {
  Push({absl::StrCat(ServiceText("web", "10.96.0.1", 1),
                     " session_affinity { client_ip_timeout_seconds: 60 }")});
  EXPECT_EQ(Ask("list {}").list().services(0).ports(0).affinity_seconds(), 60u);
}

TEST_F(HandlerTest, APushReplacesOnlyWhatItsSourceHas) {
  Push({ServiceText("web", "10.96.0.1", 1)});
  const v1::Response dns = Push({ServiceText("dns", "10.96.0.2", 1)}, "source: 'dns'");
  EXPECT_EQ(dns.push().services_removed(), 0u);
  EXPECT_EQ(dns.push().services(), 2u);
  EXPECT_EQ(Push({}).push().services_removed(), 1u);
  const v1::Response all = Ask("get {}");
  ASSERT_EQ(all.get().sources_size(), 1);
  EXPECT_EQ(all.get().sources(0), "dns");
  EXPECT_EQ(Ask("get { source: 'push' }").get().snapshot().services_size(), 0);
  EXPECT_EQ(Ask("list {}").list().services(0).source(), "dns");
}

TEST_F(HandlerTest, NoSourceTakesAnothersServices) {
  Push({ServiceText("dns", "10.96.0.2", 1)}, "source: 'dns'");
  EXPECT_THAT(IssuesOf(Push({ServiceText("dns", "10.96.0.2", 2)})),
              ElementsAre("services[0]: default/dns belongs to source dns, and only that can "
                          "change it"));
  EXPECT_THAT(IssuesOf(Push({ServiceText("web", "10.96.0.2", 2)})),
              ElementsAre("services[0]: default/web claims 10.96.0.2:80/tcp, which default/dns of "
                          "source dns has"));
  EXPECT_THAT(IssuesOf(Ask("delta { remove: 'default/dns' }")),
              ElementsAre("remove[0]: default/dns belongs to source dns, and only that can "
                          "change it"));
  EXPECT_EQ(Ask("delta { remove: 'default/dns' source: 'dns' }").push().services_removed(), 1u);
}

TEST_F(HandlerTest, APushCannotCallItselfAFile) {
  for (const char* source : {"files", "files/a.json", "A", "a b"}) {
    const auto issues = IssuesOf(Push({}, absl::StrCat("source: '", source, "'")));
    EXPECT_THAT(issues, ElementsAre(StartsWith("source: \"")));
  }
  EXPECT_FALSE(Push({}, "source: 'push'").has_error());
}

TEST_F(HandlerTest, EveryPushIsToldToThePushLog) {
  Push({ServiceText("web", "10.96.0.1", 1)});
  Push({ServiceText("web", "10.96.0.1", 1)});
  Push({ServiceText("web", "nowhere", 1)});
  Push({ServiceText("web", "10.96.0.1", 3)}, "dry_run: true");
  EXPECT_EQ(pushes_.count(PushRecord::kAccepted), 1u);
  EXPECT_EQ(pushes_.count(PushRecord::kUnchanged), 1u);
  EXPECT_EQ(pushes_.count(PushRecord::kRefused), 1u);
  ASSERT_EQ(pushes_.latest().size(), 2u);
  EXPECT_EQ(pushes_.latest().back().who, "push by pid 12 uid 0");
  EXPECT_EQ(pushes_.latest().back().added, 1u);
  EXPECT_THAT(pushes_.latest().front().why, HasSubstr("nowhere"));
}

}  // namespace
}  // namespace nftsvc::control

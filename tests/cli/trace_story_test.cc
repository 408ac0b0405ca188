// SPDX-License-Identifier: Apache-2.0
#include "src/cli/trace_story.h"

#include <gtest/gtest.h>

#include <optional>

#include "google/protobuf/text_format.h"

// What the kernel tells of a packet, and the story that is made of it.
namespace nftsvc::cli {
namespace {

using netlink::TracedPacket;
using netlink::TraceMessage;
using Verdict = TraceMessage::Verdict;

constexpr char kTrace[] = "nftsvc-trace-1";

// Writes down a trace, base chain by base chain.
class Recorder {
 public:
  // A base chain begins with the packet as it is by then; rules of chain "" are its own.
  Recorder& Enter(const std::string& table, const std::string& chain) {
    table_ = table;
    base_ = chain;
    enters_ = true;
    return *this;
  }
  Recorder& Rule(const std::string& chain, Verdict verdict) {
    return Add(chain, TraceMessage::Kind::kRule, verdict);
  }
  Recorder& Policy(Verdict verdict = Verdict::kAccept) {
    return Add(base_, TraceMessage::Kind::kPolicy, verdict);
  }
  Recorder& Translate(const char* address, uint16_t port) {
    packet_.destination = *base::IpAddress::Parse(address);
    packet_.destination_port = port;
    return *this;
  }
  Recorder& Masquerade(const char* address) {
    packet_.source = *base::IpAddress::Parse(address);
    packet_.source_port = 50000;
    return *this;
  }
  Recorder& Route(const char* interface) {
    packet_.out_interface = interface;
    return *this;
  }
  // To the end of the two chains in which all packets end.
  Recorder& Leave() { return Enter(kTrace, "end-postrouting").Policy(); }

  std::string Story(const std::string& explained = "") const {
    v1::ExplainResult result;
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(explained, &result)) << explained;
    return RenderStory(TellStory(messages_, result), Style());
  }

  const std::vector<TraceMessage>& messages() const { return messages_; }

 private:
  Recorder& Add(const std::string& chain, TraceMessage::Kind kind, Verdict verdict) {
    TraceMessage message;
    message.family = "ip";
    message.table = table_;
    message.chain = chain.empty() ? base_ : chain;
    message.kind = kind;
    message.rule = 7;
    message.verdict = verdict;
    if (enters_) message.packet = packet_;
    enters_ = false;
    messages_.push_back(message);
    return *this;
  }

  std::string table_, base_;
  bool enters_ = false;
  TracedPacket packet_ = {.source = *base::IpAddress::Parse("192.168.0.9"),
                          .destination = *base::IpAddress::Parse("10.96.0.1"),
                          .protocol = base::Protocol::kTcp,
                          .source_port = 40000,
                          .destination_port = 80,
                          .in_interface = "eth0",
                          .out_interface = ""};
  std::vector<TraceMessage> messages_;
};

Recorder Arrival() {
  Recorder recorder;
  recorder.Enter(kTrace, "start-prerouting").Rule("", Verdict::kContinue).Policy();
  return recorder;
}

Recorder Forwarded() {
  Recorder recorder = Arrival();
  recorder.Enter("nftsvc", "nat-prerouting")
      .Rule("nat-prerouting", Verdict::kJump)
      .Rule("services", Verdict::kGoto)
      .Rule("outside-random-3", Verdict::kContinue)
      .Rule("outside-random-3", Verdict::kGoto)
      .Rule("random-3", Verdict::kAccept)
      .Translate("10.0.0.3", 8080)
      .Route("pods");
  return recorder;
}

TEST(TraceStoryTest, AConnectionThatIsForwardedAndMasqueraded) {
  Recorder recorder = Forwarded();
  recorder.Enter("nftsvc", "nat-postrouting")
      .Rule("nat-postrouting", Verdict::kAccept)
      .Masquerade("192.168.0.2")
      .Leave();
  EXPECT_TRUE(IsTraceComplete(recorder.messages()));
  EXPECT_EQ(recorder.Story("port: 'default/web:http' "
                           "shares { endpoint: '10.0.0.3:8080' name: 'web-b' }"),
            "192.168.0.9:40000 → 10.96.0.1:80/tcp  default/web:http\n"
            "├─ arrives through eth0\n"
            "├─ nat-prerouting → services → outside-random-3 → random-3: endpoint 10.0.0.3:8080 "
            "(web-b)\n"
            "├─ nat-postrouting: masqueraded as 192.168.0.2\n"
            "├─ leaves through pods\n"
            "└─ forwarded to 10.0.0.3:8080 web-b, which sees 192.168.0.2:50000\n");
}

TEST(TraceStoryTest, AConnectionThatKeepsItsSourceAndADaemonThatCannotBeAsked) {
  Recorder recorder = Forwarded();
  recorder.Enter("nftsvc", "nat-postrouting").Policy().Leave();
  EXPECT_EQ(recorder.Story(),
            "192.168.0.9:40000 → 10.96.0.1:80/tcp\n"
            "├─ arrives through eth0\n"
            "├─ nat-prerouting → services → outside-random-3 → random-3: endpoint 10.0.0.3:8080\n"
            "├─ nat-postrouting: keeps its source\n"
            "├─ leaves through pods\n"
            "└─ forwarded to 10.0.0.3:8080, which sees 192.168.0.9:40000\n");
}

TEST(TraceStoryTest, AClientThatIsKept) {
  Recorder recorder = Arrival();
  recorder.Enter("nftsvc", "nat-prerouting")
      .Rule("", Verdict::kJump)
      .Rule("services", Verdict::kGoto)
      .Rule("clients-default/web/tcp/80", Verdict::kAccept)
      .Translate("10.0.0.3", 8080)
      .Leave();
  EXPECT_NE(recorder.Story().find("which session affinity keeps this client on"),
            std::string::npos);
}

// Up to where it is clear that no service takes it.
Recorder Unserved() {
  Recorder recorder = Arrival();
  recorder.Enter("nftsvc", "nat-prerouting")
      .Rule("", Verdict::kJump)
      .Rule("services", Verdict::kGoto)
      .Rule("", Verdict::kJump);
  return recorder;
}

TEST(TraceStoryTest, AServiceWithoutEndpoints) {
  Recorder recorder = Unserved();
  recorder.Rule("unserved", Verdict::kGoto).Rule("reject-new", Verdict::kDrop);
  EXPECT_TRUE(IsTraceComplete(recorder.messages()));
  EXPECT_EQ(recorder.Story("port: 'default/none'"),
            "192.168.0.9:40000 → 10.96.0.1:80/tcp  default/none\n"
            "├─ arrives through eth0\n"
            "├─ nat-prerouting → unserved → reject-new: it has no endpoint; rejected with \"port "
            "unreachable\"\n"
            "└─ rejected\n");
}

TEST(TraceStoryTest, APortThatNoServiceHasAndEndpointsThatAreElsewhere) {
  Recorder recorder = Unserved();
  recorder.Rule("unserved", Verdict::kDrop);
  EXPECT_NE(recorder.Story("verdict: 'reject'")
                .find("unserved: no service has this port; rejected with \"port unreachable\"\n"
                      "└─ rejected\n"),
            std::string::npos);
  EXPECT_NE(recorder.Story("verdict: 'drop'")
                .find("unserved: no endpoint may take it; dropped\n└─ dropped\n"),
            std::string::npos);
}

TEST(TraceStoryTest, ASourceThatIsNotAllowed) {
  Recorder recorder = Arrival();
  recorder.Enter("nftsvc", "nat-prerouting")
      .Rule("", Verdict::kJump)
      .Rule("services", Verdict::kGoto)
      .Rule("checked-random-1", Verdict::kDrop);
  EXPECT_NE(recorder.Story().find("nat-prerouting → services → checked-random-1: its source is in "
                                  "none of the source ranges; dropped\n└─ dropped\n"),
            std::string::npos);
}

TEST(TraceStoryTest, SomebodyElseWhoDrops) {
  Recorder by_rule = Forwarded(), by_policy = Forwarded();
  by_rule.Enter("theirs", "forward").Rule("", Verdict::kDrop);
  EXPECT_NE(by_rule.Story().find("dropped by rule 7 of chain ip theirs forward, which is not "
                                 "nftsvc's: see `nft -a list chain ip theirs forward`\n"
                                 "└─ dropped\n"),
            std::string::npos);
  by_policy.Enter("theirs", "forward").Policy(Verdict::kDrop);
  EXPECT_NE(by_policy.Story().find("dropped by the policy of chain ip theirs forward"),
            std::string::npos);
}

TEST(TraceStoryTest, SomebodyElseWhoTranslates) {
  Recorder recorder = Arrival();
  recorder.Enter("theirs", "dnat").Rule("", Verdict::kAccept).Translate("10.9.9.9", 80).Leave();
  EXPECT_NE(recorder.Story().find("sent to 10.9.9.9:80 instead; the last before was chain ip "
                                  "theirs dnat, which is not nftsvc's"),
            std::string::npos);
}

TEST(TraceStoryTest, AFlowThatIsKnown) {
  Recorder recorder = Arrival();
  recorder.Translate("10.0.0.3", 8080).Leave();
  EXPECT_NE(recorder.Story().find("part of a flow that is known, so where its first packet went: "
                                  "endpoint 10.0.0.3:8080\n"),
            std::string::npos);
}

TEST(TraceStoryTest, APacketThatTheKernelItselfDrops) {
  const Recorder recorder = Arrival();
  EXPECT_FALSE(IsTraceComplete(recorder.messages()));
  EXPECT_NE(
      recorder.Story().find("not seen behind chain ip nftsvc-trace-1 start-prerouting: dropped "
                            "by the kernel itself (no route, forwarding off, rp_filter)\n"
                            "└─ lost\n"),
      std::string::npos);
}

TEST(TraceStoryTest, APacketThatIsNoServices) {
  Recorder recorder = Arrival();
  recorder.Enter(kTrace, "end-input").Policy();
  EXPECT_NE(recorder.Story().find("├─ delivered on this host\n└─ not a service's: went on "
                                  "untouched\n"),
            std::string::npos);
}

TEST(TraceStoryTest, WhatBeginsInTheMiddleIsNoStory) {
  TraceMessage message;
  message.chain = "services";
  EXPECT_TRUE(TellStory({message}, {}).verdict().empty());
}

}  // namespace
}  // namespace nftsvc::cli

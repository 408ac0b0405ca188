// SPDX-License-Identifier: Apache-2.0
#include "src/cli/doctor_checks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

// Facts in, findings out.
namespace nftsvc::cli {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;
using Finding = v1::DoctorReport::Finding;
using Hook = netlink::ListedChain::Hook;

DoctorFacts HealthyHost() {
  DoctorFacts facts;
  facts.features = netlink::Features();
  facts.chains = std::vector<netlink::ListedChain>{
      {"ip", "nftsvc", "nat-prerouting", Hook{"nat", "prerouting", -100, false}},
      {"ip", "nftsvc", "services", std::nullopt}};
  facts.nft_version = "1.0.6";
  facts.sysctls = {{"net.ipv4.ip_forward", 1},
                   {"net.ipv6.conf.all.forwarding", 1},
                   {"net.netfilter.nf_conntrack_max", 65536},
                   {"net.netfilter.nf_conntrack_count", 100}};
  facts.rp_filter = {{"all", 0}, {"default", 1}, {"eth0", 2}, {"lo", 1}};
  facts.clock_is_synchronized = true;
  v1::StatusResult status;
  status.set_in_sync(true);
  status.set_revision(7);
  status.set_services(2);
  facts.status = status;
  return facts;
}

// "BROKEN forwarding: what".
std::vector<std::string> FindingsOf(const DoctorFacts& facts) {
  std::vector<std::string> texts;
  const v1::DoctorReport report = Diagnose(facts);
  for (const Finding& finding : report.findings()) {
    texts.push_back(absl::StrCat(Finding::Severity_Name(finding.severity()), " ", finding.check(),
                                 ": ", finding.what()));
    const bool needs_advice =
        finding.severity() == Finding::WARNING ||
        (finding.severity() == Finding::BROKEN && finding.check() != "kernel");
    EXPECT_TRUE(!needs_advice || !finding.advice().empty()) << texts.back();
  }
  return texts;
}

// What the host's only trouble is.
std::vector<std::string> TroublesOf(const DoctorFacts& facts) {
  std::vector<std::string> troubles = FindingsOf(facts);
  std::erase_if(troubles, [](const std::string& text) { return text.starts_with("OK "); });
  return troubles;
}

void Expect(const DoctorFacts& facts, const std::string& beginning, bool broken) {
  const std::vector<std::string> troubles = TroublesOf(facts);
  ASSERT_EQ(troubles.size(), 1u) << testing::PrintToString(troubles);
  EXPECT_THAT(troubles[0], StartsWith(beginning));
  EXPECT_EQ(IsAnythingBroken(Diagnose(facts)), broken);
}

void AddForeign(DoctorFacts& facts, const char* family, const char* table, const char* name,
                std::optional<Hook> hook) {
  facts.chains->push_back({family, table, name, std::move(hook)});
}

TEST(DoctorChecksTest, AHealthyHostIsCalledSo) {
  EXPECT_THAT(TroublesOf(HealthyHost()), testing::IsEmpty());
  EXPECT_THAT(FindingsOf(HealthyHost()),
              AllOf(Contains("OK daemon: in sync, revision 7, 2 services"),
                    Contains("OK conntrack: 100 of 65536 connections, 0 %"),
                    Contains("OK nft: version 1.0.6")));
  EXPECT_FALSE(IsAnythingBroken(Diagnose(HealthyHost())));
}

TEST(DoctorChecksTest, TheDaemon) {
  DoctorFacts facts = HealthyHost();
  facts.status = absl::NotFoundError("connect /a: no such file or directory");
  Expect(facts, "BROKEN daemon: connect /a: no such file", true);

  facts = HealthyHost();
  facts.status->set_in_sync(false);
  facts.status->set_problem("no kernel");
  Expect(facts, "BROKEN daemon: out of sync: no kernel", true);

  facts = HealthyHost();
  facts.status->set_persist_problem("save state: no space left");
  Expect(facts, "BROKEN daemon: save state", true);

  facts = HealthyHost();
  facts.status->set_health_check_problem("port 31000 is taken");
  Expect(facts, "WARNING daemon: port 31000", false);
}

TEST(DoctorChecksTest, TheKernelAndNft) {
  DoctorFacts facts = HealthyHost();
  facts.features->missing.push_back("kernel lacks nft_fib (CONFIG_NFT_FIB_IPV4)");
  Expect(facts, "BROKEN kernel: kernel lacks nft_fib", true);

  facts = HealthyHost();
  facts.features = absl::PermissionDeniedError("not permitted");
  Expect(facts, "NOTE kernel: not looked at", false);

  facts = HealthyHost();
  facts.features->exclusive_tables = false;
  EXPECT_THAT(FindingsOf(facts), Contains(StartsWith("OK kernel: has what the rules need; kernel "
                                                     "lacks tables that outlive their owner")));

  facts = HealthyHost();
  facts.nft_version = absl::NotFoundError("run nft: no such file");
  Expect(facts, "NOTE nft: there is no program nft", false);
  for (const char* old : {"0.9.8", "1.0.5", "1.0"}) {
    facts.nft_version = old;
    Expect(facts, absl::StrCat("NOTE nft: version ", old), false);
  }
  for (const char* good : {"1.0.6", "1.0.10", "1.1", "2.0.0"}) {
    facts.nft_version = good;
    EXPECT_THAT(TroublesOf(facts), testing::IsEmpty()) << good;
  }
}

TEST(DoctorChecksTest, Sysctls) {
  DoctorFacts facts = HealthyHost();
  facts.sysctls["net.ipv4.ip_forward"] = 0;
  Expect(facts, "BROKEN forwarding: net.ipv4.ip_forward is 0", true);

  facts = HealthyHost();
  facts.sysctls["net.ipv6.conf.all.forwarding"] = 0;
  Expect(facts, "WARNING forwarding: net.ipv6", false);

  facts = HealthyHost();
  facts.rp_filter["eth0"] = 1;
  Expect(facts, "NOTE rp_filter: strict on eth0", false);

  facts = HealthyHost();
  facts.rp_filter["all"] = 1;
  facts.rp_filter["eth1"] = 0;
  Expect(facts, "NOTE rp_filter: strict on eth1", false);  // eth0's own 2 is more

  facts = HealthyHost();
  facts.bridges = {"br0"};
  facts.sysctls["net.bridge.bridge-nf-call-iptables"] = 1;
  Expect(facts, "NOTE bridge: net.bridge.bridge-nf-call-ip6tables is not there, and there is br0",
         false);
  facts.sysctls["net.bridge.bridge-nf-call-ip6tables"] = 0;
  Expect(facts, "NOTE bridge: net.bridge.bridge-nf-call-ip6tables is 0, and there is br0", false);
  facts.sysctls["net.bridge.bridge-nf-call-ip6tables"] = 1;
  EXPECT_THAT(TroublesOf(facts), IsEmpty());
  facts.bridges.clear();
  facts.sysctls["net.bridge.bridge-nf-call-iptables"] = 0;
  EXPECT_THAT(TroublesOf(facts), IsEmpty());
}

TEST(DoctorChecksTest, Conntrack) {
  DoctorFacts facts = HealthyHost();
  facts.sysctls["net.netfilter.nf_conntrack_count"] = 60000;
  Expect(facts, "WARNING conntrack: 60000 of 65536 connections, 92 %", false);
  facts.sysctls["net.netfilter.nf_conntrack_count"] = 65536;
  Expect(facts, "BROKEN conntrack: ", true);
  facts.sysctls.erase("net.netfilter.nf_conntrack_max");
  Expect(facts, "NOTE conntrack: its size is not known", false);
}

TEST(DoctorChecksTest, OtherLoadBalancers) {
  DoctorFacts facts = HealthyHost();
  facts.kube_proxy_runs = true;
  Expect(facts, "WARNING kube-proxy: kube-proxy runs here", false);

  facts = HealthyHost();
  AddForeign(facts, "ip", "nat", "KUBE-SERVICES", std::nullopt);
  Expect(facts, "WARNING kube-proxy: chains of kube-proxy's iptables mode", false);

  facts = HealthyHost();
  facts.legacy_rules = "*nat\n:KUBE-SERVICES - [0:0]\nCOMMIT\n";
  Expect(facts, "WARNING kube-proxy: chains of kube-proxy's iptables mode", false);

  // The daemon's own, in mode IPTABLES: advice to remove them would be bad.
  facts.status->set_mode("IPTABLES");
  EXPECT_THAT(TroublesOf(facts), IsEmpty());

  facts = HealthyHost();
  AddForeign(facts, "ip", "kube-proxy", "services", std::nullopt);
  Expect(facts, "WARNING kube-proxy: a table", false);

  facts = HealthyHost();
  facts.ipvs_services = 2;
  Expect(facts, "WARNING ipvs: IPVS has 2 virtual services", false);
}

TEST(DoctorChecksTest, OthersFirewalls) {
  DoctorFacts facts = HealthyHost();
  AddForeign(facts, "inet", "firewalld", "zones", std::nullopt);
  Expect(facts, "NOTE others: firewalld", false);

  facts = HealthyHost();
  AddForeign(facts, "ip", "filter", "DOCKER", std::nullopt);
  Expect(facts, "NOTE others: Docker", false);

  facts = HealthyHost();
  AddForeign(facts, "ip", "filter", "FORWARD", Hook{"filter", "forward", 0, true});
  Expect(facts, "WARNING policies: chain ip filter FORWARD drops", false);

  facts = HealthyHost();
  AddForeign(facts, "inet", "firewall", "in", Hook{"filter", "input", 0, true});
  Expect(facts, "NOTE policies: chain inet firewall in (input) drops", false);

  facts = HealthyHost();
  facts.legacy_rules = "*mangle\n:FORWARD DROP [0:0]\nCOMMIT\n";
  EXPECT_THAT(TroublesOf(facts), testing::IsEmpty());
  facts.legacy_rules += "*filter\n:INPUT ACCEPT [0:0]\n:FORWARD DROP [0:0]\nCOMMIT\n";
  Expect(facts, "WARNING policies: iptables-legacy's chain FORWARD", false);
}

TEST(DoctorChecksTest, WhoTranslatesBeforeUs) {
  DoctorFacts facts = HealthyHost();
  AddForeign(facts, "ip", "theirs", "early", Hook{"nat", "prerouting", -101, false});
  Expect(facts, "WARNING nat order: nat chain ip theirs early comes before ours", false);

  facts = HealthyHost();
  AddForeign(facts, "ip", "nat", "OUTPUT", Hook{"nat", "output", -100, false});
  Expect(facts, "NOTE nat order: nat chain ip nat OUTPUT has the priority of ours", false);

  facts = HealthyHost();
  AddForeign(facts, "ip", "theirs", "late", Hook{"nat", "prerouting", -90, false});
  AddForeign(facts, "ip", "theirs", "post", Hook{"nat", "postrouting", -200, false});
  AddForeign(facts, "ip", "theirs", "early", Hook{"filter", "prerouting", -300, false});
  AddForeign(facts, "bridge", "theirs", "b", Hook{"filter", "forward", 0, true});
  AddForeign(facts, "ip", "nftsvc-trace-1", "end-input", Hook{"filter", "input", 350, false});
  EXPECT_THAT(TroublesOf(facts), testing::IsEmpty());
}

TEST(DoctorChecksTest, WithoutTheRightToListChainsItSaysSo) {
  DoctorFacts facts = HealthyHost();
  facts.chains = absl::PermissionDeniedError("list chains: not permitted");
  EXPECT_THAT(TroublesOf(facts), Contains("NOTE policies: not looked at: list chains: not "
                                          "permitted"));
  EXPECT_FALSE(IsAnythingBroken(Diagnose(facts)));
}

TEST(DoctorChecksTest, ListenersAndTheClock) {
  DoctorFacts facts = HealthyHost();
  facts.listeners = {"12 (nft)", "13 (other)"};
  Expect(facts, "WARNING listeners: listen for changes of nf_tables: 12 (nft), 13 (other)", false);

  facts = HealthyHost();
  facts.clock_is_synchronized = false;
  Expect(facts, "NOTE clock: not synchronized", false);
}

TEST(RenderReportTest, SaysWhatToDoBelowEachFinding) {
  v1::DoctorReport report;
  const auto add = [&](Finding::Severity severity, const char* check, const char* what,
                       const char* advice) {
    Finding& finding = *report.add_findings();
    finding.set_severity(severity);
    finding.set_check(check);
    finding.set_what(what);
    finding.set_advice(advice);
  };
  add(Finding::OK, "daemon", "in sync", "");
  EXPECT_THAT(RenderReport(report, Style()), HasSubstr("\nnothing is broken\n"));
  add(Finding::WARNING, "ipvs", "there is some", "take it away");
  EXPECT_THAT(RenderReport(report, Style()), HasSubstr("\n1 warning\n"));
  add(Finding::BROKEN, "forwarding", "off", "switch it on");
  EXPECT_EQ(RenderReport(report, Style()),
            "         CHECK       FINDING\n"
            "ok       daemon      in sync\n"
            "warning  ipvs        there is some\n"
            "                     → take it away\n"
            "BROKEN   forwarding  off\n"
            "                     → switch it on\n"
            "1 broken, 1 warning\n");
}

}  // namespace
}  // namespace nftsvc::cli

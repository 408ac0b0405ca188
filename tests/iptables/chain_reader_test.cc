// SPDX-License-Identifier: Apache-2.0
#include "src/iptables/chain_reader.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "src/model/limits.h"
#include "tests/iptables/printed.h"

namespace nftsvc::iptables {
namespace {

constexpr char kEndpoints[] =
    "-A KUBE-SEP-1 -s 10.1.0.1/32 -m comment --comment a/b -j KUBE-MARK-MASQ\n"
    "-A KUBE-SEP-1 -p tcp -m comment --comment a/b -m tcp -j DNAT --to-destination 10.1.0.1:80\n"
    "-A KUBE-SEP-2 -p tcp -m tcp -j DNAT --to-destination 10.1.0.2:80\n"
    "-A KUBE-SEP-3 -p tcp -m tcp -j DNAT --to-destination 10.1.0.3:80\n"
    "-A KUBE-SEP-6 -p tcp -m tcp -j DNAT --to-destination [fd00::6]:80\n";

// What one chain means, with what cannot be understood of it. Its rules begin on line 2.
std::string Read(const std::string& chain, const std::string& rules) {
  const std::string text = absl::StrCat("*nat\n", rules, kEndpoints, "COMMIT\n");
  const KubeTables tables = TablesOf(text);
  const KubeTable& nat = tables.nat[0].has_value() ? *tables.nat[0] : *tables.nat[1];
  ImportNotes notes;
  ChainReader reader(nat, notes);
  const ChainMeaning& meaning = reader.Read(*nat.Find(chain));
  EXPECT_EQ(&reader.Read(*nat.Find(chain)), &meaning);
  std::string printed;
  for (const Backend& backend : meaning.backends) {
    absl::StrAppend(&printed, base::HostPort(backend.address, backend.port), "*", backend.weight,
                    " ");
  }
  if (meaning.affinity_seconds != 0) {
    absl::StrAppend(&printed, meaning.affinity_seconds, "s@", meaning.affinity_line, " ");
  }
  if (meaning.takes_turns) printed += "in turn ";
  if (!meaning.keeps_source) printed += "masquerades ";
  if (meaning.cluster != nullptr) absl::StrAppend(&printed, "cluster ", meaning.cluster->name, " ");
  if (meaning.local != nullptr) absl::StrAppend(&printed, "local ", meaning.local->name, " ");
  if (meaning.external != nullptr)
    absl::StrAppend(&printed, "external ", meaning.external->name, " ");
  if (meaning.admits_everyone) printed += "everyone ";
  for (const base::IpPrefix& range : meaning.ranges)
    absl::StrAppend(&printed, range.ToString(), " ");
  return absl::StrCat(printed, "\n", Print(std::move(notes).Take()));
}

TEST(ChainReaderTest, NamesTellWhatChainsAreFor) {
  EXPECT_EQ(RoleOf("KUBE-SVC-XPGD46QRK7WJZT7O"), ChainRole::kCluster);
  EXPECT_EQ(RoleOf("KUBE-SVL-XPGD46QRK7WJZT7O"), ChainRole::kLocal);
  EXPECT_EQ(RoleOf("KUBE-EXT-XPGD46QRK7WJZT7O"), ChainRole::kExternal);
  EXPECT_EQ(RoleOf("KUBE-XLB-XPGD46QRK7WJZT7O"), ChainRole::kExternalLocal);
  EXPECT_EQ(RoleOf("KUBE-FW-XPGD46QRK7WJZT7O"), ChainRole::kFirewall);
  EXPECT_EQ(RoleOf("KUBE-SEP-SXIVWICOYRO3J4NJ"), ChainRole::kEndpoint);
  EXPECT_EQ(RoleOf("KUBE-SERVICES"), ChainRole::kOther);
  EXPECT_EQ(RoleOf(""), ChainRole::kOther);
}

TEST(ChainReaderTest, RulesInARowGiveEndpointsTheirShares) {
  EXPECT_EQ(
      Read("KUBE-SVC-A",
           "-A KUBE-SVC-A ! -s 10.1.0.0/16 -d 10.0.0.1/32 -p tcp -m tcp --dport 80 -j "
           "KUBE-MARK-MASQ\n"
           "-A KUBE-SVC-A -m statistic --mode random --probability 0.33333333349 -j KUBE-SEP-3\n"
           "-A KUBE-SVC-A -m statistic --mode random --probability 0.50000000000 -j KUBE-SEP-1\n"
           "-A KUBE-SVC-A -m comment --comment \"a/b -> 10.1.0.2:80\" -j KUBE-SEP-2\n"),
      "10.1.0.1:80*1 10.1.0.2:80*1 10.1.0.3:80*1 \n");
  EXPECT_EQ(Read("KUBE-SVL-A",
                 "-A KUBE-SVL-A -m statistic --mode random --probability 0.75 -j KUBE-SEP-6\n"
                 "-A KUBE-SVL-A -j KUBE-SEP-2\n"),
            "10.1.0.2:80*1 [fd00::6]:80*3 \n");
}

TEST(ChainReaderTest, AnEndpointThatIsThereTwiceWeighsMore) {
  EXPECT_EQ(Read("KUBE-SVC-A",
                 "-A KUBE-SVC-A -m statistic --mode nth --every 3 --packet 0 -j KUBE-SEP-1\n"
                 "-A KUBE-SVC-A -m statistic --mode nth --every 2 --packet 0 -j KUBE-SEP-2\n"
                 "-A KUBE-SVC-A -j KUBE-SEP-1\n"),
            "10.1.0.1:80*2 10.1.0.2:80*1 in turn \n");
  EXPECT_EQ(Read("KUBE-SVC-A",
                 "-A KUBE-SVC-A -m statistic --mode random --probability 0.5 -j KUBE-SEP-1\n"
                 "-A KUBE-SVC-A -j KUBE-SEP-1\n"),
            "10.1.0.1:80*1 \n");
}

TEST(ChainReaderTest, AffinityIsInRulesOfItsOwn) {
  const std::string rules =
      "-A KUBE-SVC-A -m recent --rcheck --seconds 600 --reap --name KUBE-SEP-1 --rsource -j "
      "KUBE-SEP-1\n"
      "-A KUBE-SVC-A -m recent --rcheck --seconds 600 --reap --name KUBE-SEP-2 --rsource -j "
      "KUBE-SEP-2\n"
      "-A KUBE-SVC-A -m statistic --mode random --probability 0.5 -j KUBE-SEP-1\n"
      "-A KUBE-SVC-A -j KUBE-SEP-2\n";
  EXPECT_EQ(Read("KUBE-SVC-A", rules), "10.1.0.1:80*1 10.1.0.2:80*1 600s@2 \n");
  EXPECT_EQ(Read("KUBE-SVC-A",
                 absl::StrCat("-A KUBE-SVC-A --rcheck --seconds 601 -j KUBE-SEP-1\n", rules)),
            "10.1.0.1:80*1 10.1.0.2:80*1 601s@2 \n"
            "rules of kube-proxy that are not understood: 2 (line 3, line 4)\n");
}

TEST(ChainReaderTest, ExternalChainsTellThePolicy) {
  EXPECT_EQ(Read("KUBE-EXT-A",
                 "-A KUBE-EXT-A -m comment --comment x -j KUBE-MARK-MASQ\n"
                 "-A KUBE-EXT-A -j KUBE-SVC-A\n:KUBE-SVC-A - [0:0]\n"),
            "masquerades cluster KUBE-SVC-A \n");
  EXPECT_EQ(Read("KUBE-EXT-A",
                 "-A KUBE-EXT-A -s 10.1.0.0/16 -j KUBE-SVC-A\n"
                 "-A KUBE-EXT-A -m addrtype --src-type LOCAL -j KUBE-MARK-MASQ\n"
                 "-A KUBE-EXT-A -m addrtype --src-type LOCAL -j KUBE-SVC-A\n"
                 "-A KUBE-EXT-A -j KUBE-SVL-A\n:KUBE-SVC-A - [0:0]\n:KUBE-SVL-A - [0:0]\n"),
            "cluster KUBE-SVC-A local KUBE-SVL-A \n");
}

TEST(ChainReaderTest, EarlierExternalChainsBalanceThemselves) {
  EXPECT_EQ(Read("KUBE-XLB-A",
                 "-A KUBE-XLB-A -s 10.1.0.0/16 -j KUBE-SVC-A\n"
                 "-A KUBE-XLB-A -m addrtype --src-type LOCAL -j KUBE-MARK-MASQ\n"
                 "-A KUBE-XLB-A -m addrtype --src-type LOCAL -j KUBE-SVC-A\n"
                 "-A KUBE-XLB-A -m statistic --mode random --probability 0.5 -j KUBE-SEP-1\n"
                 "-A KUBE-XLB-A -j KUBE-SEP-2\n:KUBE-SVC-A - [0:0]\n"),
            "10.1.0.1:80*1 10.1.0.2:80*1 cluster KUBE-SVC-A \n");
  EXPECT_EQ(Read("KUBE-XLB-A", "-A KUBE-XLB-A -m comment --comment x -j KUBE-MARK-DROP\n"), "\n");
}

TEST(ChainReaderTest, FirewallChainsHaveTheRanges) {
  EXPECT_EQ(Read("KUBE-FW-A",
                 "-A KUBE-FW-A -s 10.9.0.0/16 -j KUBE-EXT-A\n"
                 "-A KUBE-FW-A -s 10.8.0.7/32 -j KUBE-EXT-A\n"
                 "-A KUBE-FW-A -m comment --comment \"other traffic to a/b will be dropped\"\n"
                 ":KUBE-EXT-A - [0:0]\n"),
            "external KUBE-EXT-A 10.9.0.0/16 10.8.0.7 \n");
  EXPECT_EQ(Read("KUBE-FW-A",
                 "-A KUBE-FW-A -j KUBE-MARK-MASQ\n-A KUBE-FW-A -j KUBE-SVC-A\n"
                 "-A KUBE-FW-A -j KUBE-MARK-DROP\n:KUBE-SVC-A - [0:0]\n"),
            "cluster KUBE-SVC-A everyone \n");
  EXPECT_EQ(Read("KUBE-FW-A", "-A KUBE-FW-A -s 10.9.0.0/16 -j RETURN\n-A KUBE-FW-A -j ACCEPT\n"),
            "10.9.0.0/16 \n");
}

TEST(ChainReaderTest, FewRangesAreKept) {
  std::string rules = ":KUBE-EXT-A - [0:0]\n";
  for (int i = 0; i < 1000; ++i) {
    absl::StrAppend(&rules, "-A KUBE-FW-A -s 10.", i / 250, ".", i % 250, ".0/24 -j KUBE-EXT-A\n");
  }
  const std::string text = absl::StrCat("*nat\n", rules, "COMMIT\n");
  const KubeTables tables = TablesOf(text);
  ImportNotes notes;
  ChainReader reader(*tables.nat[0], notes);
  EXPECT_EQ(reader.Read(*tables.nat[0]->Find("KUBE-FW-A")).ranges.size(),
            model::kMaxSourceRanges + 1);
}

TEST(ChainReaderTest, WhatIsNotUnderstoodIsSaidWithItsLine) {
  const std::string not_understood = "rules of kube-proxy that are not understood: ";
  // A second rule for all, conditions on the choice of an endpoint, a chain of another kind.
  EXPECT_EQ(Read("KUBE-SVC-A",
                 "-A KUBE-SVC-A -j KUBE-SEP-1\n-A KUBE-SVC-A -j KUBE-SEP-2\n"
                 "-A KUBE-SVC-A -s 10.0.0.0/8 -j KUBE-SEP-2\n-A KUBE-SVC-A -o eth0 -j KUBE-SEP-2\n"
                 "-A KUBE-SVC-A -j KUBE-SVC-A\n-A KUBE-SVC-A -j SOMEWHERE\n"),
            "10.1.0.1:80*1 \n" + not_understood + "5 (line 3, line 4, line 5, line 6, line 7)\n");
  EXPECT_EQ(Read("KUBE-EXT-A", "-A KUBE-EXT-A -j KUBE-SEP-1\n-A KUBE-EXT-A -j KUBE-FW-A\n"),
            "\n" + not_understood + "2 (line 2, line 3)\n");
  EXPECT_EQ(Read("KUBE-FW-A", "-A KUBE-FW-A ! -s 10.0.0.0/8 -j KUBE-SVC-A\n"),
            "\n" + not_understood + "1 (line 2)\n");
  for (const char* where : {"10.1.0.1", "10.1.0.1:0", "10.1.0.1:65536", "fd00::1:80",
                            "[10.1.0.1]:80", "[fd00::1]", "10.1.0.1-10.1.0.9:80", ":80"}) {
    EXPECT_EQ(
        Read("KUBE-SEP-A", absl::StrCat("-A KUBE-SEP-A -j DNAT --to-destination ", where, "\n")),
        "\n" + not_understood + "1 (line 2)\n")
        << where;
  }
}

TEST(ChainReaderTest, ChainsThatAreNotThereAreSaid) {
  EXPECT_EQ(Read("KUBE-SVC-A", "-A KUBE-SVC-A -j KUBE-SEP-X\n"),
            "\nrules that jump to a chain that is not there: 1 (line 2)\n");
  EXPECT_EQ(Read("KUBE-EXT-A", "-A KUBE-EXT-A -j KUBE-SVC-X\n"),
            "\nrules that jump to a chain that is not there: 1 (line 2)\n");
}

TEST(ChainReaderTest, SharesThatNoWeightsMakeAreSaid) {
  EXPECT_EQ(Read("KUBE-SVC-A",
                 ":KUBE-SVC-A - [0:0]\n"
                 "-A KUBE-SVC-A -m statistic --mode random --probability 0.5 -j KUBE-SEP-1\n"),
            "10.1.0.1:80*1 \nchains whose probabilities no weights make exactly: 1 (line 2)\n");
}

TEST(ChainReaderTest, ChainsThatNothingLedToAreSaid) {
  const std::string text =
      absl::StrCat("*nat\n:KUBE-SERVICES - [0:0]\n-A KUBE-SVC-A -j KUBE-SEP-1\n",
                   ":KUBE-SVC-B - [0:0]\n", kEndpoints, "COMMIT\n");
  const KubeTables tables = TablesOf(text);
  ImportNotes notes;
  ChainReader reader(*tables.nat[0], notes);
  reader.Read(*tables.nat[0]->Find("KUBE-SVC-A"));
  reader.NoteUnread();
  EXPECT_EQ(Print(std::move(notes).Take()),
            "chains that no service leads to: 4 (line 4, line 7, line 8, line 9)\n");
}

}  // namespace
}  // namespace nftsvc::iptables

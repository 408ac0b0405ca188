// SPDX-License-Identifier: Apache-2.0
#include "src/cli/doctor_checks.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "src/cli/table.h"
#include "src/nft/transaction.h"

namespace nftsvc::cli {
namespace {

using Finding = v1::DoctorReport::Finding;
using netlink::ListedChain;

// From here on, connections fail at peaks.
constexpr double kFull = 0.8;

// The priority of our nat chains.
constexpr int kDstnat = -100;

std::string NameOf(const ListedChain& chain) {
  return absl::StrCat(chain.family, " ", chain.table, " ", chain.name);
}

// Others' base chains that see what services are about.
bool IsForeignBase(const ListedChain& chain) {
  const bool ours = chain.table == nft::kTableName && absl::StartsWith(chain.family, "ip");
  return chain.hook.has_value() && !chain.hook->point.empty() && !ours &&
         chain.family != "bridge" && !absl::StartsWith(chain.table, "nftsvc-trace-");
}

class Doctor {
 public:
  explicit Doctor(const DoctorFacts& facts) : facts_(facts) {}

  v1::DoctorReport Report() {
    CheckDaemon();
    CheckKernel();
    CheckNft();
    CheckForwarding();
    CheckReversePath();
    CheckBridge();
    CheckConntrack();
    CheckKubeProxy();
    CheckIpvs();
    CheckOthers();
    CheckDropPolicies();
    CheckEarlierNat();
    CheckListeners();
    CheckClock();
    return std::move(report_);
  }

 private:
  void Add(Finding::Severity severity, absl::string_view what, absl::string_view advice = "") {
    Finding& finding = *report_.add_findings();
    finding.set_severity(severity);
    finding.set_check(check_);
    finding.set_what(std::string(what));
    finding.set_advice(std::string(advice));
    quiet_ = false;
  }

  // What belongs to one check; if nothing was found, it is said to be well.
  void Begin(absl::string_view check) {
    check_ = std::string(check);
    quiet_ = true;
  }
  void EndWith(absl::string_view all_is_well) {
    if (quiet_) Add(Finding::OK, all_is_well);
  }

  std::optional<int64_t> Sysctl(absl::string_view name) const {
    const auto found = facts_.sysctls.find(std::string(name));
    if (found == facts_.sysctls.end()) return std::nullopt;
    return found->second;
  }

  void CheckDaemon() {
    Begin("daemon");
    if (!facts_.status.ok()) {
      return Add(Finding::BROKEN, facts_.status.status().message(),
                 "start it (systemctl start nftsvcd), or say with --socket where it listens");
    }
    const v1::StatusResult& status = *facts_.status;
    if (!status.in_sync()) {
      Add(Finding::BROKEN, absl::StrCat("out of sync: ", status.problem()),
          "the log says more (journalctl -u nftsvcd), and nftsvc verify what differs");
    }
    if (!status.persist_problem().empty()) {
      Add(Finding::BROKEN, status.persist_problem(),
          "make the state directory writable: a restart of the daemon would go back to the last "
          "snapshot that was saved");
    }
    if (!status.health_check_problem().empty()) {
      Add(Finding::WARNING, status.health_check_problem(),
          "load balancers that ask there take this host for down");
    }
    if (!status.services_directory_problem().empty()) {
      Add(Finding::WARNING, status.services_directory_problem(),
          "mend the file; until then the services stay that it gave before");
    }
    if (!status.http_problem().empty()) {
      Add(Finding::WARNING, status.http_problem(), "free the address, or change http.listen");
    }
    if (!status.config_problem().empty()) {
      Add(Finding::WARNING, status.config_problem(),
          "the log says why, and `nftsvcd --check` where it has mistakes");
    }
    EndWith(absl::StrCat("in sync, revision ", status.revision(), ", ",
                         Count(status.services(), "service")));
  }

  void CheckKernel() {
    Begin("kernel");
    const auto& features = facts_.features;
    if (absl::IsPermissionDenied(features.status())) {
      return Add(Finding::NOTE, "not looked at: it needs CAP_NET_ADMIN", "run doctor as root");
    }
    if (!features.ok()) return Add(Finding::BROKEN, features.status().message());
    for (const std::string& what : features->missing) {
      Add(Finding::BROKEN, what, "load the module, or take a kernel that has it");
    }
    // What is done without is worth a word, no advice.
    const std::string without = netlink::DescribeMissing(*features);
    EndWith(without.empty() ? "has everything that the rules need"
                            : absl::StrCat("has what the rules need; ", without));
  }

  void CheckNft() {
    Begin("nft");
    const auto& version = facts_.nft_version;
    if (absl::IsNotFound(version.status())) {
      return Add(Finding::NOTE, "there is no program nft",
                 "nftsvcd does without; install nftables to look at the rules yourself");
    }
    if (!version.ok()) return Add(Finding::NOTE, version.status().message());
    if (IsOlder(*version, {1, 0, 6})) {
      return Add(
          Finding::NOTE, absl::StrCat("version ", *version),
          "listings of our tables are tested with 1.0.6 and later; an older one may print "
          "some rules in a form that it does not read again, and 0.9 crashes on maps of verdicts");
    }
    EndWith(absl::StrCat("version ", *version));
  }

  static bool IsOlder(absl::string_view version, const std::vector<int>& than) {
    const std::vector<absl::string_view> parts = absl::StrSplit(version, '.');
    for (size_t i = 0; i < than.size(); ++i) {
      int part = 0;
      if (i < parts.size()) (void)absl::SimpleAtoi(parts[i], &part);
      if (part != than[i]) return part < than[i];
    }
    return false;
  }

  void CheckForwarding() {
    Begin("forwarding");
    if (Sysctl("net.ipv4.ip_forward") == 0) {
      Add(Finding::BROKEN, "net.ipv4.ip_forward is 0: only this host itself reaches endpoints",
          "sysctl -w net.ipv4.ip_forward=1, and a file in /etc/sysctl.d for the next boot");
    }
    if (Sysctl("net.ipv6.conf.all.forwarding") == 0) {
      Add(Finding::WARNING,
          "net.ipv6.conf.all.forwarding is 0: of services with IPv6 addresses, only this host "
          "itself reaches endpoints",
          "if there are such services: sysctl -w net.ipv6.conf.all.forwarding=1, and a file in "
          "/etc/sysctl.d for the next boot; a host that gets its address from a router needs "
          "accept_ra=2 on that interface before, or it loses it");
    }
    EndWith("on");
  }

  // The kernel takes the larger of an interface's own and that of all.
  void CheckReversePath() {
    Begin("rp_filter");
    const auto all = facts_.rp_filter.find("all");
    const int64_t least = all == facts_.rp_filter.end() ? 0 : all->second;
    std::vector<std::string> strict;
    for (const auto& [interface, value] : facts_.rp_filter) {
      if (interface == "all" || interface == "default" || interface == "lo") continue;
      if (std::max(least, value) == 1) strict.push_back(interface);
    }
    if (!strict.empty()) {
      Add(Finding::NOTE, absl::StrCat("strict on ", JoinFew(strict)),
          "packets that come in where their answers would not go out are dropped before any rule; "
          "with several ways to a client take 2 (loose)");
    }
    EndWith("not strict");
  }

  // The sysctls do not exist without the module br_netfilter.
  void CheckBridge() {
    if (facts_.bridges.empty()) return;
    Begin("bridge");
    for (const char* name :
         {"net.bridge.bridge-nf-call-iptables", "net.bridge.bridge-nf-call-ip6tables"}) {
      const std::optional<int64_t> value = Sysctl(name);
      if (value.value_or(0) != 0) continue;
      Add(Finding::NOTE,
          absl::StrCat(name, value ? " is 0" : " is not there", ", and there is ",
                       JoinFew(facts_.bridges),
                       ": answers between endpoints on one bridge pass by conntrack"),
          "if endpoints on a bridge of this host dial services that others on it serve: modprobe "
          "br_netfilter, set it to 1, and files in /etc/modules-load.d and /etc/sysctl.d for the "
          "next boot");
    }
    EndWith(absl::StrCat("what crosses ", JoinFew(facts_.bridges), " passes by the rules, too"));
  }

  void CheckConntrack() {
    Begin("conntrack");
    const auto most = Sysctl("net.netfilter.nf_conntrack_max");
    const auto count = Sysctl("net.netfilter.nf_conntrack_count");
    if (!most.has_value() || !count.has_value() || *most == 0) {
      return Add(Finding::NOTE, "its size is not known: conntrack is not in use yet");
    }
    const double share = static_cast<double>(*count) / static_cast<double>(*most);
    const std::string filled =
        absl::StrFormat("%d of %d connections, %.0f %%", *count, *most, share * 100);
    if (share >= kFull) {
      return Add(share >= 1 ? Finding::BROKEN : Finding::WARNING, filled,
                 "when it is full, new connections are dropped: raise "
                 "net.netfilter.nf_conntrack_max, or shorten the timeouts");
    }
    EndWith(filled);
  }

  bool HasChain(absl::string_view name) const {
    return facts_.chains.ok() &&
           std::any_of(facts_.chains->begin(), facts_.chains->end(),
                       [&](const ListedChain& chain) { return chain.name == name; });
  }
  bool HasTable(absl::string_view name) const {
    return facts_.chains.ok() &&
           std::any_of(facts_.chains->begin(), facts_.chains->end(),
                       [&](const ListedChain& chain) { return chain.table == name; });
  }

  void CheckKubeProxy() {
    Begin("kube-proxy");
    const bool ours = facts_.status.ok() && facts_.status->mode() == "IPTABLES";
    const bool iptables = !ours && (HasChain("KUBE-SERVICES") ||
                                    absl::StrContains(facts_.legacy_rules, ":KUBE-SERVICES "));
    if (facts_.kube_proxy_runs) {
      Add(Finding::WARNING,
          "kube-proxy runs here: the first of two that translate a packet decides",
          "keep it from this node, then take over with nftsvc migrate");
    }
    if (iptables) {
      Add(Finding::WARNING, "chains of kube-proxy's iptables mode are there (KUBE-SERVICES)",
          "nftsvc migrate takes them over; nftsvc iptables remove takes leftovers away");
    }
    if (HasTable("kube-proxy")) {
      Add(Finding::WARNING, "a table of kube-proxy's nftables mode is there (kube-proxy)",
          "stop it, then nft delete table ip kube-proxy, and ip6");
    }
    EndWith("none");
  }

  void CheckIpvs() {
    Begin("ipvs");
    if (facts_.ipvs_services > 0) {
      Add(Finding::WARNING,
          absl::StrCat("IPVS has ", Count(facts_.ipvs_services, "virtual service"),
                       ": addresses on this host that it takes do not get to nftsvc's endpoints"),
          "ipvsadm -C takes them away, if nobody needs them any more");
    }
    EndWith("no virtual services");
  }

  void CheckOthers() {
    Begin("others");
    if (HasTable("firewalld")) {
      Add(Finding::NOTE, "firewalld is active: what its zones reject, it also rejects of services",
          "let zones forward to endpoints; nftsvc trace shows a packet that it stops");
    }
    if (HasChain("DOCKER") || absl::StrContains(facts_.legacy_rules, ":DOCKER ")) {
      Add(Finding::NOTE, "Docker has rules here: it drops forwarded packets that are not its own",
          "accept translated ones in its chain DOCKER-USER: iptables -I DOCKER-USER -m conntrack "
          "--ctstate DNAT -j ACCEPT");
    }
    if (NeedsRoot()) return;
    EndWith("neither firewalld nor Docker");
  }

  bool NeedsRoot() {
    if (facts_.chains.ok()) return false;
    Add(Finding::NOTE, absl::StrCat("not looked at: ", facts_.chains.status().message()));
    return true;
  }

  void CheckDropPolicies() {
    Begin("policies");
    if (NeedsRoot()) return;
    for (const ListedChain& chain : *facts_.chains) {
      if (!IsForeignBase(chain) || !chain.hook->drops) continue;
      if (chain.hook->point == "forward") {
        Add(Finding::WARNING,
            absl::StrCat("chain ", NameOf(chain), " drops what its rules do not accept"),
            absl::StrCat("let it accept what services translate: nft insert rule ", NameOf(chain),
                         " ct status dnat accept"));
      } else {
        Add(Finding::NOTE,
            absl::StrCat("chain ", NameOf(chain), " (", chain.hook->point,
                         ") drops what its rules do not accept"),
            "endpoints and health checks on this host itself need to be let in by it");
      }
    }
    CheckLegacyPolicies();
    EndWith("no chain of others drops by policy");
  }

  // In the table filter: ":FORWARD DROP [0:0]".
  void CheckLegacyPolicies() {
    bool in_filter = false;
    for (const absl::string_view line : absl::StrSplit(facts_.legacy_rules, '\n')) {
      if (absl::StartsWith(line, "*")) in_filter = line == "*filter";
      if (!in_filter || !absl::StartsWith(line, ":FORWARD DROP")) continue;
      Add(Finding::WARNING, "iptables-legacy's chain FORWARD drops what its rules do not accept",
          "let it accept what services translate: iptables-legacy -I FORWARD -m conntrack "
          "--ctstate DNAT -j ACCEPT");
      return;
    }
  }

  // Of two nat chains that translate a packet the first wins.
  void CheckEarlierNat() {
    Begin("nat order");
    if (NeedsRoot()) return;
    for (const ListedChain& chain : *facts_.chains) {
      if (!IsForeignBase(chain) || chain.hook->type != "nat") continue;
      if (chain.hook->point != "prerouting" && chain.hook->point != "output") continue;
      if (chain.hook->priority > kDstnat) continue;
      if (chain.hook->priority < kDstnat) {
        Add(Finding::WARNING,
            absl::StrCat("nat chain ", NameOf(chain), " comes before ours, at priority ",
                         chain.hook->priority),
            "what it translates never gets to services; see that it leaves their addresses alone");
      } else {
        Add(Finding::NOTE,
            absl::StrCat("nat chain ", NameOf(chain), " has the priority of ours, ", kDstnat),
            "the one that was made first decides; see that it leaves services' addresses alone");
      }
    }
    EndWith("nobody translates before us");
  }

  void CheckListeners() {
    Begin("listeners");
    if (!facts_.listeners.empty()) {
      Add(Finding::WARNING,
          absl::StrCat("listen for changes of nf_tables: ", absl::StrJoin(facts_.listeners, ", ")),
          "stop them (nft monitor and the like): as long as one listens, every commit is many "
          "times "
          "slower, by a message for each element");
    }
    EndWith("nobody makes commits slow");
  }

  void CheckClock() {
    Begin("clock");
    if (facts_.clock_is_synchronized == false) {
      Add(Finding::NOTE, "not synchronized", "times in logs and in nftsvc watch may be wrong");
    }
    EndWith(facts_.clock_is_synchronized.has_value() ? "synchronized" : "not known");
  }

  // The first few of many.
  static std::string JoinFew(const std::vector<std::string>& names) {
    constexpr size_t kFew = 5;
    if (names.size() <= kFew) return absl::StrJoin(names, ", ");
    return absl::StrCat(absl::StrJoin(names.begin(), names.begin() + kFew, ", "), " and ",
                        names.size() - kFew, " more");
  }

  const DoctorFacts& facts_;
  v1::DoctorReport report_;
  std::string check_;
  bool quiet_ = true;
};

struct Look {
  const char* word;
  Colour colour;
};

Look LookOf(Finding::Severity severity) {
  switch (severity) {
    case Finding::OK:
      return {"ok", Colour::kGreen};
    case Finding::NOTE:
      return {"note", Colour::kBold};
    case Finding::WARNING:
      return {"warning", Colour::kYellow};
    case Finding::BROKEN:
      return {"BROKEN", Colour::kRed};
    default:
      return {"", Colour::kNone};
  }
}

size_t CountOf(const v1::DoctorReport& report, Finding::Severity severity) {
  return static_cast<size_t>(
      std::count_if(report.findings().begin(), report.findings().end(),
                    [&](const Finding& finding) { return finding.severity() == severity; }));
}

}  // namespace

v1::DoctorReport Diagnose(const DoctorFacts& facts) { return Doctor(facts).Report(); }

bool IsAnythingBroken(const v1::DoctorReport& report) {
  return CountOf(report, Finding::BROKEN) > 0;
}

std::string RenderReport(const v1::DoctorReport& report, const Style& style) {
  Table table({{""}, {"CHECK"}, {"FINDING"}});
  for (const Finding& finding : report.findings()) {
    const Look look = LookOf(finding.severity());
    table.AddRow({{look.word, look.colour}, {finding.check()}, {finding.what()}});
    if (!finding.advice().empty()) {
      table.AddRow({{}, {}, {absl::StrCat("→ ", finding.advice()), Colour::kDim}});
    }
  }
  const size_t broken = CountOf(report, Finding::BROKEN);
  const size_t warnings = CountOf(report, Finding::WARNING);
  const std::string sum =
      broken > 0
          ? style.Paint(Colour::kRed, absl::StrCat(broken, " broken, ", Count(warnings, "warning")))
      : warnings > 0 ? style.Paint(Colour::kYellow, Count(warnings, "warning"))
                     : style.Paint(Colour::kGreen, "nothing is broken");
  return absl::StrCat(table.Print(style), sum, "\n");
}

}  // namespace nftsvc::cli

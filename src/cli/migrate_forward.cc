// SPDX-License-Identifier: Apache-2.0
//
// From kube-proxy's chains to the daemon's tables. While both are there, whichever hook comes first
// translates a new connection and the other lets it be: the kernel translates once. Both set and
// clear the same mark, so that either masquerades what the other wants masqueraded.
#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "absl/container/btree_map.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "src/base/status_macros.h"
#include "src/cli/import_report.h"
#include "src/cli/kube_proxy_host.h"
#include "src/cli/migrate.h"
#include "src/cli/nft_check.h"
#include "src/cli/offline.h"
#include "src/cli/push_result.h"
#include "src/iptables/import.h"
#include "src/iptables/removal.h"

namespace nftsvc::cli {
namespace {

// Of the changes of services.
constexpr int kMostListed = 20;

// Of chains that services and endpoints have.
constexpr std::array<absl::string_view, 6> kPrefixes = {"KUBE-SVC-", "KUBE-SVL-", "KUBE-EXT-",
                                                        "KUBE-XLB-", "KUBE-FW-",  "KUBE-SEP-"};

using Removals = std::array<iptables::Removal, 2>;  // by family

const char* NameOf(base::Family family) { return family == base::Family::kIPv4 ? "ip" : "ip6"; }

absl::StatusOr<Removals> PlanRemovals(const KubeProxyRules& rules) {
  Removals removals;
  for (const base::Family family : base::kFamilies) {
    const auto index = static_cast<size_t>(family);
    ASSIGN_OR_RETURN(removals[index], iptables::PlanRemoval(rules.saved[index]));
  }
  return removals;
}

std::optional<v1::PushResult> Push(Session& session, const v1::Snapshot& snapshot, bool dry_run) {
  v1::Request request;
  *request.mutable_push()->mutable_snapshot() = snapshot;
  request.mutable_push()->set_dry_run(dry_run);
  request.mutable_push()->set_want_changes(dry_run);
  std::optional<v1::Response> response = session.Ask(std::move(request), "pushing");
  if (!response) return std::nullopt;
  return std::move(*response->mutable_push());
}

// Nothing after it reported why not.
std::optional<iptables::ImportResult> Import(Session& session, const KubeProxyRules& rules,
                                             const std::string& node) {
  absl::StatusOr<iptables::ImportResult> result =
      iptables::Import(absl::StrCat(rules.saved[0], rules.saved[1]), node);
  if (!result.ok()) {
    session.Fail(result.status());
    return std::nullopt;
  }
  if (!result->issues.empty()) {
    session.Report(Refusal(result->issues, result->issues_left_off, "import rules"));
    return std::nullopt;
  }
  return *std::move(result);
}

// "KUBE-SERVICES, KUBE-NODEPORTS, 3 KUBE-SVC-, 7 KUBE-SEP-".
std::string Summarize(const std::vector<std::string>& chains) {
  absl::btree_map<std::string, size_t> of_services;
  std::vector<std::string> words;
  for (const std::string& name : chains) {
    const auto prefix = std::find_if(
        kPrefixes.begin(), kPrefixes.end(),
        [&](absl::string_view candidate) { return absl::StartsWith(name, candidate); });
    if (prefix == kPrefixes.end()) {
      words.push_back(name);
    } else {
      ++of_services[std::string(*prefix)];
    }
  }
  for (const auto& [prefix, count] : of_services) words.push_back(absl::StrCat(count, " ", prefix));
  return absl::StrJoin(words, ", ");
}

void TellPush(MigrateReport& report, const v1::PushResult& push) {
  report.Line(absl::StrCat("push: ", push.services_added(), " added, ", push.services_changed(),
                           " changed, ", push.services_removed(), " removed"));
  const int listed = std::min(push.service_changes_size(), kMostListed);
  for (int i = 0; i < listed; ++i) report.Line(absl::StrCat("  ", push.service_changes(i)));
  if (push.service_changes_size() > listed) {
    report.Line(absl::StrCat("  and ", push.service_changes_size() - listed, " more"));
  }
  report.SetNumber("services_added", static_cast<double>(push.services_added()));
  report.SetNumber("services_changed", static_cast<double>(push.services_changed()));
  report.SetNumber("services_removed", static_cast<double>(push.services_removed()));
}

void TellRemoval(MigrateReport& report, absl::string_view family,
                 const iptables::Removal& removal) {
  for (const iptables::RemovedTable& table : removal.tables) {
    report.Line(absl::StrCat("remove ", family, " ", table.name, ": ", Count(table.jumps, "jump"),
                             " to, and ", Count(table.chains.size(), "chain"), ": ",
                             Summarize(table.chains)));
    google::protobuf::Struct& told = report.Add("remove");
    SetField(told, "family", family);
    SetField(told, "table", table.name);
    SetField(told, "jumps", static_cast<double>(table.jumps));
    SetField(told, "chains", static_cast<double>(table.chains.size()));
  }
  for (const iptables::KeptChain& kept : removal.kept) {
    report.Line(absl::StrCat("stays ", family, " ", kept.table, " ", kept.name, ": ", kept.why));
    google::protobuf::Struct& told = report.Add("stays");
    SetField(told, "family", family);
    SetField(told, "table", kept.table);
    SetField(told, "chain", kept.name);
    SetField(told, "why", kept.why);
  }
  report.Line(
      absl::StrCat("stays ", family, ": ", Count(removal.rules_of_others, "rule"), " of others"));
}

// Of the chain nat-postrouting, as nft lists it: "meta mark & 0x00004000 == 0x00004000 ...".
std::optional<uint32_t> MarkIn(absl::string_view listing) {
  constexpr absl::string_view kBefore = "mark & ";
  const size_t begin = listing.find(kBefore);
  if (begin == listing.npos) return std::nullopt;
  const absl::string_view rest = listing.substr(begin + kBefore.size());
  uint32_t bits = 0;
  if (!absl::SimpleHexAtoi(rest.substr(0, rest.find(' ')), &bits)) return std::nullopt;
  return bits;
}

// Without them, nobody would forward once the chains are gone.
absl::Status CheckTablesAreHere() {
  for (const base::Family family : base::kFamilies) {
    const absl::Status status = ListOurChain(NameOf(family), "nat-postrouting").status();
    if (status.ok()) continue;
    return absl::FailedPreconditionError(
        absl::StrCat("the daemon's tables are not in this network namespace: ", status.message()));
  }
  return absl::OkStatus();
}

// Whether what the daemon has here fits to what kube-proxy has.
void CompareTables(const Removals& removals, Doubts& doubts) {
  if (const absl::Status status = CheckTablesAreHere(); !status.ok()) {
    doubts.obstacles.emplace_back(status.message());
    return;
  }
  for (const base::Family family : base::kFamilies) {
    const iptables::Removal& removal = removals[static_cast<size_t>(family)];
    const std::string postrouting = ListOurChain(NameOf(family), "nat-postrouting").value_or("");
    const std::string node_ports = ListOurChain(NameOf(family), "node-ports").value_or("");
    const uint32_t mark = MarkIn(postrouting).value_or(~uint32_t{0});
    // What one of kube-proxy's chains has marked may leave when they are gone.
    if (removal.mark_bits.has_value() && (*removal.mark_bits & mark) != mark) {
      doubts.obstacles.push_back(absl::StrFormat(
          "%s: kube-proxy marks what is to be masqueraded with 0x%x, the daemon with 0x%x; "
          "connections that begin during the switch could fail: set masquerade.mark_bit",
          NameOf(family), *removal.mark_bits, mark));
    }
    if (removal.has_node_ports_on_localhost && family == base::Family::kIPv4 &&
        !absl::StrContains(node_ports, "ip daddr 127.0.0.1 ")) {
      doubts.warnings.emplace_back(
          "ip: kube-proxy serves node ports at 127.0.0.1, the daemon does not: if somebody on this "
          "host dials them there, set node.localhost_node_ports");
    }
    if (removal.has_node_ports_everywhere &&
        !absl::StrContains(node_ports, "fib daddr type local")) {
      doubts.warnings.push_back(
          absl::StrCat(NameOf(family),
                       ": kube-proxy serves node ports at every address of this host, the "
                       "daemon at those of node.node_port_addresses only"));
    }
  }
}

Doubts DoubtsAbout(const iptables::ImportResult& imported, const v1::PushResult& push,
                   const Removals& removals, const KubeProxyRules& rules, bool has_node) {
  Doubts doubts;
  if (imported.local_services > 0 && !has_node) {
    doubts.obstacles.push_back(absl::StrCat(Count(imported.local_services, "service"),
                                            " with a policy of LOCAL would find no endpoints: "
                                            "give --node"));
  }
  for (const iptables::ImportNote& note : imported.notes) {
    if (note.what != iptables::kNotUnderstood) continue;
    doubts.obstacles.push_back(
        absl::StrCat(note.what, ": ", note.count, " (", absl::StrJoin(note.places, ", "), ")"));
  }
  if (push.services_changed() + push.services_removed() > 0) {
    doubts.obstacles.push_back(
        absl::StrCat("the daemon serves others already: ", push.services_changed(),
                     " would be changed, ", push.services_removed(), " removed"));
  }
  CompareTables(removals, doubts);
  if (!imported.has_filter) {
    doubts.warnings.emplace_back(
        "there is a nat table without a filter table, so services without endpoints are not known");
  }
  if (KubeProxyRuns()) {
    doubts.warnings.emplace_back("kube-proxy runs: it will put its chains back; stop it first");
  }
  if (rules.other_backend_has_too) {
    doubts.warnings.emplace_back(
        "the other kind of iptables has rules of kube-proxy, too: they "
        "stay, and translate first");
  }
  if (const size_t clients = CountRememberedClients(); clients > 0) {
    doubts.warnings.push_back(
        absl::StrCat("session affinity of ", Count(clients, "client"),
                     " is not carried over: they get an endpoint anew with their next "
                     "connection; those that are open go on"));
  }
  return doubts;
}

// Takes the chains away if they are still those that were imported.
absl::Status Remove(const KubeProxyRules& imported) {
  ASSIGN_OR_RETURN(const KubeProxyRules now, ReadKubeProxyRules(imported.backend_name));
  for (size_t family = 0; family < now.saved.size(); ++family) {
    if (KubeLines(now.saved[family]) != KubeLines(imported.saved[family])) {
      return absl::AbortedError(
          "kube-proxy's rules have changed since they were read, so they stay; run it again, "
          "with --force for services that have changed");
    }
  }
  ASSIGN_OR_RETURN(const Removals removals, PlanRemovals(now));
  for (const base::Family family : base::kFamilies) {
    const std::string& text = removals[static_cast<size_t>(family)].restore;
    if (text.empty()) continue;
    const absl::Status status = now.tools(family).Restore(text);
    if (status.ok()) continue;
    return absl::Status(status.code(),
                        absl::StrCat(status.message(),
                                     "; the daemon serves all the same, beside what is left. "
                                     "To remove that: nftsvc iptables remove --backend ",
                                     now.backend_name));
  }
  return absl::OkStatus();
}

// That nothing has put them back meanwhile.
absl::Status CheckRemoved(const KubeProxyRules& rules) {
  for (const base::Family family : base::kFamilies) {
    if (rules.saved[static_cast<size_t>(family)].empty()) continue;
    ASSIGN_OR_RETURN(const std::string text, rules.tools(family).SaveText());
    ASSIGN_OR_RETURN(const iptables::Removal left, iptables::PlanRemoval(text));
    if (left.tables.empty()) continue;
    return absl::AbortedError("chains of kube-proxy are there again: does it run?");
  }
  return absl::OkStatus();
}

}  // namespace

int MigrateForward(Session& session, const MigrateFlags& flags) {
  MigrateReport report(session, "forward");
  const absl::StatusOr<KubeProxyRules> rules = ReadKubeProxyRules(flags.backend);
  if (!rules.ok()) return session.Fail(rules.status());
  const std::optional<iptables::ImportResult> imported = Import(session, *rules, flags.node);
  if (!imported) return kFailed;
  const absl::StatusOr<Removals> removals = PlanRemovals(*rules);
  if (!removals.ok()) return session.Fail(removals.status());
  const std::optional<v1::PushResult> trial = Push(session, imported->snapshot, true);
  if (!trial) return kFailed;

  report.Line(
      absl::StrCat("read: iptables-", rules->backend_name, ", ",
                   PrintImportCounts(imported->snapshot, imported->ports, imported->endpoints)));
  report.SetText("backend", rules->backend_name);
  TellPush(report, *trial);
  report.StartList("remove");
  report.StartList("stays");
  for (const base::Family family : base::kFamilies) {
    TellRemoval(report, NameOf(family), (*removals)[static_cast<size_t>(family)]);
  }
  session.out << std::flush;
  for (const iptables::ImportNote& note : imported->notes) {
    if (note.what == iptables::kRulesOfOthers || note.what == iptables::kNotUnderstood) continue;
    TellNote(session, "note", note.what, note.count, note.places);
  }
  const Doubts doubts = DoubtsAbout(*imported, *trial, *removals, *rules, !flags.node.empty());
  int exit_code = kFailed;
  if (!MayProceed(session, report, flags, doubts, exit_code)) return exit_code;
  // Not even by force.
  if (const absl::Status here = CheckTablesAreHere(); !here.ok()) return session.Fail(here);

  const std::optional<v1::PushResult> pushed = Push(session, imported->snapshot, false);
  if (!pushed) return kFailed;
  ReportWarnings(session, *pushed);
  if (!session.json) session.out << RenderCounts(*pushed, session.out_style);
  if (!IsInSync(session)) return kFailed;
  absl::Status removed = Remove(*rules);
  if (removed.ok()) removed = CheckRemoved(*rules);
  if (!removed.ok()) return session.Fail(removed);
  report.SetFlag("executed", true);
  report.Line("kube-proxy's chains are gone; nftsvcd forwards");
  return kDone;
}

}  // namespace nftsvc::cli

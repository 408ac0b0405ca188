// SPDX-License-Identifier: Apache-2.0
#include "src/cli/doctor_facts.h"

#include <sys/timex.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "src/cli/kube_proxy_host.h"
#include "src/netlink/feature_probe.h"
#include "src/xtables/iptables_tools.h"
#include "src/xtables/run_program.h"

namespace nftsvc::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::array<const char*, 6> kSysctls = {
    "net.ipv4.ip_forward",
    "net.ipv6.conf.all.forwarding",
    "net.bridge.bridge-nf-call-iptables",
    "net.bridge.bridge-nf-call-ip6tables",
    "net.netfilter.nf_conntrack_max",
    "net.netfilter.nf_conntrack_count",
};

std::string ReadFile(const fs::path& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return std::move(text).str();
}

std::optional<int64_t> ReadNumber(const fs::path& path) {
  int64_t number = 0;
  if (!absl::SimpleAtoi(ReadFile(path), &number)) return std::nullopt;
  return number;
}

absl::btree_map<std::string, int64_t> ReadSysctls() {
  absl::btree_map<std::string, int64_t> values;
  for (const char* name : kSysctls) {
    const auto value = ReadNumber(fs::path("/proc/sys") / absl::StrReplaceAll(name, {{".", "/"}}));
    if (value.has_value()) values[name] = *value;
  }
  return values;
}

absl::btree_map<std::string, int64_t> ReadRpFilter() {
  absl::btree_map<std::string, int64_t> values;
  std::error_code error;
  for (fs::directory_iterator i("/proc/sys/net/ipv4/conf", error), end; !error && i != end;
       i.increment(error)) {
    const auto value = ReadNumber(i->path() / "rp_filter");
    if (value.has_value()) values[i->path().filename().string()] = *value;
  }
  return values;
}

std::vector<std::string> FindBridges() {
  std::vector<std::string> bridges;
  std::error_code error;
  for (fs::directory_iterator i("/sys/class/net", error), end; !error && i != end;
       i.increment(error)) {
    std::error_code none;
    if (fs::exists(i->path() / "bridge", none)) bridges.push_back(i->path().filename().string());
  }
  std::sort(bridges.begin(), bridges.end());
  return bridges;
}

// "nftables v1.0.6 (Lester Gooch #5)".
absl::StatusOr<std::string> ReadNftVersion() {
  const absl::StatusOr<xtables::ProgramResult> result =
      xtables::RunProgram({"nft", "--version"}, "");
  if (!result.ok()) return result.status();
  const std::vector<std::string> words = absl::StrSplit(result->out, ' ');
  if (words.size() < 2 || !absl::StartsWith(words[1], "v")) {
    return absl::UnknownError(absl::StrCat("nft --version prints ", result->out));
  }
  return words[1].substr(1);
}

// Not asked for where there are none: the tools would load the kernel's modules.
std::string ReadLegacyRules() {
  std::string rules;
  const std::array<std::pair<const char*, base::Family>, 2> kinds = {
      {{"/proc/net/ip_tables_names", base::Family::kIPv4},
       {"/proc/net/ip6_tables_names", base::Family::kIPv6}}};
  for (const auto& [names, family] : kinds) {
    if (ReadFile(names).empty()) continue;
    const auto text = xtables::IptablesTools(family, xtables::IptablesBackend::kLegacy).SaveText();
    if (text.ok()) rules += *text;
  }
  return rules;
}

// Below a header of three lines.
size_t CountIpvsServices() {
  size_t services = 0;
  for (const absl::string_view line : absl::StrSplit(ReadFile("/proc/net/ip_vs"), '\n')) {
    services += absl::StartsWith(line, "TCP") || absl::StartsWith(line, "UDP") ||
                        absl::StartsWith(line, "SCTP") || absl::StartsWith(line, "FWM")
                    ? 1
                    : 0;
  }
  return services;
}

std::vector<std::string> FindListeners() {
  std::vector<std::string> listeners;
  for (const int64_t id : ParseListeners(ReadFile("/proc/net/netlink"))) {
    std::string name = ReadFile(absl::StrCat("/proc/", id, "/comm"));
    while (!name.empty() && name.back() == '\n') name.pop_back();
    listeners.push_back(name.empty() ? absl::StrCat("a socket with port id ", id)
                                     : absl::StrCat(id, " (", name, ")"));
  }
  return listeners;
}

std::optional<bool> IsClockSynchronized() {
  timex state = {};
  const int result = adjtimex(&state);
  if (result < 0) return std::nullopt;
  return result != TIME_ERROR;
}

absl::StatusOr<v1::StatusResult> AskForStatus(Session& session) {
  v1::Request request;
  request.mutable_status();
  const absl::StatusOr<v1::Response> response = session.call(session.socket, std::move(request));
  if (!response.ok()) return response.status();
  if (response->has_status()) return response->status();
  return absl::UnknownError(response->error().message());
}

}  // namespace

std::vector<int64_t> ParseListeners(const std::string& proc_net_netlink) {
  // The columns: sk Eth Pid Groups ... (net/netlink/af_netlink.c). NETLINK_NETFILTER is 12; the
  // group NFNLGRP_NFTABLES is the seventh.
  constexpr uint32_t kTablesGroup = 1U << 6;
  std::vector<int64_t> ids;
  for (const absl::string_view line : absl::StrSplit(proc_net_netlink, '\n')) {
    const std::vector<absl::string_view> fields = absl::StrSplit(line, ' ', absl::SkipEmpty());
    uint32_t groups = 0;
    int64_t id = 0;
    if (fields.size() < 4 || fields[1] != "12" || !absl::SimpleAtoi(fields[2], &id) ||
        !absl::SimpleHexAtoi(fields[3], &groups)) {
      continue;
    }
    if ((groups & kTablesGroup) != 0) ids.push_back(id);
  }
  return ids;
}

DoctorFacts CollectFacts(Session& session) {
  DoctorFacts facts;
  facts.features = netlink::ProbeFeatures();
  facts.chains = netlink::ListAllChains();
  facts.nft_version = ReadNftVersion();
  facts.sysctls = ReadSysctls();
  facts.rp_filter = ReadRpFilter();
  facts.bridges = FindBridges();
  facts.legacy_rules = ReadLegacyRules();
  facts.kube_proxy_runs = KubeProxyRuns();
  facts.ipvs_services = CountIpvsServices();
  facts.listeners = FindListeners();
  facts.clock_is_synchronized = IsClockSynchronized();
  facts.socket = session.socket;
  facts.status = AskForStatus(session);
  return facts;
}

}  // namespace nftsvc::cli

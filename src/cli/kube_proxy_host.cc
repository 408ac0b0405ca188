// SPDX-License-Identifier: Apache-2.0
#include "src/cli/kube_proxy_host.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>
#include <system_error>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "src/base/status_macros.h"

namespace nftsvc::cli {
namespace {

namespace fs = std::filesystem;

constexpr absl::string_view kBackends[] = {"legacy", "nft"};

bool HasServices(const KubeProxyRules& rules) {
  return std::any_of(rules.saved.begin(), rules.saved.end(), [](const std::string& text) {
    return absl::StrContains(text, ":KUBE-SERVICES ");
  });
}

absl::StatusOr<KubeProxyRules> ReadBackend(absl::string_view name) {
  KubeProxyRules rules{.backend = *xtables::ParseIptablesBackend(name),
                       .backend_name = name == "nft" ? "nft" : "legacy",
                       .other_backend_has_too = false,
                       .saved = {}};
  for (const base::Family family : base::kFamilies) {
    absl::StatusOr<std::string> text = rules.tools(family).SaveText();
    if (absl::IsNotFound(text.status())) continue;
    if (!text.ok()) return text.status();
    rules.saved[static_cast<size_t>(family)] = *std::move(text);
  }
  return rules;
}

}  // namespace

absl::StatusOr<KubeProxyRules> ReadKubeProxyRules(absl::string_view backend) {
  std::optional<KubeProxyRules> found;
  bool other_has = false;
  for (const absl::string_view name : kBackends) {
    ASSIGN_OR_RETURN(KubeProxyRules rules, ReadBackend(name));
    if (!HasServices(rules)) continue;
    if (backend != "auto" && backend != name) {
      other_has = true;
    } else if (found.has_value()) {
      return absl::FailedPreconditionError(
          "both iptables-legacy and iptables-nft have rules of kube-proxy: say with --backend "
          "which of them are those of today, and remove the others before or after "
          "(nftsvc iptables remove --backend KIND)");
    } else {
      found = std::move(rules);
    }
  }
  if (!found.has_value()) {
    return absl::NotFoundError(
        absl::StrCat("no chain KUBE-SERVICES in what iptables-",
                     backend == "auto" ? "legacy-save or iptables-nft" : backend,
                     "-save prints: kube-proxy's iptables mode has nothing here"));
  }
  found->other_backend_has_too = other_has;
  return *std::move(found);
}

std::string KubeLines(absl::string_view saved) {
  std::string lines;
  for (absl::string_view line : absl::StrSplit(saved, '\n')) {
    if (absl::StartsWith(line, "#") || !absl::StrContains(line, "KUBE-")) continue;
    if (absl::StartsWith(line, ":")) line = line.substr(0, line.find('['));
    absl::StrAppend(&lines, line, "\n");
  }
  return lines;
}

bool KubeProxyRuns() {
  std::error_code error;
  const fs::path own = fs::read_symlink("/proc/self/ns/net", error);
  for (fs::directory_iterator i("/proc", error), end; !error && i != end; i.increment(error)) {
    std::string name;
    std::ifstream comm(i->path() / "comm");
    if (!std::getline(comm, name) || name != "kube-proxy") continue;
    std::error_code unreadable;
    const fs::path network = fs::read_symlink(i->path() / "ns/net", unreadable);
    if (unreadable || network == own) return true;
  }
  return false;
}

size_t CountRememberedClients() {
  size_t clients = 0;
  std::error_code error;
  for (fs::directory_iterator i("/proc/net/xt_recent", error), end; !error && i != end;
       i.increment(error)) {
    if (!absl::StartsWith(i->path().filename().string(), "KUBE-SEP-")) continue;
    std::ifstream list(i->path());
    for (std::string line; std::getline(list, line);) ++clients;
  }
  return clients;
}

}  // namespace nftsvc::cli

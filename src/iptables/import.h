// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "nftsvc/v1/snapshot.pb.h"
#include "src/iptables/import_notes.h"
#include "src/model/issue.h"

// The rules of kube-proxy's iptables mode as a snapshot, such that packets go where they send them.
namespace nftsvc::iptables {

// A host with 100,000 services saves about 300 MB.
inline constexpr size_t kMostBytes = size_t{1} << 29;

// Of all services together. Each comes from a rule, but services may share rules.
inline constexpr size_t kMostSourceRanges = 1'000'000;

struct ImportResult {
  // Canonical: equal rules give equal snapshots, whatever their order.
  v1::Snapshot snapshot;

  size_t ports = 0;
  size_t endpoints = 0;       // of all ports
  size_t local_services = 0;  // that have a policy of LOCAL

  // Services without endpoints, and health checks, are told in the filter tables only.
  bool has_filter = true;

  // What was passed over, and where the rules are open to more than one reading.
  std::vector<ImportNote> notes;

  // Mistakes, at most model::kMaxIssues: "line 12: service default/web: port http.port" and what is
  // wrong there. If there are any, nothing else may be used.
  model::Issues issues;
  size_t issues_left_off = 0;
};

// Reads what iptables-save and ip6tables-save print, one of them or both behind each other, with
// counters or without. `node` is the name of the host, which the endpoints on it get; empty: none
// get one, and policies of LOCAL find no endpoints.
//
// A text that iptables-save does not print, that is too long, or has nothing of kube-proxy in it is
// InvalidArgument: "line 3, column 7: ...".
absl::StatusOr<ImportResult> Import(absl::string_view text, const std::string& node);

}  // namespace nftsvc::iptables

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "nftsvc/v1/config.pb.h"
#include "nftsvc/v1/snapshot.pb.h"
#include "src/kubernetes/notes.h"
#include "src/model/issue.h"

// Services and EndpointSlices of Kubernetes as a snapshot, such that packets go where kube-proxy
// sends them.
namespace nftsvc::kubernetes {

inline constexpr size_t kMostBytes = size_t{1} << 30;

struct ImportResult {
  // Canonical: equal objects give equal snapshots, whatever their order.
  v1::Snapshot snapshot;

  // What the Node that was asked for says.
  std::optional<v1::Config> node;

  size_t ports = 0;
  size_t endpoints = 0;  // of all ports
  bool has_slices = false;

  std::vector<Note> left_out;

  // Mistakes, at most model::kMaxIssues: "Service default/web: spec.ports[1].port" and what is
  // wrong there. If there are any, nothing else may be used.
  model::Issues issues;
  size_t issues_left_off = 0;
};

// Reads what `kubectl get services,endpointslices,nodes -A -o json` prints, or several such texts
// one behind the other. `node` names the Node to read; empty: none.
//
// A text that is not JSON or too long is InvalidArgument: "line 3, column 7: ...". Of a text, only
// what the snapshot needs is kept. What can be larger than the text are the endpoints, which stand
// in a snapshot once for each port: model::kMaxEndpointElements bounds them before they are made.
absl::StatusOr<ImportResult> Import(absl::string_view text, const std::string& node);

}  // namespace nftsvc::kubernetes

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "src/model/service.h"

namespace nftsvc::iptables {

// What the comment of a rule says about it, beside the name.
enum class CommentKind {
  kNameOnly,  // node ports; in kube-proxy before 1.2 cluster IPs, too
  kClusterIp,
  kExternalIp,
  kLoadBalancerIp,
  kNoEndpoints,
  kNoLocalEndpoints,
  kHealthCheck,
  kNotAccepted,  // by the source ranges
};

struct RuleComment {
  CommentKind kind = CommentKind::kNameOnly;
  model::ServiceName service;
  std::string port;  // its name; may be empty
};

// Reads "default/web:http cluster IP" and the like. Nothing for a comment that names no service.
std::optional<RuleComment> ReadComment(absl::string_view comment);

}  // namespace nftsvc::iptables

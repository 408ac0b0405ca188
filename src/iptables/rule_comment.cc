// SPDX-License-Identifier: Apache-2.0
#include "src/iptables/rule_comment.h"

#include <algorithm>
#include <array>

#include "absl/strings/strip.h"
#include "src/model/check_text.h"

namespace nftsvc::iptables {
namespace {

struct Ending {
  absl::string_view text;
  CommentKind kind;
};

constexpr std::array kEndings = {
    Ending{" cluster IP", CommentKind::kClusterIp},
    Ending{" external IP", CommentKind::kExternalIp},
    Ending{" loadbalancer IP", CommentKind::kLoadBalancerIp},
    Ending{" has no endpoints", CommentKind::kNoEndpoints},
    Ending{" has no local endpoints", CommentKind::kNoLocalEndpoints},
    Ending{" health check node port", CommentKind::kHealthCheck},
};

// Behind it is the name of a chain.
constexpr absl::string_view kNotAccepted = " traffic not accepted by KUBE-FW-";

bool Fits(absl::string_view text, const model::TextRule& rule) {
  return text.size() <= rule.most_bytes && std::all_of(text.begin(), text.end(), [&](char c) {
           return rule.allows[static_cast<unsigned char>(c)];
         });
}

}  // namespace

std::optional<RuleComment> ReadComment(absl::string_view comment) {
  RuleComment result;
  if (const size_t end = comment.find(kNotAccepted); end != comment.npos) {
    result.kind = CommentKind::kNotAccepted;
    comment = comment.substr(0, end);
  }
  for (const Ending& ending : kEndings) {
    if (!absl::ConsumeSuffix(&comment, ending.text)) continue;
    result.kind = ending.kind;
    break;
  }
  const size_t slash = std::min(comment.find('/'), comment.size());
  const bool has_namespace = slash < comment.size();
  const absl::string_view name_space = has_namespace ? comment.substr(0, slash) : "";
  comment.remove_prefix(has_namespace ? slash + 1 : 0);
  const size_t colon = std::min(comment.find(':'), comment.size());
  const absl::string_view name = comment.substr(0, colon);
  // kube-proxy before 1.2 wrote the colon also in front of an empty name.
  const absl::string_view port = colon < comment.size() ? comment.substr(colon + 1) : "";
  if (name.empty() || !Fits(name, model::kServiceNameRule) ||
      !Fits(name_space, model::kNamespaceRule) || !Fits(port, model::kPortNameRule)) {
    return std::nullopt;
  }
  result.service = {.name_space = std::string(name_space), .name = std::string(name)};
  result.port = std::string(port);
  return result;
}

}  // namespace nftsvc::iptables

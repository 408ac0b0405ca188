// SPDX-License-Identifier: Apache-2.0
// DecodeService, and Upsert for all services of a snapshot.
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/str_cat.h"
#include "src/wire/snapshot_codec.h"
#include "src/wire/unknown_fields.h"

namespace nftsvc::wire {
namespace {

// Draft issues of one service: more are of no use to anyone, see model::kMaxIssues.
constexpr size_t kMostIssues = 100;

std::vector<std::string> DecodeTexts(const google::protobuf::RepeatedPtrField<std::string>& texts) {
  return {texts.begin(), texts.end()};
}

class ServiceDecoder {
 public:
  explicit ServiceDecoder(const v1::Service& message) : message_(message) {}

  model::ServiceDraft Decode() {
    CheckFields(message_, [] { return std::string(); });
    draft_.name_space = message_.namespace_();
    draft_.name = message_.name();
    draft_.labels = {message_.labels().begin(), message_.labels().end()};
    draft_.cluster_ips = DecodeTexts(message_.cluster_ips());
    draft_.external_ips = DecodeTexts(message_.external_ips());
    draft_.load_balancer_ips = DecodeTexts(message_.load_balancer_ips());
    draft_.load_balancer_source_ranges = DecodeTexts(message_.load_balancer_source_ranges());
    draft_.internal_traffic_policy = message_.internal_traffic_policy();
    draft_.external_traffic_policy = message_.external_traffic_policy();
    draft_.has_session_affinity = message_.has_session_affinity();
    if (message_.has_session_affinity()) {
      const v1::SessionAffinity& affinity = message_.session_affinity();
      CheckFields(affinity, [] { return std::string("session_affinity"); });
      draft_.client_ip_timeout_seconds = affinity.client_ip_timeout_seconds();
    }
    draft_.health_check_node_port = message_.health_check_node_port();
    draft_.ports.reserve(static_cast<size_t>(message_.ports_size()));
    for (int i = 0; i < message_.ports_size(); ++i) draft_.ports.push_back(DecodePort(i));
    return std::move(draft_);
  }

 private:
  model::PortDraft DecodePort(int index) {
    const v1::Port& port = message_.ports(index);
    CheckFields(port, [&] { return absl::StrCat("ports[", index, "]"); });
    model::PortDraft draft{.name = port.name(),
                           .protocol = port.protocol(),
                           .port = port.port(),
                           .node_port = port.node_port(),
                           .endpoints = {},
                           .balancing = port.balancing()};
    draft.endpoints.reserve(static_cast<size_t>(port.endpoints_size()));
    for (int i = 0; i < port.endpoints_size(); ++i) {
      CheckFields(port.endpoints(i),
                  [&] { return absl::StrCat("ports[", index, "].endpoints[", i, "]"); });
      draft.endpoints.push_back(DecodeEndpoint(port.endpoints(i)));
    }
    return draft;
  }

  static model::EndpointDraft DecodeEndpoint(const v1::Endpoint& endpoint) {
    return {.address = endpoint.address(),
            .port = endpoint.port(),
            .weight = endpoint.has_weight() ? endpoint.weight() : 1,
            .name = endpoint.name(),
            .node = endpoint.node(),
            .zone = endpoint.zone(),
            .ready = !endpoint.has_ready() || endpoint.ready(),
            .serving = !endpoint.has_serving() || endpoint.serving(),
            .terminating = endpoint.terminating(),
            .zone_hints = DecodeTexts(endpoint.zone_hints()),
            .node_hints = DecodeTexts(endpoint.node_hints())};
  }

  // `path` makes the path if one is needed.
  void CheckFields(const google::protobuf::Message& message,
                   absl::FunctionRef<std::string()> path) {
    const bool clean = message.GetReflection()->GetUnknownFields(message).empty();
    if (clean || draft_.issues.size() >= kMostIssues) return;
    model::Issues issues = UnknownFields(message, path());
    std::move(issues.begin(), issues.end(), std::back_inserter(draft_.issues));
  }

  const v1::Service& message_;
  model::ServiceDraft draft_;
};

}  // namespace

model::ServiceDraft DecodeService(const v1::Service& message) {
  return ServiceDecoder(message).Decode();
}

void Upsert(const v1::Snapshot& message, model::Validator& validator) {
  for (const model::Issue& issue : UnknownFields(message, "snapshot")) {
    validator.Report(issue);
  }
  for (int i = 0; i < message.services_size(); ++i) {
    validator.Upsert(DecodeService(message.services(i)), absl::StrCat("services[", i, "]"));
  }
}

}  // namespace nftsvc::wire

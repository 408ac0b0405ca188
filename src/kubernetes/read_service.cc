// SPDX-License-Identifier: Apache-2.0
#include "src/kubernetes/read_service.h"

#include <map>
#include <string>
#include <utility>

#include "src/kubernetes/read_addresses.h"
#include "src/kubernetes/read_ports.h"
#include "src/model/check_text.h"
#include "src/model/limits.h"

namespace nftsvc::kubernetes {
namespace {

enum ServiceType : size_t { kClusterIp, kNodePort, kLoadBalancer, kExternalName };

ServiceType ReadServiceType(const Fields& spec) {
  return static_cast<ServiceType>(
      spec.Choice("type", {"ClusterIP", "NodePort", "LoadBalancer", "ExternalName"}));
}

bool IsLocal(const Fields& spec, absl::string_view policy) {
  return spec.Choice(policy, {"Cluster", "Local"}) == 1;
}

// Null: kube-proxy takes care of it.
const char* WhyLeftOut(const Fields& labels, ServiceType type,
                       const std::vector<ClusterIp>& cluster_ips) {
  // https://kubernetes.io/docs/reference/labels-annotations-taints/
  if (labels.Has("service.kubernetes.io/service-proxy-name")) return "services of another proxy";
  if (type == kExternalName) return "ExternalName services";
  if (cluster_ips.empty()) return "services without a cluster IP";
  return cluster_ips.front().text == "None" ? "headless services" : nullptr;
}

class ServiceReader {
 public:
  ServiceReader(const NamedObject& object, Notes& notes, model::IssueCollector& issues)
      : object_(object), spec_(object.fields.Object("spec")), notes_(notes), issues_(issues) {}

  std::optional<ServiceObject> Read() {
    const ServiceType type = ReadServiceType(spec_);
    const std::vector<ClusterIp> cluster_ips = ReadClusterIps(spec_);
    if (const char* reason = WhyLeftOut(object_.labels, type, cluster_ips)) {
      notes_.Add(reason, object_.name.ToString());
      return std::nullopt;
    }
    service().set_namespace_(object_.name.name_space);
    service().set_name(object_.name.name);
    ReadLabels();
    ReadAddresses(cluster_ips, spec_, object_.fields.Object("status"), result_, notes_, issues_);
    ReadPolicies(type);
    ReadAffinity();
    ReadPorts(spec_, service(), issues_);
    return std::move(result_);
  }

 private:
  v1::Service& service() { return result_.service; }

  // Kubernetes allows more and longer keys than a snapshot; nothing is decided by them.
  void ReadLabels() {
    std::map<std::string, std::string> labels;
    object_.labels.EachMember(
        [&](absl::string_view key, absl::string_view value, const model::Path& path) {
          if (key.size() > model::kMaxLabelLength || labels.size() == model::kMaxLabels) {
            return notes_.Add("labels beyond what a snapshot holds", object_.name.ToString());
          }
          if (model::CheckText(key, model::kLabelRule, path, issues_) &&
              model::CheckText(value, model::kLabelRule, path, issues_)) {
            labels.emplace(key, value);
          }
        });
    service().mutable_labels()->insert(labels.begin(), labels.end());
  }

  void ReadPolicies(ServiceType type) {
    if (IsLocal(spec_, "internalTrafficPolicy")) service().set_internal_traffic_policy(v1::LOCAL);
    const uint32_t health_check = spec_.Number("healthCheckNodePort", 0, UINT16_MAX, 0);
    // Of a ClusterIP service, only external IPs let traffic in from outside. That they are of
    // another family does not matter.
    const bool from_outside = type != kClusterIp || spec_.Count("externalIPs") > 0;
    if (!IsLocal(spec_, "externalTrafficPolicy") || !from_outside) return;
    service().set_external_traffic_policy(v1::LOCAL);
    if (type == kLoadBalancer) service().set_health_check_node_port(health_check);
  }

  void ReadAffinity() {
    const bool client_ip = spec_.Choice("sessionAffinity", {"None", "ClientIP"}) == 1;
    const Fields config = spec_.Object("sessionAffinityConfig");
    const Fields client_ip_config = config.Object("clientIP");
    const uint32_t seconds = client_ip_config.Number(
        "timeoutSeconds", 1, model::kMaxAffinitySeconds, model::kDefaultAffinitySeconds);
    if (client_ip) service().mutable_session_affinity()->set_client_ip_timeout_seconds(seconds);
  }

  const NamedObject& object_;
  const Fields spec_;
  Notes& notes_;
  model::IssueCollector& issues_;
  ServiceObject result_;
};

}  // namespace

std::optional<ServiceObject> ReadService(const NamedObject& object, Notes& notes,
                                         model::IssueCollector& issues) {
  return ServiceReader(object, notes, issues).Read();
}

}  // namespace nftsvc::kubernetes

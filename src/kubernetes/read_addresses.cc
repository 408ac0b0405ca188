// SPDX-License-Identifier: Apache-2.0
#include "src/kubernetes/read_addresses.h"

#include <algorithm>
#include <set>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "src/kubernetes/parse_address.h"
#include "src/model/check_text.h"
#include "src/model/limits.h"

namespace nftsvc::kubernetes {
namespace {

using base::IpAddress;
using base::IpPrefix;
using model::Path;
using Texts = google::protobuf::RepeatedPtrField<std::string>;

bool IsBlank(absl::string_view text) { return absl::StripAsciiWhitespace(text).empty(); }

class AddressesReader {
 public:
  AddressesReader(ServiceObject& result, Notes& notes, model::IssueCollector& issues)
      : result_(result), notes_(notes), issues_(issues) {}

  void AddClusterIps(const std::vector<ClusterIp>& cluster_ips, const Path& path) {
    List list(*result_.service.mutable_cluster_ips(), model::kMaxClusterIps);
    for (const ClusterIp& cluster_ip : cluster_ips) {
      const std::optional<IpAddress> address =
          ReadAddress(cluster_ip.text, cluster_ip.path, issues_);
      if (!address.has_value()) continue;
      result_.families[static_cast<size_t>(address->family())] = true;
      Add(*address, list);
    }
    Finish(list, path);
  }

  void ReadLoadBalancerIps(const Fields& status) {
    List list(*result_.service.mutable_load_balancer_ips(), model::kMaxLoadBalancerIps);
    const Fields load_balancer = status.Object("loadBalancer");
    load_balancer.EachObject("ingress", [&](const Fields& ingress) {
      const absl::string_view text = ingress.Text("ip"), mode = ingress.Text("ipMode");
      if (text.empty()) return Leave("load balancers known by a host name only");
      if (!mode.empty() && mode != "VIP") {
        return Leave("load-balancer IPs that translate themselves (ipMode is not VIP)");
      }
      const std::optional<IpAddress> address =
          ReadAddress(text, Path(ingress.path(), "ip"), issues_);
      if (address.has_value()) AddExternal(*address, list, "load-balancer IPs");
    });
    Finish(list, Path(load_balancer.path(), "ingress"));
  }

  void ReadExternalIps(const Fields& spec) {
    List list(*result_.service.mutable_external_ips(), model::kMaxExternalIps);
    spec.EachText("externalIPs", [&](absl::string_view text, const Path& path) {
      if (IsBlank(text)) return;  // older API servers let them in, and kube-proxy passes over them
      const std::optional<IpAddress> address = ReadAddress(text, path, issues_);
      if (address.has_value()) AddExternal(*address, list, "external IPs");
    });
    Finish(list, Path(spec.path(), "externalIPs"));
  }

  void ReadSourceRanges(const Fields& spec) {
    constexpr char kField[] = "loadBalancerSourceRanges";
    std::set<IpPrefix> ranges;
    spec.EachText(kField, [&](absl::string_view text, const Path& path) {
      if (IsBlank(text)) return;
      const std::optional<IpPrefix> range =
          ReadPrefix(absl::StripAsciiWhitespace(text), path, issues_);
      if (range.has_value()) ranges.insert(*range);
    });
    if (!model::CheckCount(ranges.size(), model::kMaxSourceRanges, Path(spec.path(), kField),
                           issues_)) {
      return;
    }
    for (const IpPrefix& range : ranges) {
      result_.service.add_load_balancer_source_ranges(range.ToString());
    }
  }

 private:
  struct List {
    List(Texts& field, size_t most) : texts(field), most_allowed(most) {}

    Texts& texts;
    size_t most_allowed;
    std::set<IpAddress> addresses;
  };

  void AddExternal(const IpAddress& address, List& list, absl::string_view what) {
    if (!result_.families[static_cast<size_t>(address.family())]) {
      return Leave(absl::StrCat(what, " of a family in which the service has no cluster IP"));
    }
    if (all_.contains(address) && !list.addresses.contains(address)) {
      return Leave(absl::StrCat(what, " that the service has as another kind of address too"));
    }
    Add(address, list);
  }

  void Add(const IpAddress& address, List& list) {
    all_.insert(address);
    list.addresses.insert(address);
  }

  void Finish(const List& list, const Path& path) {
    if (!model::CheckCount(list.addresses.size(), list.most_allowed, path, issues_)) return;
    for (const IpAddress& address : list.addresses) *list.texts.Add() = address.ToString();
  }

  void Leave(absl::string_view what) {
    notes_.Add(what, absl::StrCat(result_.service.namespace_(), "/", result_.service.name()));
  }

  ServiceObject& result_;
  Notes& notes_;
  model::IssueCollector& issues_;
  std::set<IpAddress> all_;
};

}  // namespace

std::vector<ClusterIp> ReadClusterIps(const Fields& spec) {
  std::vector<ClusterIp> cluster_ips;
  spec.EachText("clusterIPs", [&](absl::string_view text, const Path& path) {
    cluster_ips.push_back({.text = text, .path = path});
  });
  if (!cluster_ips.empty()) return cluster_ips;
  const absl::string_view single = spec.Text("clusterIP");
  if (single.empty()) return {};
  return {{.text = single, .path = Path(spec.path(), "clusterIP")}};
}

void ReadAddresses(const std::vector<ClusterIp>& cluster_ips, const Fields& spec,
                   const Fields& status, ServiceObject& result, Notes& notes,
                   model::IssueCollector& issues) {
  AddressesReader reader(result, notes, issues);
  reader.AddClusterIps(cluster_ips, Path(spec.path(), "clusterIPs"));
  reader.ReadLoadBalancerIps(status);
  reader.ReadExternalIps(spec);
  reader.ReadSourceRanges(spec);
}

}  // namespace nftsvc::kubernetes

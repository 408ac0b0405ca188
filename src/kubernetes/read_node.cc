// SPDX-License-Identifier: Apache-2.0
#include "src/kubernetes/read_node.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "src/kubernetes/parse_address.h"
#include "src/model/check_text.h"

namespace nftsvc::kubernetes {
namespace {

using base::IpAddress;
using base::IpPrefix;
using model::Path;
using Texts = google::protobuf::RepeatedPtrField<std::string>;

void AddOnce(std::string text, Texts& texts) {
  if (std::find(texts.begin(), texts.end(), text) == texts.end()) *texts.Add() = std::move(text);
}

// In the Node's order: its first address of a family is the primary one.
void ReadAddresses(const Fields& status, Texts& texts, model::IssueCollector& issues) {
  status.EachObject("addresses", [&](const Fields& entry) {
    if (entry.Text("type") != "InternalIP") return;
    const Path path(entry.path(), "address");
    const std::optional<IpAddress> address = ReadAddress(entry.Text("address"), path, issues);
    if (address.has_value()) AddOnce(address->ToString(), texts);
  });
}

Texts ReadPodCidrs(const Fields& spec, model::IssueCollector& issues) {
  Texts cidrs;
  const auto add = [&](absl::string_view text, const Path& path) {
    const std::optional<IpPrefix> cidr = ReadPrefix(text, path, issues);
    if (cidr.has_value()) AddOnce(cidr->ToString(), cidrs);
  };
  spec.EachText("podCIDRs", add);
  const absl::string_view single = spec.Text("podCIDR");
  if (spec.Count("podCIDRs") == 0 && !single.empty()) add(single, Path(spec.path(), "podCIDR"));
  return cidrs;
}

}  // namespace

v1::Config ReadNode(const NamedObject& object, model::IssueCollector& issues) {
  v1::Config config;
  v1::Node& node = *config.mutable_node();
  node.set_name(object.name.name);
  node.set_zone(
      std::string(object.labels.Text("topology.kubernetes.io/zone", model::kEndpointTextRule)));
  ReadAddresses(object.fields.Object("status"), *node.mutable_addresses(), issues);

  Texts cidrs = ReadPodCidrs(object.fields.Object("spec"), issues);
  if (!cidrs.empty()) *config.mutable_local_pods()->mutable_cidrs() = std::move(cidrs);
  return config;
}

}  // namespace nftsvc::kubernetes

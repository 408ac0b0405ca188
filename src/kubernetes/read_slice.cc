// SPDX-License-Identifier: Apache-2.0
#include "src/kubernetes/read_slice.h"

#include <set>
#include <utility>

#include "src/kubernetes/parse_address.h"
#include "src/kubernetes/read_ports.h"
#include "src/model/check_text.h"
#include "src/model/limits.h"
#include "src/model/quoted.h"

namespace nftsvc::kubernetes {
namespace {

using base::Family;
using base::IpAddress;
using model::Path;

std::optional<Family> ReadFamily(absl::string_view address_type) {
  if (address_type == "IPv4") return Family::kIPv4;
  if (address_type == "IPv6") return Family::kIPv6;
  return std::nullopt;
}

class SliceReader {
 public:
  SliceReader(const NamedObject& object, Notes& notes, model::IssueCollector& issues)
      : object_(object), notes_(notes), issues_(issues) {}

  std::optional<Slice> Read() {
    // https://kubernetes.io/docs/reference/labels-annotations-taints/
    const absl::string_view service =
        object_.labels.Text("kubernetes.io/service-name", model::kServiceNameRule);
    const std::optional<Family> family = ReadFamily(object_.fields.Text("addressType"));
    if (const char* reason = WhyLeftOut(service, family)) {
      Leave(reason);
      return std::nullopt;
    }
    slice_.name = object_.name.name;
    slice_.service = {.name_space = object_.name.name_space, .name = std::string(service)};
    slice_.family = *family;
    object_.fields.EachObject("ports", [&](const Fields& port) { ReadPort(port); });
    slice_.endpoints.reserve(object_.fields.Count("endpoints"));
    object_.fields.EachObject("endpoints", [&](const Fields& endpoint) { ReadEndpoint(endpoint); });
    return std::move(slice_);
  }

 private:
  // Null: kube-proxy takes care of it.
  const char* WhyLeftOut(absl::string_view service, std::optional<Family> family) const {
    if (object_.labels.Has("service.kubernetes.io/service-proxy-name")) {
      return "EndpointSlices of another proxy";
    }
    if (object_.labels.Has("service.kubernetes.io/headless")) {
      return "EndpointSlices of headless services";
    }
    if (service.empty()) return "EndpointSlices without the label kubernetes.io/service-name";
    if (!family.has_value()) return "EndpointSlices of an addressType other than IPv4 and IPv6";
    return nullptr;
  }

  void ReadPort(const Fields& fields) {
    const uint32_t port = fields.Number("port", 0, UINT16_MAX, 0);
    const v1::Protocol protocol = ReadProtocol(fields);
    if (!fields.Has("name")) return Leave("ports of EndpointSlices without a name");
    if (port == 0) return Leave("ports of EndpointSlices without a number");
    slice_.ports.push_back({.name = std::string(fields.Text("name", model::kPortNameRule)),
                            .protocol = protocol,
                            .port = port});
  }

  void ReadEndpoint(const Fields& fields) {
    v1::Endpoint endpoint;
    const std::optional<IpAddress> address = ReadFirstAddress(fields);
    const Fields conditions = fields.Object("conditions");
    if (!conditions.Flag("ready", true)) endpoint.set_ready(false);
    if (!conditions.Flag("serving", true)) endpoint.set_serving(false);
    endpoint.set_terminating(conditions.Flag("terminating", false));
    endpoint.set_name(Name(fields.Object("targetRef"), "name"));
    endpoint.set_node(Name(fields, "nodeName"));
    endpoint.set_zone(Name(fields, "zone"));
    const Fields hints = fields.Object("hints");
    ReadHints(hints, "forZones", *endpoint.mutable_zone_hints());
    ReadHints(hints, "forNodes", *endpoint.mutable_node_hints());
    if (!address.has_value()) return;
    endpoint.set_address(address->ToString());
    slice_.endpoints.push_back(std::move(endpoint));
  }

  // All addresses of an endpoint are interchangeable; kube-proxy uses the first.
  std::optional<IpAddress> ReadFirstAddress(const Fields& endpoint) {
    std::optional<IpAddress> address;
    bool first = true;
    endpoint.EachText("addresses", [&](absl::string_view text, const Path& path) {
      if (!std::exchange(first, false)) return;
      address = ReadAddress(text, path, issues_);
      if (address.has_value() && address->family() != slice_.family) {
        issues_.Add(path, model::Quoted{text}, " is not of the slice's addressType");
      }
    });
    if (endpoint.Count("addresses") == 0) Leave("endpoints without an address");
    return address;
  }

  std::string Name(const Fields& fields, absl::string_view name) {
    return std::string(fields.Text(name, model::kEndpointTextRule));
  }

  void ReadHints(const Fields& hints, absl::string_view name,
                 google::protobuf::RepeatedPtrField<std::string>& texts) {
    std::set<std::string> names;
    hints.EachObject(name, [&](const Fields& hint) {
      if (!hint.Has("name")) issues_.Add(Path(hint.path(), "name"), "is needed");
      std::string text = Name(hint, "name");
      if (!text.empty()) names.insert(std::move(text));
    });
    model::CheckCount(names.size(), model::kMaxHints, Path(hints.path(), name), issues_);
    texts.Assign(names.begin(), names.end());
  }

  void Leave(absl::string_view what) { notes_.Add(what, object_.name.ToString()); }

  const NamedObject& object_;
  Notes& notes_;
  model::IssueCollector& issues_;
  Slice slice_;
};

}  // namespace

std::optional<Slice> ReadSlice(const NamedObject& object, Notes& notes,
                               model::IssueCollector& issues) {
  return SliceReader(object, notes, issues).Read();
}

}  // namespace nftsvc::kubernetes

// SPDX-License-Identifier: Apache-2.0
#include "src/kubernetes/import.h"

#include <algorithm>
#include <string>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "src/base/status_macros.h"
#include "src/kubernetes/join_endpoints.h"
#include "src/kubernetes/mistakes.h"
#include "src/kubernetes/named_object.h"
#include "src/kubernetes/read_node.h"
#include "src/kubernetes/read_objects.h"
#include "src/kubernetes/read_service.h"
#include "src/kubernetes/read_slice.h"
#include "src/model/limits.h"
#include "src/model/quoted.h"

namespace nftsvc::kubernetes {
namespace {

class Importer {
 public:
  explicit Importer(const std::string& node) : node_name_(node) {}

  absl::StatusOr<ImportResult> Import(absl::string_view text) {
    RETURN_IF_ERROR(ReadObjects(text, mistakes_, [&](const Object& object) { Add(object); }));
    if (!node_name_.empty() && !result_.node.has_value()) {
      mistakes_.Add(absl::StrCat("Node ", model::Quoted{node_name_}.ToString()),
                    has_nodes_ ? "is not among the Nodes of the input"
                               : "is not in the input, which has no Nodes");
    }
    JoinEndpoints(std::move(slices_), services_, notes_, mistakes_);
    Finish();
    return std::move(result_);
  }

 private:
  void Add(const Object& object) {
    const bool is_service = object.kind == "Service" && object.api_version == "v1";
    const bool is_node = object.kind == "Node" && object.api_version == "v1";
    const bool is_slice =
        object.kind == "EndpointSlice" && object.api_version == "discovery.k8s.io/v1";
    if (!is_service && !is_node && !is_slice) {
      return notes_.AddObject(object.kind, object.api_version);
    }
    model::IssueCollector issues;
    const NamedObject named(object, issues);
    if (is_service) AddService(named, issues);
    if (is_slice) AddSlice(named, issues);
    if (is_node) AddNode(named, issues);
    mistakes_.Add(named.title, std::move(issues));
    if (!named.name.name.empty() && !titles_.insert(named.title).second) {
      mistakes_.Add(named.title, "is in the input twice");
    }
  }

  void AddService(const NamedObject& named, model::IssueCollector& issues) {
    std::optional<ServiceObject> service = ReadService(named, notes_, issues);
    if (!service.has_value() || issues.count() > 0) return;
    if (services_.size() == model::kMaxServices) {
      issues.Add(model::Path(""), "is one too many, at most ", model::kMaxServices,
                 " services are allowed");
      return;
    }
    services_.push_back(*std::move(service));
  }

  void AddSlice(const NamedObject& named, model::IssueCollector& issues) {
    result_.has_slices = true;
    std::optional<Slice> slice = ReadSlice(named, notes_, issues);
    if (!slice.has_value() || issues.count() > 0) return;
    endpoints_ += slice->endpoints.size();
    if (endpoints_ > model::kMaxEndpointElements) {
      issues.Add(model::Path("endpoints"), "are too many: ", endpoints_,
                 " with those before, at most ", model::kMaxEndpointElements, " are allowed");
      return;
    }
    slices_.push_back(*std::move(slice));
  }

  void AddNode(const NamedObject& named, model::IssueCollector& issues) {
    has_nodes_ = true;
    if (named.name.name.empty()) return;
    if (named.name.name == node_name_) {
      result_.node = ReadNode(named, issues);
    } else {
      notes_.Add("Nodes that were not asked for", named.name.name);
    }
  }

  void Finish() {
    std::sort(services_.begin(), services_.end(), [](const auto& a, const auto& b) {
      return std::tie(a.service.namespace_(), a.service.name()) <
             std::tie(b.service.namespace_(), b.service.name());
    });
    for (ServiceObject& object : services_) {
      v1::Service& service = *result_.snapshot.add_services();
      service = std::move(object.service);
      result_.ports += static_cast<size_t>(service.ports_size());
      for (const v1::Port& port : service.ports()) {
        result_.endpoints += static_cast<size_t>(port.endpoints_size());
      }
    }
    result_.left_out = std::move(notes_).Take();
    const size_t mistakes = mistakes_.count();
    result_.issues = std::move(mistakes_).Take();
    result_.issues_left_off = mistakes - result_.issues.size();
  }

  const std::string& node_name_;
  ImportResult result_;
  Notes notes_;
  Mistakes mistakes_;
  std::vector<ServiceObject> services_;
  std::vector<Slice> slices_;
  absl::flat_hash_set<std::string> titles_;
  bool has_nodes_ = false;
  size_t endpoints_ = 0;  // of all slices, each once
};

}  // namespace

absl::StatusOr<ImportResult> Import(absl::string_view text, const std::string& node) {
  if (text.size() > kMostBytes) {
    return absl::InvalidArgumentError(absl::StrCat("larger than ", kMostBytes, " bytes"));
  }
  return Importer(node).Import(text);
}

}  // namespace nftsvc::kubernetes

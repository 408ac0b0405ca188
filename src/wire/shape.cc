// SPDX-License-Identifier: Apache-2.0
//
// Exports EndpointsIn, FindExcess.
#include "src/wire/shape.h"

#include <array>
#include <span>
#include <string>

#include "absl/strings/str_cat.h"
#include "nftsvc/v1/snapshot.pb.h"
#include "src/model/limits.h"
#include "src/wire/fields.h"

namespace nftsvc::wire {
namespace {

struct Shape;

struct Child {
  int number;
  const char* name;
  const Shape* shape;
};

struct Shape {
  size_t most_fields;
  std::span<const Child> children;
};

constexpr Shape kSmall = {.most_fields = kOthers, .children = {}};

constexpr Shape kEndpoint = {.most_fields = 2 * model::kMaxHints + kOthers, .children = {}};

constexpr std::array kPortChildren = {
    Child{v1::Port::kEndpointsFieldNumber, "endpoints", &kEndpoint},
};
constexpr Shape kPort = {.most_fields = model::kMaxEndpointsPerPort + kOthers,
                         .children = kPortChildren};

constexpr std::array kServiceChildren = {
    Child{v1::Service::kLabelsFieldNumber, "labels", &kSmall},
    Child{v1::Service::kSessionAffinityFieldNumber, "session_affinity", &kSmall},
    Child{v1::Service::kPortsFieldNumber, "ports", &kPort},
};
constexpr Shape kService = {.most_fields = model::kMaxLabels + model::kMaxClusterIps +
                                           model::kMaxExternalIps + model::kMaxLoadBalancerIps +
                                           model::kMaxSourceRanges + model::kMaxPortsPerService +
                                           kOthers,
                            .children = kServiceChildren};

class ExcessFinder {
 public:
  std::optional<model::Issue> Find(absl::string_view service) {
    Visit(service, kService, "");
    if (!issue_.has_value() && EndpointsIn(service) > model::kMaxEndpointsPerService) {
      Report("ports", absl::StrCat("have more than ", model::kMaxEndpointsPerService,
                                   " endpoints together"));
    }
    return issue_;
  }

 private:
  void Visit(absl::string_view bytes, const Shape& shape, const std::string& path) {
    size_t fields = 0;
    size_t index = 0;  // of a child among those of its number, as long as they come in a row
    int last = 0;
    const bool is_message = ForEachField(bytes, [&](const Field& field) {
      if (++fields > shape.most_fields) {
        Report(path, absl::StrCat("has more than ", shape.most_fields, " fields"));
      } else if (const Child* child = field.has_body ? Find(shape, field.number) : nullptr) {
        index = field.number == last ? index + 1 : 0;
        last = field.number;
        Visit(field.body, *child->shape,
              absl::StrCat(path, path.empty() ? "" : ".", child->name, "[", index, "]"));
      }
      return !issue_.has_value();
    });
    if (!is_message && !issue_.has_value()) Report(path, kNoMessage);
  }

  static const Child* Find(const Shape& shape, int number) {
    for (const Child& child : shape.children) {
      if (child.number == number) return &child;
    }
    return nullptr;
  }

  void Report(const std::string& path, const std::string& message) {
    issue_ = model::Issue{.path = path, .message = message, .service = ""};
  }

  std::optional<model::Issue> issue_;
};

}  // namespace

namespace {

// False: they are not all counted.
bool CountEndpoints(absl::string_view service, size_t& count) {
  size_t fields = 0;
  return ForEachField(service, [&](const Field& port) {
    if (++fields > kMostFieldsOfService) return false;
    if (!port.has_body || port.number != v1::Service::kPortsFieldNumber) return true;
    size_t fields_of_port = 0;
    return ForEachField(port.body, [&](const Field& field) {
      if (field.has_body && field.number == v1::Port::kEndpointsFieldNumber) ++count;
      return ++fields_of_port <= kPort.most_fields;
    });
  });
}

}  // namespace

size_t EndpointsIn(absl::string_view service) {
  size_t count = 0;
  CountEndpoints(service, count);
  return count;
}

bool HasCountableEndpoints(absl::string_view service) {
  size_t count = 0;
  return CountEndpoints(service, count);
}

std::optional<model::Issue> FindExcess(absl::string_view service) {
  return ExcessFinder().Find(service);
}

}  // namespace nftsvc::wire

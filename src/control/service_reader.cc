// SPDX-License-Identifier: Apache-2.0
//
// Exports ServiceReader.
#include "src/control/service_reader.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "src/model/limits.h"
#include "src/wire/service_bytes.h"
#include "src/wire/shape.h"

namespace nftsvc::control {
namespace {

// Counting is cheap; decoding what would be refused for their number is not.
bool HaveTooManyEndpoints(const std::vector<absl::string_view>& services) {
  size_t endpoints = 0;
  for (const absl::string_view service : services) {
    endpoints += wire::EndpointsIn(service);
    if (endpoints > model::kMaxEndpoints) return true;
  }
  return false;
}

}  // namespace

void ServiceReader::Read(const std::vector<absl::string_view>& services, absl::string_view field,
                         const base::SharedText& source, const model::Snapshot& current,
                         model::Validator& validator) {
  if (HaveTooManyEndpoints(services)) {
    return validator.Report(
        {.path = std::string(field),
         .message = absl::StrCat("have more than ", model::kMaxEndpoints, " endpoints"),
         .service = ""});
  }
  for (size_t i = 0; i < services.size(); ++i) {
    const std::string path = absl::StrCat(field, "[", i, "]");
    if (validator.is_hopeless()) {
      return validator.Report(
          {.path = path, .message = "and what follows was not checked", .service = ""});
    }
    const wire::Fingerprint fingerprint = wire::FingerprintOf(services[i]);
    model::ServicePtr held = current.Find(wire::NameIn(services[i]));
    if (held != nullptr && held->source == source && known_.Made(held, fingerprint)) {
      validator.Repeat(std::move(held), path);
    } else {
      known_.Remember(validator.Upsert(wire::DecodeServiceBytes(services[i]), path, source),
                      fingerprint);
    }
  }
}

}  // namespace nftsvc::control

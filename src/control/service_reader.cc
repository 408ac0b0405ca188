// SPDX-License-Identifier: Apache-2.0
//
// Exports ServiceReader.
#include "src/control/service_reader.h"

#include <google/protobuf/stubs/logging.h>

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "src/base/parallel.h"
#include "src/model/build_service.h"
#include "src/model/limits.h"
#include "src/model/placement_pool.h"
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

// Services that are read before their mistakes are counted: as many as have these bytes, so that
// what is hopeless is not read to its end.
constexpr size_t kBlockBytes = size_t{4} << 20;

// A thread costs as much as reading a few of them.
constexpr size_t kLeastOfPart = 100;

size_t EndOfBlock(const std::vector<absl::string_view>& services, size_t begin) {
  size_t bytes = 0;
  size_t end = begin;
  while (end < services.size() && bytes < kBlockBytes) bytes += services[end++].size();
  return end;
}

// What can be said of one service without the others of the request.
struct ReadService {
  wire::Fingerprint fingerprint;
  model::ServicePtr known;    // it is this one, unchanged
  model::BuiltService built;  // otherwise
};

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
  for (size_t begin = 0; begin < services.size();) {
    const size_t end = EndOfBlock(services, begin);
    if (!ReadBlock({services.data() + begin, end - begin}, begin, field, source, current,
                   validator)) {
      return;
    }
    begin = end;
  }
}

// What takes time is done by all processors, what depends on other services in order. False: there
// are too many mistakes to go on.
bool ServiceReader::ReadBlock(absl::Span<const absl::string_view> services, size_t first,
                              absl::string_view field, const base::SharedText& source,
                              const model::Snapshot& current, model::Validator& validator) {
  const google::protobuf::LogSilencer silence;
  const auto path = [&](size_t i) { return absl::StrCat(field, "[", first + i, "]"); };
  std::vector<ReadService> reads(services.size());
  base::InParts(
      base::PartsFor(services.size(), kLeastOfPart), services.size(),
      [&](size_t, size_t begin, size_t end) {
        model::PlacementPool placements;
        size_t most_issues = model::kMaxIssues;
        for (size_t i = begin; i < end; ++i) {
          ReadService& read = reads[i];
          read.fingerprint = wire::FingerprintOf(services[i]);
          model::ServicePtr held = current.Find(wire::NameIn(services[i]));
          if (held != nullptr && held->source == source && known_.Made(held, read.fingerprint)) {
            read.known = std::move(held);
            continue;
          }
          read.built = model::BuildDraft(wire::DecodeServiceBytes(services[i]), path(i), placements,
                                         most_issues);
          most_issues -= read.built.issues.size();
        }
      });
  for (size_t i = 0; i < reads.size(); ++i) {
    if (validator.is_hopeless()) {
      validator.Report(
          {.path = path(i), .message = "and what follows was not checked", .service = ""});
      return false;
    }
    if (reads[i].known != nullptr) {
      validator.Repeat(std::move(reads[i].known), path(i));
    } else {
      known_.Remember(validator.Upsert(std::move(reads[i].built), path(i), source),
                      reads[i].fingerprint);
    }
  }
  return true;
}

}  // namespace nftsvc::control

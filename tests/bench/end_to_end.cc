// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/end_to_end.h"

#include <utility>

#include "absl/time/clock.h"
#include "nftsvc/v1/control.pb.h"
#include "src/base/status_macros.h"
#include "src/control/client.h"
#include "tests/bench/daemon.h"
#include "tests/bench/workload.h"

namespace nftsvc::bench {
namespace {

absl::Status Call(control::Client& client, v1::Request request, Samples* samples) {
  const absl::Time start = absl::Now();
  ASSIGN_OR_RETURN(const v1::Response response, client.Call(std::move(request)));
  if (samples != nullptr) samples->Add(absl::Now() - start);
  if (response.has_error()) return absl::InternalError(response.error().message());
  return absl::OkStatus();
}

v1::Request Delta(v1::Service service) {
  v1::Request request;
  *request.mutable_delta()->add_upsert() = std::move(service);
  return request;
}

}  // namespace

absl::StatusOr<EndToEndTimes> MeasureEndToEnd(const std::string& daemon_path, uint32_t services,
                                              uint32_t endpoints, int rounds, int deltas,
                                              absl::string_view config) {
  ASSIGN_OR_RETURN(const auto daemon, Daemon::Start(daemon_path, config));
  ASSIGN_OR_RETURN(control::Client client, daemon->Connect());
  EndToEndTimes times;
  const v1::Request full = PushOf(MakeSnapshot(services, endpoints));
  for (int round = 0; round < rounds; ++round) {
    RETURN_IF_ERROR(Call(client, PushOf({}), nullptr));
    RETURN_IF_ERROR(Call(client, full, &times.full_push));
    RETURN_IF_ERROR(Call(client, full, &times.same_push));
  }
  times.peak_kib = daemon->StatusKib("VmHWM");
  for (uint32_t i = 0; i < static_cast<uint32_t>(deltas); ++i) {
    // Spread over all services; each is changed at most once for deltas <= services.
    const uint32_t index =
        static_cast<uint32_t>(uint64_t{i} * services / static_cast<uint32_t>(deltas));
    v1::Service service = MakeService(index, endpoints);
    *service.mutable_ports(0)->mutable_endpoints(0) = MakeSpareEndpoint(2 * i);
    RETURN_IF_ERROR(Call(client, Delta(service), &times.replace_endpoint));
    *service.mutable_ports(0)->add_endpoints() = MakeSpareEndpoint(2 * i + 1);
    RETURN_IF_ERROR(Call(client, Delta(service), &times.add_endpoint));
  }
  times.resident_kib = daemon->StatusKib("VmRSS");
  return times;
}

}  // namespace nftsvc::bench

// SPDX-License-Identifier: Apache-2.0
//
// Whatever a configuration file holds, it is understood or refused in lines that a terminal can
// show; what is understood makes rules of a snapshot that has something of everything.
#include <cstdint>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "src/config/config.h"
#include "src/config/host_facts.h"
#include "tests/fuzz/compile_all.h"
#include "tests/fuzz/require.h"
#include "tests/support/builders.h"

namespace nftsvc::fuzz {
namespace {

model::Snapshot SomeServices() {
  model::Service local = testing::Web(
      {testing::EndpointOn("node-a", "10.0.0.2:80"), testing::EndpointOn("node-b", "10.0.0.3:80")});
  local.ports[0].node_port = 30080;
  local.external_traffic_policy = model::TrafficPolicy::kLocal;
  model::Service other = testing::WebAt({"[fd00::2]:80"});
  other.name = testing::Name("default/six");
  other.cluster_ips = {testing::Ip("fd00:96::1")};
  return testing::SnapshotOf({local, other});
}

void ReadAndCheck(absl::string_view text) {
  const config::ConfigReading reading = config::ParseConfig(text, "file");
  for (const std::string& mistake : reading.mistakes) {
    RequirePrintable(mistake);
    Require(absl::StartsWith(mistake, "file"), mistake);
  }
  if (!reading.mistakes.empty()) return;
  config::HostAddresses addresses;
  const forwarding::HostFacts host = config::HostFactsOf(reading.config, addresses);
  CompileAll(SomeServices(), host, reading.config.settings.options);
}

}  // namespace
}  // namespace nftsvc::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  nftsvc::fuzz::ReadAndCheck({reinterpret_cast<const char*>(data), size});
  return 0;
}

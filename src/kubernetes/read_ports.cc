// SPDX-License-Identifier: Apache-2.0
#include "src/kubernetes/read_ports.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "src/model/check_text.h"
#include "src/model/limits.h"
#include "src/model/quoted.h"

namespace nftsvc::kubernetes {
namespace {

using model::Path;

// The API server keeps most of these rules; a file edited by hand may not.
class PortsReader {
 public:
  PortsReader(size_t count, v1::Service& service, model::IssueCollector& issues)
      : count_(count), service_(service), issues_(issues) {
    if (const uint32_t port = service.health_check_node_port(); port != 0) {
      node_ports_.emplace(std::pair(v1::TCP, port), "spec.healthCheckNodePort");
    }
  }

  void Read(const Fields& fields) {
    v1::Port& port = *service_.add_ports();
    const std::string path = fields.path().ToString();
    ReadName(fields, path, port);
    port.set_protocol(ReadProtocol(fields));
    port.set_port(fields.RequiredNumber("port", 1, UINT16_MAX));
    port.set_node_port(fields.Number("nodePort", 0, UINT16_MAX, 0));
    if (port.port() != 0) {
      CheckNew(ports_, std::pair(port.protocol(), port.port()), Print(port.port(), port),
               Path(fields.path(), "port"), path);
    }
    if (port.node_port() != 0) {
      CheckNew(node_ports_, std::pair(port.protocol(), port.node_port()),
               Print(port.node_port(), port), Path(fields.path(), "nodePort"), path);
    }
  }

 private:
  using Number = std::pair<v1::Protocol, uint32_t>;

  void ReadName(const Fields& fields, const std::string& where, v1::Port& port) {
    const Path path(fields.path(), "name");
    const size_t issues_before = issues_.count();
    port.set_name(std::string(fields.Text("name", model::kPortNameRule)));
    if (issues_.count() > issues_before) return;
    if (!port.name().empty()) {
      CheckNew(names_, port.name(), model::Quoted{port.name()}, path, where);
    } else if (count_ > 1) {
      issues_.Add(path, "is needed, because there are several ports");
    }
  }

  static std::string Print(uint32_t number, const v1::Port& port) {
    return absl::StrCat(number, "/", v1::Protocol_Name(port.protocol()));
  }

  // `where` is remembered for the next one that has the same.
  template <typename Key, typename Printed>
  void CheckNew(std::map<Key, std::string>& seen, const Key& key, const Printed& printed,
                const Path& path, const std::string& where) {
    const auto [first, is_new] = seen.emplace(key, where);
    if (!is_new) issues_.Add(path, printed, " is that of ", first->second, " too");
  }

  size_t count_;
  v1::Service& service_;
  model::IssueCollector& issues_;

  // Each with the path of the one that was first.
  std::map<std::string, std::string> names_;
  std::map<Number, std::string> ports_, node_ports_;
};

}  // namespace

v1::Protocol ReadProtocol(const Fields& port) {
  constexpr std::array kProtocols = {v1::TCP, v1::UDP, v1::SCTP};
  return kProtocols[port.Choice("protocol", {"TCP", "UDP", "SCTP"})];
}

void ReadPorts(const Fields& spec, v1::Service& service, model::IssueCollector& issues) {
  const Path path(spec.path(), "ports");
  const size_t count = spec.Count("ports");
  if (!model::CheckCount(count, model::kMaxPortsPerService, path, issues)) return;
  const size_t issues_before = issues.count();
  PortsReader reader(count, service, issues);
  spec.EachObject("ports", [&](const Fields& port) { reader.Read(port); });
  if (service.ports().empty() && issues.count() == issues_before) {
    issues.Add(path, "must have at least one");
  }
  std::sort(service.mutable_ports()->begin(), service.mutable_ports()->end(),
            [](const v1::Port& a, const v1::Port& b) {
              return std::forward_as_tuple(a.name(), a.protocol(), a.port()) <
                     std::forward_as_tuple(b.name(), b.protocol(), b.port());
            });
}

}  // namespace nftsvc::kubernetes

// SPDX-License-Identifier: Apache-2.0
#include "src/cli/graph_dot.h"

#include <algorithm>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "src/cli/port_name.h"
#include "src/cli/style.h"

namespace nftsvc::cli {
namespace {

std::string Quoted(absl::string_view text) {
  return absl::StrCat("\"", absl::StrReplaceAll(text, {{"\\", "\\\\"}, {"\"", "\\\""}}), "\"");
}

// Lines of a label, empty ones left out.
std::string Label(const std::vector<std::string>& lines) {
  std::vector<std::string> shown;
  for (const std::string& line : lines) {
    if (line.empty()) continue;
    const std::string quoted = Quoted(line);
    shown.push_back(quoted.substr(1, quoted.size() - 2));
  }
  return absl::StrCat("\"", absl::StrJoin(shown, "\\n"), "\"");
}

std::string Lower(const std::string& word) {
  return absl::StrReplaceAll(absl::AsciiStrToLower(word), {{"_", " "}});
}

std::string Policies(const v1::Service& service) {
  std::vector<std::string> local;
  if (service.internal_traffic_policy() == v1::LOCAL) local.push_back("internal");
  if (service.external_traffic_policy() == v1::LOCAL) local.push_back("external");
  if (local.empty()) return "";
  return absl::StrCat(absl::StrJoin(local, " and "), " policy: local");
}

// A client need not give names to ports, so these are told apart by protocol and number.
const v1::PortSummary* SummaryOf(const v1::ServiceSummary& summary, int index) {
  return index < summary.ports_size() ? &summary.ports(index) : nullptr;
}

bool IsUsed(const v1::Endpoint& endpoint) {
  const bool ready = !endpoint.has_ready() || endpoint.ready();
  const bool weighs = !endpoint.has_weight() || endpoint.weight() > 0;
  return ready && weighs && !endpoint.terminating();
}

class DotWriter {
 public:
  DotWriter(const v1::Service& service, const v1::ServiceSummary& summary)
      : service_(service), summary_(summary) {}

  std::string Write() {
    absl::StrAppend(&text_, "digraph ", Quoted(summary_.service()), " {\n",
                    "  rankdir=LR;\n"
                    "  label=",
                    Label({summary_.service(), Policies(service_)}),
                    ";\n"
                    "  labelloc=t;\n"
                    "  node [shape=box, style=rounded, fontname=\"sans-serif\"];\n"
                    "  edge [fontname=\"sans-serif\"];\n");
    for (int i = 0; i < service_.ports_size(); ++i) {
      if (const v1::PortSummary* port = SummaryOf(summary_, i)) WritePort(i, *port);
    }
    return text_ + "}\n";
  }

 private:
  void Node(absl::string_view name, const std::string& label, absl::string_view more = "") {
    absl::StrAppend(&text_, "  ", Quoted(name), " [label=", label, more, "];\n");
  }
  void Edge(absl::string_view from, absl::string_view to, absl::string_view more = "") {
    absl::StrAppend(&text_, "  ", Quoted(from), " -> ", Quoted(to), more, ";\n");
  }

  void WritePort(int index, const v1::PortSummary& port) {
    const v1::Port& asked = service_.ports(index);
    const std::string name = absl::StrCat("port ", index);
    const std::string balancing =
        asked.balancing() > v1::RANDOM ? Lower(v1::Balancing_Name(asked.balancing())) : "";
    const std::string affinity =
        port.affinity_seconds() > 0
            ? absl::StrCat("session affinity: ", port.affinity_seconds(), " s")
            : "";
    Node(name,
         Label({PortName(port), balancing, affinity, Count(port.connections(), "connection")}),
         ", style=\"rounded,bold\"");
    for (const std::string& frontend : port.frontends()) {
      const std::string protocol = Lower(v1::Protocol_Name(port.protocol()));
      const std::string dialled = absl::StrCat(frontend, "/", protocol);
      Node(dialled, Label({dialled}), ", shape=cds, style=solid");
      Edge(dialled, name);
    }
    for (int i = 0; i < asked.endpoints_size() && i < port.endpoint_connections_size(); ++i) {
      WriteEndpoint(name, asked.endpoints(i), port, port.endpoint_connections(i));
    }
  }

  void WriteEndpoint(const std::string& port_name, const v1::Endpoint& endpoint,
                     const v1::PortSummary& port, const v1::EndpointSummary& counted) {
    const std::string& address = counted.address();
    const bool used = IsUsed(endpoint);
    Node(address,
         Label({endpoint.name(), address,
                endpoint.node().empty() ? "" : absl::StrCat("on ", endpoint.node()),
                endpoint.terminating() ? "terminating" : ""}),
         used ? "" : ", style=\"rounded,dashed\"");
    const absl::string_view kind = port.affinity_seconds() > 0 ? "new " : "";
    Edge(port_name, address,
         absl::StrCat(" [label=\"", kind, counted.connections(),
                      "\", penwidth=", absl::StrFormat("%.1f", Width(counted.connections(), port)),
                      used ? "]" : ", style=dashed]"));
  }

  // From 1 for no connections to 5 for all of them.
  static double Width(uint64_t connections, const v1::PortSummary& port) {
    uint64_t all = 0;
    for (const v1::EndpointSummary& endpoint : port.endpoint_connections()) {
      all += endpoint.connections();
    }
    if (all == 0) return 1;
    return 1 + 4 * static_cast<double>(connections) / static_cast<double>(all);
  }

  const v1::Service& service_;
  const v1::ServiceSummary& summary_;
  std::string text_;
};

}  // namespace

std::string PrintDot(const v1::Service& service, const v1::ServiceSummary& summary) {
  return DotWriter(service, summary).Write();
}

}  // namespace nftsvc::cli

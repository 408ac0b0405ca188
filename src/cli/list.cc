// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "src/cli/commands.h"
#include "src/cli/port_name.h"
#include "src/cli/table.h"
#include "src/model/source.h"

namespace nftsvc::cli {
namespace {

constexpr char kListExamples[] =
    R"(ENDPOINTS are those that take new connections, of all that the snapshot lists. CONNECTIONS were opened since
the service is served, as the kernel counts them. With session affinity, an endpoint's count has only the clients
that were new to it; those that came back are in its port's. SOURCE is who brought the
service, where not all were pushed.

Examples:
  nftsvc list
  nftsvc list --wide default/my-service
)";

// Frontends that fit into a line for people who have not asked for all.
constexpr int kFewFrontends = 2;

struct ListFlags {
  std::string service;
  bool wide = false;
};

std::string Frontends(const v1::PortSummary& port, bool wide) {
  const auto& all = port.frontends();
  if (wide || all.size() <= kFewFrontends) return absl::StrJoin(all, " ");
  return absl::StrCat(absl::StrJoin(all.begin(), all.begin() + kFewFrontends, " "), " +",
                      all.size() - kFewFrontends);
}

Cell EndpointCount(const v1::PortSummary& port) {
  Colour colour = Colour::kGreen;
  if (port.usable_endpoints() < port.endpoints()) colour = Colour::kYellow;
  if (port.usable_endpoints() == 0) colour = Colour::kRed;
  return {absl::StrCat(port.usable_endpoints(), "/", port.endpoints()), colour};
}

bool KeepsClients(const v1::PortSummary& port) { return port.affinity_seconds() > 0; }

std::string EndpointConnections(const v1::PortSummary& port, const v1::EndpointSummary& endpoint) {
  return absl::StrCat(KeepsClients(port) ? "new " : "", endpoint.connections());
}

// What "new" means, if the table says it.
std::string Footnote(const v1::ListResult& result, bool wide, const Style& style) {
  const bool says_new = std::any_of(
      result.services().begin(), result.services().end(), [](const v1::ServiceSummary& service) {
        return std::any_of(service.ports().begin(), service.ports().end(), KeepsClients);
      });
  if (!wide || !says_new) return "";
  return style.Paint(Colour::kDim,
                     "new: session affinity; clients that came back to their endpoint are counted "
                     "at the port only\n");
}

void AddRows(const v1::ServiceSummary& service, bool wide, bool with_source, Table& table) {
  for (const v1::PortSummary& port : service.ports()) {
    std::vector<Cell> row = {{service.service()},
                             {PortName(port)},
                             {Frontends(port, wide)},
                             EndpointCount(port),
                             {absl::StrCat(port.connections())}};
    if (with_source) row.push_back({service.source(), Colour::kDim});
    table.AddRow(std::move(row));
    if (!wide) continue;
    for (const v1::EndpointSummary& endpoint : port.endpoint_connections()) {
      table.AddRow({{},
                    {},
                    {absl::StrCat("  ", endpoint.address()), Colour::kDim},
                    {endpoint.name(), Colour::kDim},
                    {EndpointConnections(port, endpoint), Colour::kDim}});
    }
  }
}

int List(Session& session, const ListFlags& flags) {
  v1::Request request;
  request.mutable_list()->set_service(flags.service);
  const std::optional<v1::Response> response = session.Ask(std::move(request));
  if (!response) return kFailed;
  if (session.json) return session.PrintJson(response->list());
  const auto& services = response->list().services();
  const bool with_source = std::any_of(services.begin(), services.end(), [](const auto& service) {
    return !service.source().empty() && service.source() != model::kPushSource;
  });
  std::vector<Table::Column> columns = {
      {"SERVICE"}, {"PORT"}, {"FRONTENDS"}, {"ENDPOINTS"}, {"CONNECTIONS", Table::kRight}};
  if (with_source) columns.push_back({"SOURCE"});
  Table table(std::move(columns));
  for (const v1::ServiceSummary& service : services) {
    AddRows(service, flags.wide, with_source, table);
  }
  session.out << table.Print(session.out_style)
              << Footnote(response->list(), flags.wide, session.out_style);
  return kDone;
}

}  // namespace

void AddList(CLI::App& app, Session& session, int& exit_code) {
  auto flags = std::make_shared<ListFlags>();
  CLI::App* command =
      app.add_subcommand("list", "Show services, their endpoints and their connections");
  command->add_option("SERVICE", flags->service, "Only this one, as \"namespace/name\"")
      ->type_name("");
  command->add_flag("--wide", flags->wide, "Every frontend, and every endpoint by itself");
  command->footer(kListExamples);
  command->callback([&session, &exit_code, flags] { exit_code = List(session, *flags); });
}

}  // namespace nftsvc::cli

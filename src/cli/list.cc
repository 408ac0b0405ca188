// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "src/cli/commands.h"
#include "src/cli/table.h"

namespace nftsvc::cli {
namespace {

constexpr char kListExamples[] =
    R"(ENDPOINTS are those that take new connections, of all that the snapshot lists. CONNECTIONS were opened since
the service is served, as the kernel counts them.

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

// "http/tcp", or "tcp" for a port without a name.
std::string PortName(const v1::PortSummary& port) {
  const std::string protocol = absl::AsciiStrToLower(v1::Protocol_Name(port.protocol()));
  return port.name().empty() ? protocol : absl::StrCat(port.name(), "/", protocol);
}

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

void AddRows(const v1::ServiceSummary& service, bool wide, Table& table) {
  for (const v1::PortSummary& port : service.ports()) {
    table.AddRow({{service.service()},
                  {PortName(port)},
                  {Frontends(port, wide)},
                  EndpointCount(port),
                  {absl::StrCat(port.connections())}});
    if (!wide) continue;
    for (const v1::EndpointSummary& endpoint : port.endpoint_connections()) {
      table.AddRow({{},
                    {},
                    {absl::StrCat("  ", endpoint.address()), Colour::kDim},
                    {endpoint.name(), Colour::kDim},
                    {absl::StrCat(endpoint.connections()), Colour::kDim}});
    }
  }
}

int List(Session& session, const ListFlags& flags) {
  v1::Request request;
  request.mutable_list()->set_service(flags.service);
  const std::optional<v1::Response> response = session.Ask(std::move(request));
  if (!response) return kFailed;
  if (session.json) return session.PrintJson(response->list());
  Table table(
      {{"SERVICE"}, {"PORT"}, {"FRONTENDS"}, {"ENDPOINTS"}, {"CONNECTIONS", Table::kRight}});
  for (const v1::ServiceSummary& service : response->list().services()) {
    AddRows(service, flags.wide, table);
  }
  session.out << table.Print(session.out_style);
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

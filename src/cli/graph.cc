// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "src/cli/commands.h"
#include "src/cli/graph_dot.h"
#include "src/xtables/run_program.h"

namespace nftsvc::cli {
namespace {

constexpr char kGraphExamples[] =
    R"(Frontends, ports and endpoints, with the connections that each has got; the thicker a line, the more of them.
Dashed endpoints take no new connections.

Examples:
  nftsvc graph default/my-service | dot -Tpng >my-service.png
  nftsvc graph --format svg default/my-service >my-service.svg
)";

struct GraphFlags {
  std::string service;
  std::string format = "dot";
};

int PrintSvg(Session& session, const std::string& dot) {
  const absl::StatusOr<xtables::ProgramResult> result = xtables::RunProgram({"dot", "-Tsvg"}, dot);
  if (absl::IsNotFound(result.status())) {
    return session.Fail(
        "there is no program dot; install Graphviz (package graphviz), or take --format dot");
  }
  if (!result.ok()) return session.Fail(result.status());
  if (result->exit_code != 0) {
    return session.Fail(absl::StrCat("dot: exit ", result->exit_code, ": ", result->err));
  }
  session.out << result->out;
  return kDone;
}

int Graph(Session& session, const GraphFlags& flags) {
  v1::Request get;
  get.mutable_get()->set_service(flags.service);
  const std::optional<v1::Response> got = session.Ask(std::move(get));
  if (!got) return kFailed;
  v1::Request list;
  list.mutable_list()->set_service(flags.service);
  const std::optional<v1::Response> listed = session.Ask(std::move(list));
  if (!listed) return kFailed;
  if (got->get().revision() != listed->list().revision() ||
      got->get().snapshot().services_size() != 1 || listed->list().services_size() != 1) {
    return session.Fail("the service changed meanwhile; try again");
  }
  const std::string dot = PrintDot(got->get().snapshot().services(0), listed->list().services(0));
  if (flags.format == "svg") return PrintSvg(session, dot);
  session.out << dot;
  return kDone;
}

}  // namespace

void AddGraph(CLI::App& app, Session& session, int& exit_code) {
  auto flags = std::make_shared<GraphFlags>();
  CLI::App* command = app.add_subcommand("graph", "Draw a service, for Graphviz or as SVG");
  command->add_option("SERVICE", flags->service, "Which one, as \"namespace/name\"")
      ->type_name("")
      ->required();
  command->add_option("--format", flags->format, "What is printed")
      ->type_name("FORMAT")
      ->check(CLI::IsMember({"dot", "svg"}))
      ->capture_default_str();
  command->footer(kGraphExamples);
  command->callback([&session, &exit_code, flags] { exit_code = Graph(session, *flags); });
}

}  // namespace nftsvc::cli

// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "src/cli/commands.h"
#include "src/cli/destination.h"
#include "src/cli/table.h"

namespace nftsvc::cli {
namespace {

constexpr char kExplainExamples[] =
    R"(It asks the daemon for the first packet of a connection, without sending one. Packets that others' rules drop
or change are not known to it.

Examples:
  nftsvc explain 10.104.14.67:80/tcp
  nftsvc explain --from 10.0.0.2 [fd00:10:104::67]:80/tcp
  nftsvc explain --from 192.168.0.9 --interface eth0 192.168.0.2:30080/tcp
)";

struct ExplainFlags {
  std::string source;
  std::string interface;
  std::string destination;
};

std::string DescribePacket(const ExplainFlags& flags) {
  return absl::StrCat(flags.destination,
                      flags.source.empty() ? "" : absl::StrCat(" from ", flags.source),
                      flags.interface.empty() ? "" : absl::StrCat(" through ", flags.interface));
}

std::pair<std::string, Colour> DescribeVerdict(const v1::ExplainResult& result) {
  if (result.verdict() == "reject") {
    return {"rejected: the client gets \"port unreachable\"", Colour::kRed};
  }
  if (result.verdict() == "drop") return {"dropped", Colour::kRed};
  if (result.verdict() != "forward") return {"not a service's: goes on untouched", Colour::kYellow};
  if (!result.kept_endpoint().empty()) {
    return {absl::StrCat("forwarded to ", result.kept_endpoint(),
                         ", which session affinity keeps this client on; one that is new:"),
            Colour::kGreen};
  }
  if (result.shares_size() == 1) return {"forwarded to", Colour::kGreen};
  return {absl::StrCat("forwarded to one of ", Count(result.shares_size(), "endpoint")),
          Colour::kGreen};
}

// A table's rows as the last branches of the tree; the header stands between the lines.
std::string HangFrom(absl::string_view table) {
  std::string text;
  const std::vector<absl::string_view> lines = absl::StrSplit(table, '\n', absl::SkipEmpty());
  for (size_t i = 0; i < lines.size(); ++i) {
    const absl::string_view branch = i == 0                  ? "   │  "
                                     : i + 1 == lines.size() ? "   └─ "
                                                             : "   ├─ ";
    absl::StrAppend(&text, branch, lines[i], "\n");
  }
  return text;
}

std::string Render(const ExplainFlags& flags, const v1::ExplainResult& result, const Style& style) {
  std::string text = absl::StrCat(style.Paint(Colour::kBold, DescribePacket(flags)), "\n");
  for (const std::string& step : result.steps()) absl::StrAppend(&text, "├─ ", step, "\n");
  const auto [verdict, colour] = DescribeVerdict(result);
  absl::StrAppend(&text, "└─ ", style.Paint(colour, verdict), "\n");
  if (result.shares_size() == 0) return text;

  Table table({{"SHARE", Table::kRight}, {"ENDPOINT"}, {"NAME"}, {"SOURCE"}});
  for (const v1::ExplainResult::Share& share : result.shares()) {
    const bool kept = share.endpoint() == result.kept_endpoint();
    table.AddRow({{absl::StrFormat("%.1f %%", share.share() * 100)},
                  {share.endpoint(), kept ? Colour::kGreen : Colour::kNone},
                  {share.name()},
                  {share.masquerade() ? "masqueraded" : "kept"}});
  }
  return text + HangFrom(table.Print(style));
}

int Explain(Session& session, const ExplainFlags& flags) {
  const absl::StatusOr<Destination> destination = ParseDestination(flags.destination);
  if (!destination.ok()) {
    session.Fail(destination.status());
    return kUsage;
  }
  v1::Request request;
  request.mutable_explain()->set_source(flags.source);
  request.mutable_explain()->set_interface(flags.interface);
  FillDestination(*destination, *request.mutable_explain());

  const std::optional<v1::Response> response = session.Ask(std::move(request));
  if (!response) return kFailed;
  if (session.json) return session.PrintJson(response->explain());
  session.out << Render(flags, response->explain(), session.out_style);
  return kDone;
}

}  // namespace

void AddExplain(CLI::App& app, Session& session, int& exit_code) {
  auto flags = std::make_shared<ExplainFlags>();
  CLI::App* command =
      app.add_subcommand("explain", "Say where a packet would go, and why at every stage");
  command->add_option("DESTINATION", flags->destination, "What is dialled, as IP:PORT/PROTOCOL")
      ->type_name("")
      ->required();
  command
      ->add_option("--from", flags->source, "The packet's source; if not given, somebody outside")
      ->type_name("IP");
  command->add_option("--interface", flags->interface, "The interface that it arrives through")
      ->type_name("NAME");
  command->footer(kExplainExamples);
  command->callback([&session, &exit_code, flags] { exit_code = Explain(session, *flags); });
}

}  // namespace nftsvc::cli

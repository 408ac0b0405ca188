// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "src/cli/commands.h"
#include "src/model/source.h"
#include "src/wire/textproto.h"

namespace nftsvc::cli {
namespace {

constexpr char kGetExamples[] =
    R"(What it prints of one source can be pushed again. A source is who brought a service: "push", a name that a client
pushed under, or "files/NAME" for a file of the services directory.

Examples:
  nftsvc get --source push > backup.textproto
  nftsvc get default/my-service
  nftsvc get --output json | jq '.services[].name'
)";

struct GetFlags {
  std::string service;
  std::string source;
};

// The services of each source together, with a comment in front unless all are plain pushes.
std::string PrintBySource(const v1::GetResult& result, const Style& style) {
  std::map<std::string, v1::Snapshot> by_source;
  for (int i = 0; i < result.snapshot().services_size(); ++i) {
    const std::string source(i < result.sources_size() ? result.sources(i) : model::kPushSource);
    *by_source[source].add_services() = result.snapshot().services(i);
  }
  const bool is_one = by_source.size() <= 1;
  std::string text;
  for (const auto& [source, snapshot] : by_source) {
    if (!is_one || source != model::kPushSource) {
      absl::StrAppend(&text, style.Paint(Colour::kDim, absl::StrCat("# source ", source)), "\n");
    }
    absl::StrAppend(&text, wire::PrintTextproto(snapshot));
  }
  return text;
}

int Get(Session& session, const GetFlags& flags) {
  v1::Request request;
  request.mutable_get()->set_service(flags.service);
  request.mutable_get()->set_source(flags.source);
  const std::optional<v1::Response> response = session.Ask(std::move(request));
  if (!response) return kFailed;
  const v1::GetResult& result = response->get();
  if (session.json) return session.PrintJson(result.snapshot());
  session.out << session.out_style.Paint(Colour::kDim,
                                         absl::StrCat("# revision ", result.revision()))
              << "\n"
              << PrintBySource(result, session.out_style);
  return kDone;
}

}  // namespace

void AddGet(CLI::App& app, Session& session, int& exit_code) {
  auto flags = std::make_shared<GetFlags>();
  CLI::App* command = app.add_subcommand("get", "Print the snapshot that is being served");
  command->add_option("SERVICE", flags->service, "Only this one, as \"namespace/name\"")
      ->type_name("");
  command->add_option("--source", flags->source, "Only services of this source")
      ->type_name("SOURCE");
  command->footer(kGetExamples);
  command->callback([&session, &exit_code, flags] { exit_code = Get(session, *flags); });
}

}  // namespace nftsvc::cli

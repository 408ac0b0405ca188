// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "src/cli/commands.h"
#include "src/wire/textproto.h"

namespace nftsvc::cli {
namespace {

constexpr char kGetExamples[] = R"(What it prints can be pushed again.

Examples:
  nftsvc get > backup.textproto
  nftsvc get default/my-service
  nftsvc get --output json | jq '.services[].name'
)";

int Get(Session& session, const std::string& service) {
  v1::Request request;
  request.mutable_get()->set_service(service);
  const std::optional<v1::Response> response = session.Ask(std::move(request));
  if (!response) return kFailed;
  const v1::GetResult& result = response->get();
  if (session.json) return session.PrintJson(result.snapshot());
  session.out << session.out_style.Paint(Colour::kDim,
                                         absl::StrCat("# revision ", result.revision()))
              << "\n"
              << wire::PrintTextproto(result.snapshot());
  return kDone;
}

}  // namespace

void AddGet(CLI::App& app, Session& session, int& exit_code) {
  auto service = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand("get", "Print the snapshot that is being served");
  command->add_option("SERVICE", *service, "Only this one, as \"namespace/name\"")->type_name("");
  command->footer(kGetExamples);
  command->callback([&session, &exit_code, service] { exit_code = Get(session, *service); });
}

}  // namespace nftsvc::cli

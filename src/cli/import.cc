// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "src/cli/commands.h"
#include "src/kubernetes/import.h"
#include "src/wire/issue_codec.h"
#include "src/wire/textproto.h"

namespace nftsvc::cli {
namespace {

constexpr char kExamples[] =
    R"(FILE holds what kubectl prints as JSON: a list, an object, or several of these. From its Services and
EndpointSlices comes a snapshot that forwards as kube-proxy does. What is left out, and why, is told on standard
error.

Examples:
  kubectl get services,endpointslices -A -o json | nftsvc import kubernetes - | nftsvc push -
  kubectl get services,endpointslices,nodes -A -o json >objects.json
  nftsvc import kubernetes --node node-a --config-out nftsvcd.textproto objects.json >services.textproto
)";

constexpr char kConfigTitle[] = "Configuration of nftsvcd on this node, as its Node object has it:";

struct Flags {
  std::string file;
  std::string node;
  std::string config_out;
};

std::string PrintCounts(const kubernetes::ImportResult& result) {
  return absl::StrCat(Count(result.snapshot.services_size(), "service"), ", ",
                      Count(result.ports, "port"), ", ", Count(result.endpoints, "endpoint"));
}

std::string AsComment(absl::string_view text) {
  return absl::StrCat("# ", absl::StrReplaceAll(absl::StripSuffix(text, "\n"), {{"\n", "\n# "}}),
                      "\n");
}

// In a pipe, `push` takes whatever comes, and nothing at all is the snapshot without services. So
// a failure puts something there that is no snapshot in either format.
int Refuse(Session& session, const v1::Error& error) {
  session.out << (session.json ? "{\"error\": \"nothing was imported\"}\n"
                               : "error: \"nothing was imported\"\n");
  return session.Report(error);
}

int Refuse(Session& session, absl::string_view message) {
  v1::Error error;
  error.set_message(std::string(message));
  return Refuse(session, error);
}

int Refuse(Session& session, const kubernetes::ImportResult& result) {
  v1::Error error;
  error.set_code(v1::Error::INVALID);
  for (const model::Issue& issue : result.issues) *error.add_issues() = wire::EncodeIssue(issue);
  error.set_issues_left_off(static_cast<uint32_t>(result.issues_left_off));
  error.set_message(absl::StrCat("import objects: ",
                                 Count(result.issues.size() + result.issues_left_off, "mistake")));
  return Refuse(session, error);
}

void Tell(Session& session, const kubernetes::ImportResult& result) {
  session.err << "imported: " << PrintCounts(result) << "\n";
  for (const kubernetes::Note& note : result.left_out) {
    session.err << "left out: " << note.what << ": " << note.count;
    if (!note.names.empty()) {
      const bool all = note.names.size() == note.count;
      session.err << " (" << absl::StrJoin(note.names, ", ") << (all ? ")" : ", ...)");
    }
    session.err << "\n";
  }
  if (!result.has_slices && result.snapshot.services_size() > 0) {
    session.Warn("there are no EndpointSlices in the input, so every service refuses its clients");
  }
  if (result.node.has_value() && !result.node->has_local_pods()) {
    session.Warn("the Node has no podCIDRs: set local_pods in the configuration yourself");
  }
}

absl::Status WriteFile(const std::string& file, const std::string& text) {
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out << text;
  out.close();
  if (out) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat("write ", file, ": ", strerror(errno)));
}

int ImportKubernetes(Session& session, const Flags& flags) {
  if (session.json && !flags.node.empty() && flags.config_out.empty()) {
    Refuse(session, "JSON has no comments to put the Node's configuration in: give --config-out");
    return kUsage;
  }
  const absl::StatusOr<std::string> text = ReadInput(session, flags.file);
  if (!text.ok()) return Refuse(session, text.status().message());
  const absl::StatusOr<kubernetes::ImportResult> result = kubernetes::Import(*text, flags.node);
  if (!result.ok()) {
    return Refuse(session, absl::StrCat(flags.file, ": ", result.status().message()));
  }
  if (!result->issues.empty()) return Refuse(session, *result);

  const std::string config =
      result->node.has_value()
          ? absl::StrCat(kConfigTitle, "\n", wire::PrintTextproto(*result->node))
          : "";
  if (!flags.config_out.empty()) {
    const absl::Status written = WriteFile(flags.config_out, absl::StrCat("# ", config));
    if (!written.ok()) return Refuse(session, written.message());
  }
  Tell(session, *result);
  if (session.json) return session.PrintJson(result->snapshot);
  session.out << "# Imported from Kubernetes: " << PrintCounts(*result) << ".\n";
  if (!config.empty() && flags.config_out.empty()) session.out << AsComment(config);
  session.out << wire::PrintTextproto(result->snapshot);
  return kDone;
}

void AddKubernetes(CLI::App& import, Session& session, int& exit_code) {
  auto flags = std::make_shared<Flags>();
  CLI::App* command = import.add_subcommand(
      "kubernetes", "Print the snapshot of Services and EndpointSlices of Kubernetes");
  command->add_option("FILE", flags->file, "The objects; - for standard input")->required();
  CLI::Option* node = command->add_option(
      "--node", flags->node, "Also print the configuration of nftsvcd on this Node, as a comment");
  node->type_name("NAME");
  command->add_option("--config-out", flags->config_out, "Write that configuration to a file")
      ->type_name("FILE")
      ->needs(node);
  command->footer(kExamples);
  command->callback(
      [&session, &exit_code, flags] { exit_code = ImportKubernetes(session, *flags); });
}

}  // namespace

void AddImport(CLI::App& app, Session& session, int& exit_code) {
  CLI::App* import = app.add_subcommand("import", "Print the snapshot of what others keep");
  import->require_subcommand(1);
  AddKubernetes(*import, session, exit_code);
}

}  // namespace nftsvc::cli

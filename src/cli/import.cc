// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "src/cli/commands.h"
#include "src/cli/import_report.h"
#include "src/iptables/import.h"
#include "src/kubernetes/import.h"
#include "src/wire/textproto.h"

namespace nftsvc::cli {
namespace {

constexpr char kImportExamples[] =
    R"(Examples:
  kubectl get services,endpointslices,nodes -A -o json | nftsvc import kubernetes - | nftsvc push -
  iptables-save | nftsvc import iptables - >services.textproto
)";

constexpr char kImportKubernetesExamples[] =
    R"(FILE holds what kubectl prints as JSON: a list, an object, or several of these. From its Services and
EndpointSlices comes a snapshot that forwards as kube-proxy does. What is left out, and why, is told on standard
error.

Examples:
  kubectl get services,endpointslices -A -o json | nftsvc import kubernetes - | nftsvc push -
  kubectl get services,endpointslices,nodes -A -o json >objects.json
  nftsvc import kubernetes --node node-a --config-out nftsvcd.textproto objects.json >services.textproto
)";

constexpr char kConfigTitle[] = "Configuration of nftsvcd on this node, as its Node object has it:";

constexpr char kImportIptablesExamples[] =
    R"(FILE holds what iptables-save prints on a host with kube-proxy in its iptables mode, of IPv4, IPv6, or both
behind each other. What is left out or unclear is told on standard error, with the line.

Policies of LOCAL choose endpoints by the name of their node, which no rule has: give it with --node.

Examples:
  (iptables-save; ip6tables-save) | nftsvc import iptables --node node-a - >services.textproto
)";

struct ImportFlags {
  std::string file;
  std::string node;
  std::string config_out;
};

std::string PrintCounts(const kubernetes::ImportResult& result) {
  return PrintImportCounts(result.snapshot, result.ports, result.endpoints);
}

std::string AsComment(absl::string_view text) {
  return absl::StrCat("# ", absl::StrReplaceAll(absl::StripSuffix(text, "\n"), {{"\n", "\n# "}}),
                      "\n");
}

void Tell(Session& session, const kubernetes::ImportResult& result) {
  session.err << "imported: " << PrintCounts(result) << "\n";
  for (const kubernetes::Note& note : result.left_out) {
    TellNote(session, "left out", note.what, note.count, note.names);
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

int ImportKubernetes(Session& session, const ImportFlags& flags) {
  if (session.json && !flags.node.empty() && flags.config_out.empty()) {
    RefuseImport(session,
                 "JSON has no comments to put the Node's configuration in: give --config-out");
    return kUsage;
  }
  const absl::StatusOr<std::string> text = ReadInput(session, flags.file);
  if (!text.ok()) return RefuseImport(session, text.status().message());
  const absl::StatusOr<kubernetes::ImportResult> result = kubernetes::Import(*text, flags.node);
  if (!result.ok()) {
    return RefuseImport(session, absl::StrCat(flags.file, ": ", result.status().message()));
  }
  if (!result->issues.empty())
    return RefuseImport(session, "objects", result->issues, result->issues_left_off);

  const std::string config =
      result->node.has_value()
          ? absl::StrCat(kConfigTitle, "\n", wire::PrintTextproto(*result->node))
          : "";
  if (!flags.config_out.empty()) {
    const absl::Status written = WriteFile(flags.config_out, absl::StrCat("# ", config));
    if (!written.ok()) return RefuseImport(session, written.message());
  }
  Tell(session, *result);
  if (session.json) return session.PrintJson(result->snapshot);
  session.out << "# Imported from Kubernetes: " << PrintCounts(*result) << ".\n";
  if (!config.empty() && flags.config_out.empty()) session.out << AsComment(config);
  session.out << wire::PrintTextproto(result->snapshot);
  return kDone;
}

void Tell(Session& session, const iptables::ImportResult& result, const std::string& node) {
  session.err << "imported: " << PrintImportCounts(result.snapshot, result.ports, result.endpoints)
              << "\n";
  for (const iptables::ImportNote& note : result.notes) {
    TellNote(session, "note", note.what, note.count, note.places);
  }
  if (!result.has_filter) {
    session.Warn(
        "there is a nat table without a filter table, so services without endpoints are not "
        "known, nor health checks");
  }
  if (result.local_services > 0 && node.empty()) {
    session.Warn(absl::StrCat(Count(result.local_services, "service"),
                              " with a policy of LOCAL: give --node, or they find no endpoints"));
  }
}

int ImportIptables(Session& session, const ImportFlags& flags) {
  const absl::StatusOr<std::string> text = ReadInput(session, flags.file);
  if (!text.ok()) return RefuseImport(session, text.status().message());
  const absl::StatusOr<iptables::ImportResult> result = iptables::Import(*text, flags.node);
  if (!result.ok()) {
    return RefuseImport(session, absl::StrCat(flags.file, ": ", result.status().message()));
  }
  if (!result->issues.empty()) {
    return RefuseImport(session, "rules", result->issues, result->issues_left_off);
  }
  Tell(session, *result, flags.node);
  if (session.json) return session.PrintJson(result->snapshot);
  session.out << "# Imported from iptables: "
              << PrintImportCounts(result->snapshot, result->ports, result->endpoints) << ".\n"
              << wire::PrintTextproto(result->snapshot);
  return kDone;
}

void AddFromKubernetes(CLI::App& import, Session& session, int& exit_code) {
  auto flags = std::make_shared<ImportFlags>();
  CLI::App* command = import.add_subcommand(
      "kubernetes", "Print the snapshot of Services and EndpointSlices of Kubernetes");
  command->add_option("FILE", flags->file, "The objects; - for standard input")->required();
  CLI::Option* node = command->add_option(
      "--node", flags->node, "Also print the configuration of nftsvcd on this Node, as a comment");
  node->type_name("NAME");
  command->add_option("--config-out", flags->config_out, "Write that configuration to a file")
      ->type_name("FILE")
      ->needs(node);
  command->footer(kImportKubernetesExamples);
  command->callback(
      [&session, &exit_code, flags] { exit_code = ImportKubernetes(session, *flags); });
}

void AddFromIptables(CLI::App& import, Session& session, int& exit_code) {
  auto flags = std::make_shared<ImportFlags>();
  CLI::App* command = import.add_subcommand(
      "iptables", "Print the snapshot of the rules that kube-proxy made for iptables");
  command->add_option("FILE", flags->file, "The saved rules; - for standard input")->required();
  command->add_option("--node", flags->node, "The name of the host that the rules are from")
      ->type_name("NAME");
  command->footer(kImportIptablesExamples);
  command->callback([&session, &exit_code, flags] { exit_code = ImportIptables(session, *flags); });
}

}  // namespace

void AddImport(CLI::App& app, Session& session, int& exit_code) {
  CLI::App* import = app.add_subcommand("import", "Print the snapshot of what others keep");
  import->footer(kImportExamples);
  import->require_subcommand(1);
  AddFromKubernetes(*import, session, exit_code);
  AddFromIptables(*import, session, exit_code);
}

}  // namespace nftsvc::cli

// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>

#include "src/cli/commands.h"
#include "src/cli/doctor_checks.h"
#include "src/cli/doctor_facts.h"

namespace nftsvc::cli {
namespace {

constexpr char kDoctorExamples[] =
    R"(Looks at what services need of this host and at what gets in their way: the daemon, the kernel's features (by a
dry run), sysctls, conntrack, kube-proxy, IPVS, firewalld, Docker, others' chains that drop or translate, and
listeners that make commits slow. Says of each finding what to do. Changes nothing.

As root it sees all. Exit code 1 if something is broken.

Examples:
  nftsvc doctor
  nftsvc doctor --output json | jq '.findings[] | select(.severity == "BROKEN")'
)";

int RunDoctor(Session& session) {
  const v1::DoctorReport report = Diagnose(CollectFacts(session));
  if (session.json) {
    session.PrintJson(report);
  } else {
    session.out << RenderReport(report, session.out_style);
  }
  return IsAnythingBroken(report) ? kFailed : kDone;
}

}  // namespace

void AddDoctor(CLI::App& app, Session& session, int& exit_code) {
  CLI::App* command =
      app.add_subcommand("doctor", "Check this host, and say what is wrong and what to do");
  command->footer(kDoctorExamples);
  command->callback([&session, &exit_code] { exit_code = RunDoctor(session); });
}

}  // namespace nftsvc::cli

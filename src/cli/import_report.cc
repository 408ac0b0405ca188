// SPDX-License-Identifier: Apache-2.0
#include "src/cli/import_report.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "src/wire/issue_codec.h"

namespace nftsvc::cli {
namespace {

int Refuse(Session& session, const v1::Error& error) {
  session.out << (session.json ? "{\"error\": \"nothing was imported\"}\n"
                               : "error: \"nothing was imported\"\n");
  return session.Report(error);
}

}  // namespace

std::string PrintImportCounts(const v1::Snapshot& snapshot, size_t ports, size_t endpoints) {
  return absl::StrCat(Count(static_cast<uint64_t>(snapshot.services_size()), "service"), ", ",
                      Count(ports, "port"), ", ", Count(endpoints, "endpoint"));
}

void TellNote(Session& session, absl::string_view prefix, absl::string_view what, size_t count,
              const std::vector<std::string>& names) {
  session.err << prefix << ": " << what << ": " << count;
  if (!names.empty()) {
    const bool all = names.size() == count;
    session.err << " (" << absl::StrJoin(names, ", ") << (all ? ")" : ", ...)");
  }
  session.err << "\n";
}

int RefuseImport(Session& session, absl::string_view message) {
  v1::Error error;
  error.set_message(std::string(message));
  return Refuse(session, error);
}

int RefuseImport(Session& session, absl::string_view imported, const model::Issues& issues,
                 size_t issues_left_off) {
  v1::Error error;
  error.set_code(v1::Error::INVALID);
  for (const model::Issue& issue : issues) *error.add_issues() = wire::EncodeIssue(issue);
  error.set_issues_left_off(static_cast<uint32_t>(issues_left_off));
  error.set_message(
      absl::StrCat("import ", imported, ": ", Count(issues.size() + issues_left_off, "mistake")));
  return Refuse(session, error);
}

}  // namespace nftsvc::cli

// SPDX-License-Identifier: Apache-2.0
#include "src/daemon/stderr_log.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace nftsvc::daemon {
namespace {

absl::string_view Word(base::Severity severity) {
  switch (severity) {
    case base::Severity::kError:
      return "error: ";
    case base::Severity::kWarning:
      return "warning: ";
    default:
      return "";
  }
}

// systemd says in JOURNAL_STREAM which file, as "device:inode", it connected to the journal; a
// shell may have redirected standard error since (systemd.exec(5)).
bool IsStderrJournal() {
  const char* stream = getenv("JOURNAL_STREAM");
  struct stat found;
  if (stream == nullptr || fstat(STDERR_FILENO, &found) != 0) return false;
  return stream == absl::StrCat(found.st_dev, ":", found.st_ino);
}

}  // namespace

base::Log StderrLog(bool verbose) {
  return
      [verbose, to_journal = IsStderrJournal()](base::Severity severity, absl::string_view text) {
        if (severity == base::Severity::kDebug && !verbose) return;
        const std::string line = FormatLogLine(severity, text, to_journal, absl::Now());
        // One write, so that lines of several processes do not mix. There is nobody to tell of
        // failure.
        [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, line.data(), line.size());
      };
}

std::string FormatLogLine(base::Severity severity, absl::string_view text, bool to_journal,
                          absl::Time now) {
  std::string line =
      to_journal
          ? absl::StrCat("<", static_cast<int>(severity), ">")
          : absl::StrCat(absl::FormatTime("%Y-%m-%d %H:%M:%E3S ", now, absl::LocalTimeZone()),
                         Word(severity));
  const size_t start = line.size();
  absl::StrAppend(&line, text);
  std::replace_if(
      line.begin() + static_cast<std::ptrdiff_t>(start), line.end(),
      [](char c) { return absl::ascii_iscntrl(c); }, '?');
  line.push_back('\n');
  return line;
}

}  // namespace nftsvc::daemon

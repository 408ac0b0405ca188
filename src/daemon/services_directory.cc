// SPDX-License-Identifier: Apache-2.0
#include "src/daemon/services_directory.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "src/base/status_macros.h"
#include "src/control/system_error.h"
#include "src/control/unique_fd.h"

namespace nftsvc::daemon {
namespace {

// As the largest message of a client.
constexpr size_t kMaxFileBytes = size_t{256} << 20;

struct DirCloser {
  void operator()(DIR* directory) const { closedir(directory); }
};

// Editors leave others behind: "web.textproto~", ".web.textproto.swp".
bool IsServicesFile(absl::string_view name) {
  const auto is_fine = [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || absl::StrContains("._-", c);
  };
  return !absl::StartsWith(name, ".") && std::all_of(name.begin(), name.end(), is_fine) &&
         (absl::EndsWith(name, ".textproto") || absl::EndsWith(name, ".json"));
}

absl::StatusOr<std::string> ReadServicesFile(const std::string& path) {
  const auto failure = [&] { return control::SystemError(errno, absl::StrCat("read ", path)); };
  // A pipe must not hold up the loop.
  const control::UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat facts = {};
  if (!fd.is_open() || fstat(fd.get(), &facts) != 0) return failure();
  if (!S_ISREG(facts.st_mode)) {
    return absl::FailedPreconditionError(absl::StrCat("read ", path, ": not a regular file"));
  }
  std::string text;
  std::array<char, 1 << 16> part;
  ssize_t count;
  while ((count = read(fd.get(), part.data(), part.size())) > 0) {
    text.append(part.data(), static_cast<size_t>(count));
    if (text.size() <= kMaxFileBytes) continue;
    return absl::FailedPreconditionError(
        absl::StrCat("read ", path, ": larger than ", kMaxFileBytes, " bytes"));
  }
  if (count < 0) return failure();
  return text;
}

}  // namespace

absl::StatusOr<std::vector<ServicesFile>> ReadServicesDirectory(const std::string& directory) {
  std::vector<ServicesFile> files;
  const std::unique_ptr<DIR, DirCloser> listing(opendir(directory.c_str()));
  if (listing == nullptr && errno == ENOENT) return files;
  if (listing == nullptr) return control::SystemError(errno, absl::StrCat("list ", directory));
  errno = 0;
  while (const dirent* entry = readdir(listing.get())) {
    if (IsServicesFile(entry->d_name)) files.push_back({.name = entry->d_name});
  }
  if (errno != 0) return control::SystemError(errno, absl::StrCat("list ", directory));
  std::sort(files.begin(), files.end(),
            [](const ServicesFile& a, const ServicesFile& b) { return a.name < b.name; });
  for (ServicesFile& file : files) {
    absl::StatusOr<std::string> text = ReadServicesFile(absl::StrCat(directory, "/", file.name));
    if (text.ok()) {
      file.text = *std::move(text);
    } else {
      file.failure = std::string(text.status().message());
    }
  }
  return files;
}

}  // namespace nftsvc::daemon

// SPDX-License-Identifier: Apache-2.0
#include "src/xtables/run_program.h"

#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "absl/strings/str_cat.h"

namespace nftsvc::xtables {
namespace {

// Files rather than pipes: nobody has to read while somebody else writes. They are in memory: a
// daemon may have no other place to write to.
using File = std::unique_ptr<FILE, int (*)(FILE*)>;

absl::Status Failure(int error, absl::string_view what) {
  const std::string message = absl::StrCat(what, ": ", strerror(error));
  return error == ENOENT ? absl::NotFoundError(message) : absl::UnknownError(message);
}

absl::StatusOr<File> FileWith(const std::string& text) {
  const int fd = memfd_create("nftsvc", MFD_CLOEXEC);
  File file(fd < 0 ? nullptr : fdopen(fd, "w+"), &std::fclose);
  if (file == nullptr || std::fwrite(text.data(), 1, text.size(), file.get()) != text.size() ||
      std::fflush(file.get()) != 0) {
    return Failure(errno, "write temporary file");
  }
  std::rewind(file.get());
  return file;
}

std::string TextOf(FILE* file) {
  std::rewind(file);
  std::string text;
  std::array<char, 65536> part;
  while (const size_t count = std::fread(part.data(), 1, part.size(), file)) {
    text.append(part.data(), count);
  }
  return text;
}

// Spawns with these three as standard input, output and error.
absl::StatusOr<pid_t> Spawn(const std::vector<std::string>& arguments,
                            const std::array<File, 3>& files) {
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  for (int fd = 0; fd < 3; ++fd) {
    posix_spawn_file_actions_adddup2(&actions, fileno(files[static_cast<size_t>(fd)].get()), fd);
  }
  // Which signals we ignore or block is not for the program to inherit.
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t signals;
  sigemptyset(&signals);
  posix_spawnattr_setsigmask(&attributes, &signals);
  sigaddset(&signals, SIGPIPE);
  posix_spawnattr_setsigdefault(&attributes, &signals);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  pid_t pid = 0;
  const int error = posix_spawnp(&pid, argv[0], &actions, &attributes, argv.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return Failure(error, absl::StrCat("run ", arguments.front()));
  return pid;
}

}  // namespace

absl::StatusOr<ProgramResult> RunProgram(const std::vector<std::string>& arguments,
                                         const std::string& in) {
  std::array<File, 3> files = {File(nullptr, &std::fclose), File(nullptr, &std::fclose),
                               File(nullptr, &std::fclose)};
  for (File& file : files) {
    absl::StatusOr<File> made = FileWith(&file == &files[0] ? in : "");
    if (!made.ok()) return made.status();
    file = *std::move(made);
  }
  const absl::StatusOr<pid_t> pid = Spawn(arguments, files);
  if (!pid.ok()) return pid.status();
  int status = 0;
  while (waitpid(*pid, &status, 0) < 0) {
    if (errno != EINTR) return Failure(errno, absl::StrCat("wait for ", arguments.front()));
  }
  return ProgramResult{
      .exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
      .out = TextOf(files[1].get()),
      .err = TextOf(files[2].get())};
}

}  // namespace nftsvc::xtables

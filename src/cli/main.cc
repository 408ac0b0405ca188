// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <functional>
#include <iostream>

#include "src/cli/commands.h"
#include "src/cli/session.h"
#include "src/control/client.h"

namespace {

absl::StatusOr<nftsvc::v1::Response> CallDaemon(const std::string& socket,
                                                nftsvc::v1::Request request) {
  absl::StatusOr<nftsvc::control::Client> client = nftsvc::control::Client::Connect(socket);
  if (!client.ok()) return client.status();
  return client->Call(std::move(request));
}

absl::Status ListenToDaemon(const std::string& socket, nftsvc::v1::Request request,
                            const std::function<bool(const nftsvc::v1::Response&)>& each) {
  absl::StatusOr<nftsvc::control::Client> client = nftsvc::control::Client::Connect(socket);
  if (!client.ok()) return client.status();
  absl::StatusOr<nftsvc::v1::Response> response = client->Call(std::move(request));
  while (response.ok() && each(*response)) response = client->Next();
  return response.status();
}

}  // namespace

int main(int argc, char** argv) {
  nftsvc::cli::Session session{
      .in = std::cin,
      .out = std::cout,
      .err = std::cerr,
      .call = CallDaemon,
      .out_style = nftsvc::cli::Style::For(STDOUT_FILENO),
      .err_style = nftsvc::cli::Style::For(STDERR_FILENO),
      .shows_progress = isatty(STDERR_FILENO) == 1,
      .out_is_terminal = isatty(STDOUT_FILENO) == 1,
      .stream = ListenToDaemon,
  };
  const int exit_code = nftsvc::cli::Run({argv + 1, argv + argc}, session);
  // A full disk or a closed pipe is a failure like any other.
  std::cout.flush();
  return exit_code == nftsvc::cli::kDone && !std::cout ? int{nftsvc::cli::kFailed} : exit_code;
}

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "google/protobuf/text_format.h"
#include "src/cli/commands.h"
#include "src/cli/session.h"

namespace nftsvc::cli {

// `nftsvc` run with a daemon that gives one answer.
//
//   CliRun run("list { services { service: \"default/web\" } }", {"list"});
//   EXPECT_EQ(run.out, ...);
struct CliRun {
  // `answer` is a Response as textproto. `in` stands for standard input.
  CliRun(const std::string& answer, const std::vector<std::string>& arguments,
         const std::string& in = "")
      : CliRun(Parse(answer), arguments, in) {}

  CliRun(const absl::StatusOr<v1::Response>& answer, const std::vector<std::string>& arguments,
         const std::string& input = "") {
    std::istringstream in(input);
    std::ostringstream out_stream, err_stream;
    Session session{.in = in,
                    .out = out_stream,
                    .err = err_stream,
                    .call = [&](const std::string& path, v1::Request asked) {
                      socket = path;
                      request = std::move(asked);
                      ++requests;
                      return answer;
                    }};
    code = Run(arguments, session);
    out = out_stream.str();
    err = err_stream.str();
  }

  static v1::Response Parse(const std::string& text) {
    v1::Response response;
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &response)) << text;
    return response;
  }

  int code = -1;
  std::string out;
  std::string err;

  // What the daemon got.
  int requests = 0;
  std::string socket;
  v1::Request request;
};

}  // namespace nftsvc::cli

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nftsvc/v1/snapshot.pb.h"
#include "src/model/validate.h"
#include "src/wire/snapshot_codec.h"
#include "src/wire/textproto.h"

// Stories of a snapshot in textproto and what becomes of it.
namespace nftsvc::wire {

inline v1::Snapshot Read(absl::string_view textproto) {
  v1::Snapshot message;
  const absl::Status status = ParseTextproto(textproto, message);
  EXPECT_TRUE(status.ok()) << status << "\n" << textproto;
  return message;
}

inline model::Validation Validate(
    const v1::Snapshot& message, const model::Snapshot& current = {},
    model::Validator::Refuse refuse = model::Validator::Refuse::kAll) {
  model::Validator validator(current, model::Validator::Scope::kSnapshot, refuse);
  Upsert(message, validator);
  return std::move(validator).Finish();
}

inline std::vector<std::string> Printed(const model::Issues& issues) {
  std::vector<std::string> lines;
  for (const model::Issue& issue : issues) lines.push_back(issue.ToString());
  return lines;
}

inline std::vector<std::string> IssuesOf(absl::string_view textproto) {
  return Printed(Validate(Read(textproto)).issues);
}

// The accepted snapshot; fails the test if there are issues.
inline model::Snapshot Accepted(const v1::Snapshot& message) {
  const model::Validation validation = Validate(message);
  EXPECT_THAT(Printed(validation.issues), testing::IsEmpty());
  model::Snapshot snapshot;
  snapshot.Apply(validation.changes);
  return snapshot;
}

// What `get` gives back of a snapshot that a client pushed.
inline std::string Canonical(absl::string_view textproto) {
  return PrintTextproto(EncodeSnapshot(Accepted(Read(textproto))));
}

}  // namespace nftsvc::wire

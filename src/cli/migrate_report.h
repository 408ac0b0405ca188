// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <google/protobuf/struct.pb.h>

#include <string>

#include "absl/strings/string_view.h"
#include "src/cli/session.h"

namespace nftsvc::cli {

// What `nftsvc migrate` tells: lines for people, or, with --output json, one object when it is
// done:
//
//   {"direction": "forward", "executed": false, "services_added": 12, ..., "warnings": [],
//    "obstacles": []}
class MigrateReport {
 public:
  MigrateReport(Session& session, absl::string_view direction);
  MigrateReport(const MigrateReport&) = delete;

  // Prints the object.
  ~MigrateReport();

  // Not for JSON.
  void Line(absl::string_view text);

  void SetText(const std::string& field, absl::string_view value);
  void SetNumber(const std::string& field, double value);
  void SetFlag(const std::string& field, bool value);

  // To a list, which is there from the first one on.
  google::protobuf::Struct& Add(const std::string& list);
  void AddText(const std::string& list, absl::string_view text);

  // An empty list, if nothing is added.
  void StartList(const std::string& list);

 private:
  Session& session_;
  google::protobuf::Struct object_;
};

// A field of an object in a list.
void SetField(google::protobuf::Struct& object, const std::string& field, absl::string_view value);
void SetField(google::protobuf::Struct& object, const std::string& field, double value);

}  // namespace nftsvc::cli

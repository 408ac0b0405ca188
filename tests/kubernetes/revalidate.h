// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "nftsvc/v1/snapshot.pb.h"
#include "src/model/snapshot.h"
#include "src/model/validate.h"
#include "src/wire/snapshot_codec.h"
#include "src/wire/textproto.h"

namespace nftsvc::kubernetes {

// Whether an import can be held against an issue of the daemon's. What several services ask for
// together is not seen before the daemon has them all.
inline bool IsOfTheImport(const model::Issue& issue) {
  return !absl::StrContains(issue.message, " claims ") &&
         !absl::StrContains(issue.message, "brings the snapshot to ");
}

// What is wrong with an imported snapshot: that the daemon would not take it, or that what the
// daemon makes of it is not the same. Empty: nothing.
inline std::string WhatIsWrong(v1::Snapshot snapshot) {
  model::Snapshot validated;
  model::Validator validator(validated, model::Validator::Scope::kSnapshot,
                             model::Validator::Refuse::kInvalid);
  wire::Upsert(snapshot, validator);
  const model::Validation validation = std::move(validator).Finish();
  std::string wrong;
  for (const model::Issue& issue : validation.issues) {
    if (IsOfTheImport(issue)) absl::StrAppend(&wrong, issue.ToString(), "\n");
  }
  if (!wrong.empty()) return wrong;

  validated.Apply(validation.changes);
  auto& services = *snapshot.mutable_services();
  const auto is_refused = [&](const v1::Service& service) {
    return !validated.Find({.name_space = service.namespace_(), .name = service.name()});
  };
  services.erase(std::remove_if(services.begin(), services.end(), is_refused), services.end());
  const std::string imported = wire::PrintTextproto(snapshot);
  const std::string encoded = wire::PrintTextproto(wire::EncodeSnapshot(validated));
  if (imported != encoded) return absl::StrCat(imported, "is taken for\n", encoded);
  return "";
}

}  // namespace nftsvc::kubernetes

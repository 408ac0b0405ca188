// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "src/model/build_service.h"
#include "src/model/draft.h"
#include "src/model/issue.h"
#include "src/model/limits.h"
#include "src/model/snapshot.h"
#include "src/model/source.h"

namespace nftsvc::model {

// What a push would change, or why it may not. Empty `changes` without issues: nothing to do.
struct Validation {
  // Sorted by service name. Only services that differ from the current snapshot.
  std::vector<ServiceChange> changes;

  // At most kMaxIssues, in the client's order; issues_left_off counts the rest.
  Issues issues;
  size_t issues_left_off = 0;
};

// Checks what a client sent against every rule of a snapshot and against the current one, one
// service at a time, so that a big push is never held twice.
//
//   Validator validator(current, Validator::Scope::kSnapshot, Validator::Refuse::kAll);
//   for (...) validator.Upsert(draft, absl::StrCat("services[", i, "]"));
//   Validation validation = std::move(validator).Finish();
//
// It finds *all* mistakes of each service, and conflicts between services: one name twice, one
// frontend claimed by two (both are named). With Refuse::kAll any issue empties `changes`; with
// Refuse::kInvalid the services without issues go ahead, those with issues stay as they are in the
// current snapshot (or stay out), and of two that claim one frontend the one that holds it now, or
// else the one that came first, keeps it. Of two with one name neither goes ahead. One whose name
// cannot be read is nobody's: with kSnapshot, a service that it was meant for counts as not named.
class Validator {
 public:
  enum class Scope {
    kSnapshot,  // what is not named is removed
    kDelta,     // what is not named stays
  };
  enum class Refuse { kAll, kInvalid };

  // `current` must outlive the validator and stay unchanged. Only services of the sources `own` can
  // change; those of others stay, with their names and frontends. None: everybody's can.
  Validator(const Snapshot& current, Scope scope, Refuse refuse, std::optional<Sources> own = {});
  ~Validator();

  // `path` names the service in issues. It will be of `source`, one of `own`. Returns what it will
  // be if the push is accepted, which is what the current snapshot has if that is equal; null if it
  // has mistakes of its own.
  ServicePtr Upsert(const ServiceDraft& draft, absl::string_view path,
                    const base::SharedText& source = {});

  // Upsert of a draft that BuildDraft has read already, by the same path.
  ServicePtr Upsert(BuiltService built, absl::string_view path, const base::SharedText& source);

  // Upsert of a draft that is known to make this service of the current snapshot, which is of
  // `own`.
  void Repeat(ServicePtr service, absl::string_view path);

  // Removes a service by its printed name "namespace/name"; one that does not exist is an issue.
  void Remove(absl::string_view service, absl::string_view path);

  // Whether there are so many mistakes, with any of which nothing goes ahead, that looking at more
  // services would only take time.
  bool is_hopeless() const;

  // A mistake outside of every service, such as a field of the snapshot that this version does not
  // know: nobody can tell what it should have changed, so it refuses everything.
  void Report(const Issue& issue);

  Validation Finish() &&;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace nftsvc::model

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "nftsvc/v1/snapshot.pb.h"
#include "src/cli/session.h"
#include "src/model/issue.h"

// What every `nftsvc import` says, whatever it imports from.
namespace nftsvc::cli {

// "3 services, 4 ports, 12 endpoints".
std::string PrintImportCounts(const v1::Snapshot& snapshot, size_t ports, size_t endpoints);

// "left out: headless services: 7 (default/a, default/b, ...)": one line on standard error. `names`
// are the first few of `count`, or none.
void TellNote(Session& session, absl::string_view prefix, absl::string_view what, size_t count,
              const std::vector<std::string>& names);

// Says why nothing is imported. In a pipe, `push` takes whatever comes, and nothing at all is the
// snapshot without services. So this also puts something there that is no snapshot in either
// format. Returns kFailed.
int RefuseImport(Session& session, absl::string_view message);

// `imported`: what the mistakes are in.
int RefuseImport(Session& session, absl::string_view imported, const model::Issues& issues,
                 size_t issues_left_off);

}  // namespace nftsvc::cli

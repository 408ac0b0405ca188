// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include "absl/container/btree_set.h"
#include "absl/strings/string_view.h"
#include "src/model/service.h"

// Who brings services. Each source has a snapshot of its own, which its next one replaces; all of
// them together are what is served. Names and frontends belong to the source that has them, until
// it gives them up: nobody takes a service away from another.
namespace nftsvc::model {

// Of pushes that name none.
inline constexpr absl::string_view kPushSource = "push";

// By printed name, as SourceOf gives it.
using Sources = absl::btree_set<std::string, std::less<>>;

// "push", "files/web.textproto".
absl::string_view SourceOf(const Service& service);

// Whether a push may call itself so: 1 to 63 characters of [a-z0-9._-], and not "files".
bool IsPushSource(absl::string_view text);

// The source that a file of the services directory is.
std::string FileSource(absl::string_view file);

// The file of such a source; empty for any other.
absl::string_view FileOfSource(absl::string_view source);

}  // namespace nftsvc::model

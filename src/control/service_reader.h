// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "src/base/shared_text.h"
#include "src/control/known_bytes.h"
#include "src/model/snapshot.h"
#include "src/model/validate.h"

namespace nftsvc::control {

// Has the services of a request validated, which are bytes yet: so that no more than one of them is
// held as a message by each processor, and without decoding those that were decoded before.
class ServiceReader {
 public:
  // `field` names the list in issues: "services". `current` is what the validator compares with.
  void Read(const std::vector<absl::string_view>& services, absl::string_view field,
            const base::SharedText& source, const model::Snapshot& current,
            model::Validator& validator);

  // So many services there are, now that the request is done.
  void Follow(size_t services) { known_.Follow(services); }

 private:
  bool ReadBlock(absl::Span<const absl::string_view> services, size_t first,
                 absl::string_view field, const base::SharedText& source,
                 const model::Snapshot& current, model::Validator& validator);

  KnownBytes known_;
};

}  // namespace nftsvc::control

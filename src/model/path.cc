// SPDX-License-Identifier: Apache-2.0
#include "src/model/path.h"

#include "absl/strings/str_cat.h"

namespace nftsvc::model {

std::string Path::LastStep() const {
  if (index_ == kNoIndex) return std::string(field_);
  return absl::StrCat(field_, "[", index_, "]");
}

std::string Path::ToString() const {
  if (parent_ == nullptr) return LastStep();
  std::string above = parent_->ToString();
  if (above.empty()) return LastStep();
  if (field_.empty()) return above;
  return absl::StrCat(above, ".", LastStep());
}

}  // namespace nftsvc::model

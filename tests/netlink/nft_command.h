// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "absl/strings/string_view.h"

// The nft program, as an independent witness: in the namespace of the test, on the rulesets that we
// make and on the texts that we print.
namespace nftsvc::netlink {

// What `nft ARGUMENTS` prints, errors included; starts with "FAILED" if it failed.
std::string Nft(absl::string_view arguments, absl::string_view standard_input = "");

// `nft -f`. Empty if it went well.
std::string Load(absl::string_view text);

// A listing with what two equal rulesets may differ in made equal: the order of a set's elements,
// and counts. (Handles are only listed on demand.)
std::string Normalized(absl::string_view listing);

// The expressions of all rules as nft decodes them from the kernel, a line each, under the names of
// their chains.
std::string Bytecode();

}  // namespace nftsvc::netlink

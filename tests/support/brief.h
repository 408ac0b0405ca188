// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "src/forwarding/decide.h"
#include "tests/support/nft_interpreter.h"

// What packets are and what becomes of them, in a line.
namespace nftsvc::testing {

std::string Brief(forwarding::Verdict verdict);  // "untouched", "forward", "reject", "drop"

// "forward to 10.0.0.2:80, masqueraded", or the verdict.
std::string Brief(const forwarding::Decision& decision);
std::string Brief(const Outcome& outcome);

// "packet from 10.0.0.9 through cbr0 to 10.96.0.1:80/tcp".
std::string Brief(const forwarding::Packet& packet);

}  // namespace nftsvc::testing

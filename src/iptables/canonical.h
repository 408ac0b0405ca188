// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "src/iptables/ruleset.h"

namespace nftsvc::iptables {

// A text that is the same for two spellings of one rule, such as what we write and what
// iptables-save makes of it:
//
//   -m tcp -p tcp -d 10.96.0.1 --dport 80 -j MARK --or-mark 0x00004000
//   -d 10.96.0.1/32 -p tcp -m tcp --dport 80 -j MARK --set-xmark 0x4000/0x4000
//
// Knows the options that our rules have; others are compared as they are written. For comparing,
// not for reading.
std::string Canonical(const Rule& rule);

// Where the rule jumps or goes to; empty if nowhere.
std::string TargetOf(const Rule& rule);

}  // namespace nftsvc::iptables

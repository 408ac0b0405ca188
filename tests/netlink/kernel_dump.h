// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "src/base/family.h"

namespace nftsvc::netlink {

// Attributes by type, their payloads in hexadecimal.
using RawObject = std::map<int, std::string>;

// What the kernel lists in answer to a dump request (NFT_MSG_GET…) about the table nftsvc, by name:
// the attribute `name` of each. Attributes in `ignored` are left out.
std::map<std::string, RawObject> DumpObjects(uint16_t type, base::Family family, int name,
                                             const std::vector<int>& ignored);

// The elements of a set of it, sorted, each the attributes that the kernel lists: type and payload
// in hexadecimal.
std::vector<std::string> DumpElements(base::Family family, const std::string& set);

std::string Hex(const uint8_t* bytes, size_t size);

}  // namespace nftsvc::netlink

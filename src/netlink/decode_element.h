// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "src/netlink/attributes.h"
#include "src/nft/element.h"
#include "src/nft/inventory.h"

// Elements, as the kernel lists them.
namespace nftsvc::netlink {

// Empty: the catch-all element. None: longer than any of ours.
std::optional<nft::Bytes> KeyOf(const Attributes& element);

// Zeros if it has none.
nft::Counter CounterOf(const Attributes& element);

// The element of a set that is declared as ours. None: it does not fit the declaration.
std::optional<nft::ElementInventory> DecodeElement(base::Family family, nft::SetId set,
                                                   const Attributes& element);

}  // namespace nftsvc::netlink

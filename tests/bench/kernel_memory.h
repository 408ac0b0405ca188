// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace nftsvc::bench {

// What the kernel has allocated for itself and cannot drop: small things and tables of buckets.
// Everybody's, so others on the machine disturb it.
double KernelBytes();

}  // namespace nftsvc::bench

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "absl/status/status.h"
#include "tests/support/fake_tables.h"

namespace nftsvc::testing {

// What the kernel checks at the end of a transaction (nf_tables_api.c: nf_tables_validate): from
// every base chain, along jumps, gotos and the elements of verdict maps, no path is deeper than 16,
// which no loop survives, and every statement is one that works at that hook.
absl::Status CheckHooks(const FakeTables& tables);

}  // namespace nftsvc::testing

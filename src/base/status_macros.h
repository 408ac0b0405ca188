// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "absl/status/status.h"
#include "absl/status/statusor.h"

// Debian 12's abseil (20220623) has no status macros; these are the only macros of the project.

#define NFTSVC_CONCAT_INNER(a, b) a##b
#define NFTSVC_CONCAT(a, b) NFTSVC_CONCAT_INNER(a, b)

// Leaves the function with the status of `expr` unless that is OK.
#define RETURN_IF_ERROR(expr)                            \
  do {                                                   \
    absl::Status status_to_return = (expr);              \
    if (!status_to_return.ok()) return status_to_return; \
  } while (false)

// ASSIGN_OR_RETURN(auto value, Compute()): the value, or leaves the function with the status.
#define ASSIGN_OR_RETURN(lhs, expr) \
  ASSIGN_OR_RETURN_INNER(NFTSVC_CONCAT(status_or_, __LINE__), lhs, expr)
#define ASSIGN_OR_RETURN_INNER(status_or, lhs, expr) \
  auto status_or = (expr);                           \
  if (!status_or.ok()) return status_or.status();    \
  lhs = *std::move(status_or)

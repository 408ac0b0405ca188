// SPDX-License-Identifier: Apache-2.0
#include "src/netlink/errno_status.h"

#include <cerrno>
#include <system_error>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace nftsvc::netlink {
namespace {

// The kernel's own ENOTSUPP (include/linux/errno.h), which leaks out of a few netfilter paths.
constexpr int kKernelNotSupported = 524;

}  // namespace

absl::StatusCode CodeOf(int error) {
  switch (error) {
    case EPERM:
    case EACCES:
      return absl::StatusCode::kPermissionDenied;
    case ENOENT:
      return absl::StatusCode::kNotFound;
    case EEXIST:
      return absl::StatusCode::kAlreadyExists;
    case EBUSY:      // still referenced
    case ENOTEMPTY:  // overlaps an element of an interval set
    case ELOOP:      // jumps go round in a circle
    case EMLINK:     // jumps too deep
      return absl::StatusCode::kFailedPrecondition;
    case ERESTART:
      return absl::StatusCode::kAborted;
    case ENOBUFS:  // when receiving: replies were lost, whatever they said
      return absl::StatusCode::kResourceExhausted;
    case EMSGSIZE:  // nothing was sent, so not kResourceExhausted, whose outcome is unknown
    case ENFILE:    // a set is full
    case EMFILE:    // a use counter is
    case E2BIG:
    case ENOSPC:
    case ERANGE:
    case EOVERFLOW:
    case ENAMETOOLONG:
      return absl::StatusCode::kOutOfRange;
    case EOPNOTSUPP:
    case EPROTONOSUPPORT:
    case EAFNOSUPPORT:
    case kKernelNotSupported:
      return absl::StatusCode::kUnimplemented;
    case ETIMEDOUT:
      return absl::StatusCode::kDeadlineExceeded;
    case ENOMEM:
    case EAGAIN:
    case EINTR:
      return absl::StatusCode::kUnavailable;
    default:  // EINVAL and the like: we said something wrong
      return absl::StatusCode::kInternal;
  }
}

std::string ErrnoText(int error) {
  switch (error) {
    case ERESTART:
      return "somebody else changed the kernel's ruleset meanwhile";
    case ENFILE:
      return "the set is full";
    case ENOBUFS:
      return "the kernel's replies were lost for lack of buffer space";
    case kKernelNotSupported:
      return "operation not supported";
    default:
      return absl::AsciiStrToLower(std::generic_category().message(error));
  }
}

absl::Status ErrnoStatus(int error, absl::string_view doing) {
  return absl::Status(CodeOf(error), absl::StrCat(doing, ": ", ErrnoText(error)));
}

absl::Status While(absl::string_view doing, const absl::Status& cause) {
  if (cause.ok()) return cause;
  return absl::Status(cause.code(), absl::StrCat(doing, ": ", cause.message()));
}

}  // namespace nftsvc::netlink

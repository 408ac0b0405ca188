/* SPDX-License-Identifier: Apache-2.0
 *
 * Preloaded into nftsvcd: counts its system calls and lets one of them go wrong, as a page shared with the
 * test says (faults.py has the other side of it). Other programs are left alone.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum action {
  KILL,         /* die before the call */
  KILL_HALF,    /* do half of it (a torn write), and die */
  FAIL,         /* do nothing, report `error` */
  DO_AND_FAIL,  /* do it, report `error` */
  HALF,         /* do half of it, and say so */
  ERROR_REPLY,  /* of netlink: what comes is an error message with `error` in place of what the kernel said */
  INTERRUPTED,  /* of netlink: what comes is marked as a dump that a commit has spoilt */
  CUT_SHORT,    /* of netlink: half of what comes is missing */
};

/* Calls that count, by bit of `mask`. */
enum call { READ, WRITE, SEND, RECEIVE, SYNC, NAME, OPEN, NETLINK_SEND, NETLINK_RECEIVE };

struct page {
  uint32_t left; /* calls until the fault, with it; 0: no fault is planned */
  uint32_t action;
  uint32_t error;
  uint32_t mask;
  uint32_t calls; /* that counted, since the program began */
  char at[20];    /* the call that the fault has hit; empty: none yet */
};

static struct page* page;

__attribute__((constructor)) static void begin(void) {
  const char* path = getenv("FAULT_PAGE");
  if (path == NULL || strcmp(program_invocation_short_name, "nftsvcd") != 0) return;
  int fd = open(path, O_RDWR | O_CLOEXEC);
  void* at = mmap(NULL, sizeof(struct page), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  if (at != MAP_FAILED) page = at;
}

/* Whether this is the call that goes wrong. */
static int is_hit(enum call call, const char* name) {
  if (page == NULL || (page->mask >> call & 1) == 0) return 0;
  ++page->calls;
  if (page->left == 0 || --page->left != 0) return 0;
  strncpy(page->at, name, sizeof(page->at) - 1);
  if (page->action == KILL) kill(getpid(), SIGKILL);
  return 1;
}

static int is_netlink(int fd) {
  int domain = 0;
  socklen_t size = sizeof(domain);
  return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 && domain == AF_NETLINK;
}

static enum call sending(int fd) { return is_netlink(fd) ? NETLINK_SEND : SEND; }
static enum call receiving(int fd) { return is_netlink(fd) ? NETLINK_RECEIVE : RECEIVE; }

static size_t size_at(int hit, size_t size) {
  return hit && (page->action == HALF || page->action == KILL_HALF) ? (size + 1) / 2 : size;
}

static ssize_t spoil_datagram(void* bytes, ssize_t size) {
  struct nlmsghdr* message = bytes;
  if (size < (ssize_t)sizeof(*message)) return size;
  if (page->action == INTERRUPTED) message->nlmsg_flags |= NLM_F_DUMP_INTR;
  if (page->action == CUT_SHORT) return size / 2;
  if (page->action != ERROR_REPLY) return size;
  struct nlmsgerr* error = NLMSG_DATA(message);
  error->error = -(int)page->error;
  error->msg = *message;
  message->nlmsg_type = NLMSG_ERROR;
  message->nlmsg_flags = 0;
  message->nlmsg_len = NLMSG_LENGTH(sizeof(*error));
  return message->nlmsg_len;
}

/* Behind the call, which gave `result`. */
static ssize_t finish(int hit, ssize_t result, void* datagram) {
  if (!hit) return result;
  if (page->action == KILL_HALF) kill(getpid(), SIGKILL);
  if (page->action == DO_AND_FAIL) {
    errno = (int)page->error;
    return -1;
  }
  return datagram != NULL && result > 0 ? spoil_datagram(datagram, result) : result;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

/* Defines a call; `bytes` is what a datagram of netlink comes into, and `size` what half of it is half of. */
#define CALL(type, name, parameters, kind, datagram, ...) \
  type name parameters {                                  \
    const int hit = is_hit(kind, #name);                  \
    if (hit && page->action == FAIL) {                    \
      errno = (int)page->error;                           \
      return -1;                                          \
    }                                                     \
    return (type)finish(hit, REAL(name)(__VA_ARGS__), datagram); \
  }

CALL(ssize_t, read, (int fd, void* bytes, size_t size), READ, NULL, fd, bytes, size_at(hit, size))
CALL(ssize_t, write, (int fd, const void* bytes, size_t size), WRITE, NULL, fd, bytes, size_at(hit, size))
CALL(ssize_t, pwrite, (int fd, const void* bytes, size_t size, off_t offset), WRITE, NULL, fd, bytes,
     size_at(hit, size), offset)
CALL(int, ftruncate, (int fd, off_t size), WRITE, NULL, fd, size)
CALL(int, fsync, (int fd), SYNC, NULL, fd)
CALL(int, fdatasync, (int fd), SYNC, NULL, fd)
CALL(int, rename, (const char* from, const char* to), NAME, NULL, from, to)
CALL(int, unlink, (const char* path), NAME, NULL, path)
CALL(ssize_t, send, (int fd, const void* bytes, size_t size, int flags), sending(fd), NULL, fd, bytes,
     size_at(hit && !is_netlink(fd), size), flags)
CALL(ssize_t, sendto,
     (int fd, const void* bytes, size_t size, int flags, const struct sockaddr* to, socklen_t to_size),
     sending(fd), NULL, fd, bytes, size, flags, to, to_size)
CALL(ssize_t, sendmsg, (int fd, const struct msghdr* message, int flags), sending(fd), NULL, fd, message, flags)
CALL(ssize_t, recv, (int fd, void* bytes, size_t size, int flags), receiving(fd), is_netlink(fd) ? bytes : NULL,
     fd, bytes, size_at(hit && !is_netlink(fd), size), flags)
CALL(ssize_t, recvfrom,
     (int fd, void* bytes, size_t size, int flags, struct sockaddr* from, socklen_t* from_size), receiving(fd),
     is_netlink(fd) ? bytes : NULL, fd, bytes, size, flags, from, from_size)
CALL(ssize_t, recvmsg, (int fd, struct msghdr* message, int flags), receiving(fd),
     is_netlink(fd) ? message->msg_iov[0].iov_base : NULL, fd, message, flags)

int open(const char* path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  const int mode = (flags & O_CREAT) != 0 ? va_arg(more, int) : 0;
  va_end(more);
  const int hit = is_hit(OPEN, "open");
  if (hit && page->action == FAIL) {
    errno = (int)page->error;
    return -1;
  }
  return (int)finish(hit, REAL(open)(path, flags, mode), NULL);
}

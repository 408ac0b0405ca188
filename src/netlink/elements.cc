// SPDX-License-Identifier: Apache-2.0
#include "src/netlink/elements.h"

#include <linux/netfilter/nf_tables.h>
#include <linux/netlink.h>

#include <algorithm>
#include <array>
#include <utility>

#include "src/base/parallel.h"
#include "src/base/status_macros.h"
#include "src/netlink/attributes.h"
#include "src/netlink/encode_element.h"
#include "src/netlink/request.h"

namespace nftsvc::netlink {
namespace {

// The kernel answers each key with a datagram of its own, and all those to one request must fit
// the receive buffer: at some 5 KiB each, these do even in the smallest (net.core.rmem_default).
constexpr size_t kKeysPerRequest = 32;

// A socket and a thread cost as much as asking for some hundred elements.
constexpr size_t kLeastOfPart = 2'000;

// The indices of the wanted elements of one set.
struct Group {
  base::Family family;
  nft::SetId set;
  std::vector<size_t> indices;
};

std::vector<Group> GroupBySet(const std::vector<nft::ElementKey>& elements) {
  std::array<std::array<std::vector<size_t>, nft::kSetCount>, 2> indices;
  for (size_t i = 0; i < elements.size(); ++i) {
    const nft::ElementKey& element = elements[i];
    indices[static_cast<size_t>(element.family)][static_cast<size_t>(element.set)].push_back(i);
  }
  std::vector<Group> groups;
  for (base::Family family : base::kFamilies) {
    for (nft::SetId set : nft::AllSets()) {
      std::vector<size_t>& here = indices[static_cast<size_t>(family)][static_cast<size_t>(set)];
      if (!here.empty()) groups.push_back({family, set, std::move(here)});
    }
  }
  return groups;
}

// Answers come in the order of the keys and end at the first that the kernel lacks.
absl::Status ReadPart(Socket& socket, const Group& group, size_t next, size_t part_end,
                      const std::vector<nft::ElementKey>& elements, absl::string_view doing,
                      absl::FunctionRef<void(size_t, const Attributes&)> found) {
  const std::vector<size_t>& indices = group.indices;
  while (next < part_end) {
    const size_t end = std::min(next + kKeysPerRequest, part_end);
    Request request(NFT_MSG_GETSETELEM, 0, group.family);
    ElementList list(request.message(), nft::DeclarationOf(group.set).name);
    for (size_t i = next; i < end; ++i) list.PutKey(elements[indices[i]], {});
    list.Close();
    const absl::Status status = request.Ask(socket, doing, [&](const nlmsghdr& message) {
      const Attributes answer(message);
      ForEachNested(answer.Find(NFTA_SET_ELEM_LIST_ELEMENTS), [&](const nlattr* element) {
        if (next < end) found(indices[next++], Attributes(element));
      });
    });
    if (absl::IsNotFound(status) && next < end) {
      ++next;
    } else {
      RETURN_IF_ERROR(status);
    }
  }
  return absl::OkStatus();
}

// The kernel works on each request within the call that sends it, and on those of several sockets
// at the same time.
absl::Status ReadGroup(Socket& socket, const Group& group,
                       const std::vector<nft::ElementKey>& elements, absl::string_view doing,
                       absl::FunctionRef<void(size_t, const Attributes&)> found) {
  const size_t count = group.indices.size();
  std::vector<Socket> more;
  for (size_t parts = base::PartsFor(count, kLeastOfPart); more.size() + 1 < parts;) {
    absl::StatusOr<Socket> another = Socket::Open();
    if (!another.ok()) break;
    more.push_back(*std::move(another));
  }
  std::vector<absl::Status> statuses(more.size() + 1);
  base::InParts(statuses.size(), count, [&](size_t part, size_t begin, size_t end) {
    Socket& mine = part == 0 ? socket : more[part - 1];
    statuses[part] = ReadPart(mine, group, begin, end, elements, doing, found);
  });
  for (const absl::Status& status : statuses) RETURN_IF_ERROR(status);
  return absl::OkStatus();
}

}  // namespace

absl::Status ReadElements(Socket& socket, const std::vector<nft::ElementKey>& elements,
                          absl::string_view doing,
                          absl::FunctionRef<void(size_t, const Attributes&)> found) {
  for (const Group& group : GroupBySet(elements)) {
    RETURN_IF_ERROR(ReadGroup(socket, group, elements, doing, found));
  }
  return absl::OkStatus();
}

}  // namespace nftsvc::netlink

// SPDX-License-Identifier: Apache-2.0
#include "src/netlink/counters.h"

#include <linux/netfilter/nf_tables.h>
#include <linux/netlink.h>

#include <array>
#include <optional>

#include "absl/container/flat_hash_map.h"
#include "src/base/status_macros.h"
#include "src/netlink/attributes.h"
#include "src/netlink/decode_element.h"
#include "src/netlink/encode_element.h"
#include "src/netlink/message.h"
#include "src/netlink/request.h"

namespace nftsvc::netlink {
namespace {

constexpr char kReadCounters[] = "read counters";

// The kernel answers a key with a datagram of its own, and all those to one request must fit the
// receive buffer: at some 5 KiB each, these do even in the smallest (net.core.rmem_default).
constexpr size_t kKeysPerRequest = 32;

// An element asked for by its key costs about ten times as much as one in a list of all, and large
// sets have some hundred thousand.
constexpr size_t kFewKeys = 10'000;

// A listing that another commit spoils is tried again.
constexpr int kAttempts = 10;

// The indices of the wanted elements of one set.
struct Group {
  base::Family family;
  nft::SetId set;
  std::vector<size_t> indices;
};

class CounterReader {
 public:
  CounterReader(Socket& socket, const std::vector<nft::ElementKey>& elements)
      : socket_(socket), elements_(elements), counters_(elements.size()) {}

  absl::Status Read(const Group& group) {
    const absl::Status status =
        group.indices.size() <= kFewKeys ? AskByKey(group) : AskForAll(group);
    // The set is not there, or its table.
    return absl::IsNotFound(status) ? absl::OkStatus() : status;
  }

  std::vector<nft::Counter> Take() { return std::move(counters_); }

 private:
  // Answers come in the order of the keys and end at the first that the kernel lacks.
  absl::Status AskByKey(const Group& group) {
    const std::vector<size_t>& indices = group.indices;
    for (size_t next = 0; next < indices.size();) {
      const size_t end = std::min(next + kKeysPerRequest, indices.size());
      Request request(NFT_MSG_GETSETELEM, 0, group.family);
      ElementList list(request.message(), group.set);
      for (size_t i = next; i < end; ++i) list.PutKey(elements_[indices[i]], {});
      list.Close();
      const absl::Status status = request.Ask(socket_, kReadCounters, [&](const nlmsghdr& message) {
        ForEachNested(Attributes(message).Find(NFTA_SET_ELEM_LIST_ELEMENTS),
                      [&](const nlattr* element) {
                        if (next < end) counters_[indices[next++]] = CounterOf(Attributes(element));
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

  absl::Status AskForAll(const Group& group) {
    absl::flat_hash_map<nft::Bytes, nft::Counter> wanted;
    for (size_t index : group.indices) wanted[elements_[index].key] = {};
    Request request(NFT_MSG_GETSETELEM, NLM_F_DUMP, group.family);
    ElementList(request.message(), group.set).Close();
    absl::Status status;
    for (int i = 0; i < kAttempts; ++i) {
      status = request.Ask(socket_, kReadCounters, [&](const nlmsghdr& message) {
        ForEachNested(Attributes(message).Find(NFTA_SET_ELEM_LIST_ELEMENTS),
                      [&](const nlattr* element) {
                        const std::optional<nft::Bytes> key = KeyOf(Attributes(element));
                        if (!key.has_value()) return;
                        const auto found = wanted.find(*key);
                        if (found != wanted.end()) found->second = CounterOf(Attributes(element));
                      });
      });
      if (!absl::IsAborted(status)) break;
    }
    for (size_t index : group.indices) counters_[index] = wanted[elements_[index].key];
    return status;
  }

  Socket& socket_;
  const std::vector<nft::ElementKey>& elements_;
  std::vector<nft::Counter> counters_;
};

std::vector<Group> GroupBySet(const std::vector<nft::ElementKey>& elements) {
  std::array<std::array<Group, nft::kSetCount>, 2> groups{};
  for (size_t i = 0; i < elements.size(); ++i) {
    const nft::ElementKey& element = elements[i];
    Group& group = groups[static_cast<size_t>(element.family)][static_cast<size_t>(element.set)];
    group.family = element.family;
    group.set = element.set;
    group.indices.push_back(i);
  }
  std::vector<Group> used;
  for (auto& of_family : groups) {
    for (Group& group : of_family) {
      if (!group.indices.empty()) used.push_back(std::move(group));
    }
  }
  return used;
}

}  // namespace

absl::StatusOr<std::vector<nft::Counter>> ReadElementCounters(
    Socket& socket, const std::vector<nft::ElementKey>& elements) {
  CounterReader reader(socket, elements);
  for (const Group& group : GroupBySet(elements)) RETURN_IF_ERROR(reader.Read(group));
  return reader.Take();
}

}  // namespace nftsvc::netlink

// SPDX-License-Identifier: Apache-2.0
#include "tests/netlink/kernel_dump.h"

#include <gtest/gtest.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nf_tables.h>

#include <algorithm>
#include <iterator>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "src/netlink/attributes.h"
#include "src/netlink/message.h"
#include "src/netlink/request.h"

namespace nftsvc::netlink {
namespace {

std::string PayloadHex(const nlattr* attribute) {
  return Hex(static_cast<const uint8_t*>(mnl_attr_get_payload(attribute)),
             mnl_attr_get_payload_len(attribute));
}

void Append(const nlattr* attribute, std::string& text) {
  absl::StrAppend(&text, mnl_attr_get_type(attribute), ":", PayloadHex(attribute), " ");
}

// Processors that want it have counters aligned, by pads that depend on what stands before them.
// They are left out.
std::string ElementHex(const nlattr* element) {
  std::string text;
  ForEachNested(element, [&](const nlattr* part) {
    if (mnl_attr_get_type(part) != NFTA_SET_ELEM_EXPR) return Append(part, text);
    ForEachNested(part, [&](const nlattr* of_counter) {
      if (mnl_attr_get_type(of_counter) != NFTA_EXPR_DATA) return Append(of_counter, text);
      ForEachNested(of_counter, [&](const nlattr* value) {
        if (mnl_attr_get_type(value) != NFTA_COUNTER_PAD) Append(value, text);
      });
    });
  });
  return text;
}

// Lists over a socket of its own.
void Dump(Request& request, absl::FunctionRef<void(const nlmsghdr&)> each) {
  absl::StatusOr<Socket> socket = Socket::Open();
  ASSERT_TRUE(socket.ok()) << socket.status();
  const absl::Status status = request.Ask(*socket, "dump", each);
  EXPECT_TRUE(status.ok()) << status;
}

}  // namespace

std::string Hex(const uint8_t* bytes, size_t size) {
  return absl::BytesToHexString(absl::string_view(reinterpret_cast<const char*>(bytes), size));
}

std::map<std::string, RawObject> DumpObjects(uint16_t type, base::Family family, int name,
                                             const std::vector<int>& ignored) {
  std::map<std::string, RawObject> objects;
  Request request(type, NLM_F_DUMP, family);
  PutString(request.message(), NFTA_TABLE_NAME, "nftsvc");
  Dump(request, [&](const nlmsghdr& message) {
    const Attributes attributes(message);
    RawObject& object = objects[std::string(attributes.String(name))];
    for (int attribute = 0; attribute < 32; ++attribute) {
      if (!attributes.Has(attribute) || std::count(ignored.begin(), ignored.end(), attribute) > 0) {
        continue;
      }
      object[attribute] = PayloadHex(attributes.Find(attribute));
    }
  });
  return objects;
}

std::vector<std::string> DumpElements(base::Family family, const std::string& set) {
  std::vector<std::string> elements;
  Request request(NFT_MSG_GETSETELEM, NLM_F_DUMP, family);
  PutString(request.message(), NFTA_SET_ELEM_LIST_TABLE, "nftsvc");
  PutString(request.message(), NFTA_SET_ELEM_LIST_SET, set);
  Dump(request, [&](const nlmsghdr& message) {
    ForEachNested(Attributes(message).Find(NFTA_SET_ELEM_LIST_ELEMENTS),
                  [&](const nlattr* element) { elements.push_back(ElementHex(element)); });
  });
  std::sort(elements.begin(), elements.end());
  return elements;
}

}  // namespace nftsvc::netlink

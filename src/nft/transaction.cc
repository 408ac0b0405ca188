// SPDX-License-Identifier: Apache-2.0
#include "src/nft/transaction.h"

#include "absl/strings/str_cat.h"
#include "src/base/printable.h"
#include "src/nft/ruleset.h"

namespace nftsvc::nft {
namespace {

std::string In(base::Family family) {
  return absl::StrCat(family == base::Family::kIPv4 ? " ip " : " ip6 ", kTableName);
}

// One overload for each kind of operation. What is deleted or flushed may be somebody else's, and
// the kernel takes any bytes for its name.
struct OperationPrinter {
  std::string operator()(const AddTable& op) const {
    return absl::StrCat("add table", In(op.family), " { ",
                        op.exclusive ? "flags owner,persist; " : "", "comment \"", kTableComment,
                        "\"; }");
  }
  std::string operator()(const DeleteTable& op) const {
    return absl::StrCat("delete table", In(op.family));
  }
  std::string operator()(const AddChain& op) const {
    return absl::StrCat("add chain", In(op.family), " ", op.name,
                        op.hook.has_value() ? absl::StrCat(" { ", PrintHook(*op.hook), " }") : "");
  }
  std::string operator()(const DeleteChain& op) const {
    return absl::StrCat("delete chain", In(op.family), " ", base::Printable(op.name));
  }
  std::string operator()(const FlushChain& op) const {
    return absl::StrCat("flush chain", In(op.family), " ", base::Printable(op.name));
  }
  std::string operator()(const AddRule& op) const {
    return absl::StrCat("add rule", In(op.family), " ", op.chain, " ",
                        PrintRule(op.rule, op.family));
  }
  std::string operator()(const AddSet& op) const {
    const SetDeclaration& declaration = DeclarationOf(op.set);
    const std::string flags = PrintSetFlags(op.set);
    return absl::StrCat("add ", declaration.data == SetData::kNone ? "set" : "map", In(op.family),
                        " ", op.Name(), " { ", PrintSetHeader(op.set, op.family), ";",
                        op.size == 0 ? "" : absl::StrCat(" size ", op.size, ";"),
                        flags.empty() ? "" : absl::StrCat(" flags ", flags, ";"),
                        declaration.counter ? " counter;" : "", " }");
  }
  std::string operator()(const DeleteSet& op) const {
    return absl::StrCat("delete set", In(op.family), " ", base::Printable(op.name));
  }
  std::string operator()(const AddElement& op) const {
    return Element("add", op.element.id, PrintElement(op.element));
  }
  std::string operator()(const DeleteElement& op) const {
    return Element("delete", op.id, PrintKey(op.id, op.range_end));
  }

  std::string operator()(const DeleteClient& op) const {
    return absl::StrCat("delete element", In(op.family), " ", op.map, " { ", op.client.ToString(),
                        " }");
  }

  static std::string Element(absl::string_view verb, const ElementKey& id, absl::string_view text) {
    return absl::StrCat(verb, " element", In(id.family), " ", DeclarationOf(id.set).name, " { ",
                        text, " }");
  }
};

}  // namespace

absl::string_view AddSet::Name() const { return name.empty() ? DeclarationOf(set).name : name; }

std::string Print(const Operation& operation) { return std::visit(OperationPrinter{}, operation); }

std::string Print(const Transaction& transaction) {
  std::string out;
  for (const Operation& operation : transaction.operations) {
    absl::StrAppend(&out, Print(operation), "\n");
  }
  return out;
}

}  // namespace nftsvc::nft

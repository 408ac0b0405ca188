// SPDX-License-Identifier: Apache-2.0
#include "src/kubernetes/named_object.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "tests/kubernetes/printed.h"

namespace nftsvc::kubernetes {
namespace {

std::string Title(absl::string_view kind, absl::string_view metadata) {
  return PrintReading(kind, absl::StrCat("{\"metadata\":", metadata, "}"),
                      [](const NamedObject& object, Notes&, model::IssueCollector&) {
                        return absl::StrCat(object.title, "|", object.name.ToString());
                      });
}

TEST(NamedObjectTest, ANameConsistsOfNamespaceAndName) {
  EXPECT_EQ(Title("Service", R"({"namespace":"shop","name":"web"})"), "Service shop/web|shop/web");
}

TEST(NamedObjectTest, TheDefaultNamespaceMayBeLeftOut) {
  EXPECT_EQ(Title("Service", R"({"name":"web"})"), "Service default/web|default/web");
  EXPECT_EQ(Title("Service", R"({"namespace":"","name":"web"})"),
            "Service default/web|default/web");
}

TEST(NamedObjectTest, NodesHaveNoNamespace) {
  EXPECT_EQ(Title("Node", R"({"name":"node-a.example.com"})"),
            "Node node-a.example.com|node-a.example.com");
}

TEST(NamedObjectTest, UnfitNamesAreIssues) {
  EXPECT_EQ(Title("Service", "{}"), "metadata.name: is needed\n");
  EXPECT_EQ(Title("Service", "null"), "metadata.name: is needed\n");
  EXPECT_EQ(Title("Service", R"({"name":7})"), "metadata.name: must be a text\n");
  EXPECT_EQ(Title("Service", R"({"name":"a/b","namespace":"C"})"),
            "metadata.namespace: \"C\" has a character other than a-z, 0-9, '-' and '.'\n"
            "metadata.name: \"a/b\" has a character other than a-z, A-Z, 0-9, '-', '.' and '_'\n");
}

TEST(NamedObjectTest, ObjectsWithoutAFitNameAreCalledByTheirPlace) {
  const nlohmann::json dom = nlohmann::json::parse(R"({"metadata":{"name":"\u001b[31m"}})");
  model::IssueCollector issues;
  const Object object = {.kind = "Service", .api_version = "v1", .place = "items[3]", .json = dom};
  EXPECT_EQ(NamedObject(object, issues).title, "Service items[3]");
}

}  // namespace
}  // namespace nftsvc::kubernetes

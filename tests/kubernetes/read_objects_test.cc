// SPDX-License-Identifier: Apache-2.0
#include "src/kubernetes/read_objects.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "tests/kubernetes/printed.h"

namespace nftsvc::kubernetes {
namespace {

// One object a line, then the mistakes, then the failure.
std::string ReadObjectsJson(absl::string_view text) {
  std::string printed;
  Mistakes mistakes;
  const absl::Status status = ReadObjects(text, mistakes, [&](const Object& object) {
    absl::StrAppend(&printed, object.place, " ", object.kind, " ", object.api_version, " ",
                    object.json.size(), "\n");
  });
  absl::StrAppend(&printed, Print(std::move(mistakes).Take()));
  if (!status.ok()) absl::StrAppend(&printed, status.message(), "\n");
  return printed;
}

TEST(ReadObjectsTest, ReadsOneObject) {
  EXPECT_EQ(ReadObjectsJson(R"({"kind":"Service","apiVersion":"v1","spec":{}})"),
            "document 1 Service v1 3\n");
}

TEST(ReadObjectsTest, ReadsAListWhoseKindStandsBehindItsItems) {
  EXPECT_EQ(ReadObjectsJson(R"({"apiVersion":"v1","items":[
              {"kind":"Service","apiVersion":"v1"},
              {"kind":"EndpointSlice","apiVersion":"discovery.k8s.io/v1","ports":[]}
            ],"kind":"List","metadata":{"resourceVersion":""}})"),
            "items[0] Service v1 2\n"
            "items[1] EndpointSlice discovery.k8s.io/v1 3\n");
}

TEST(ReadObjectsTest, ItemsHaveTheirTypeFromATypedList) {
  EXPECT_EQ(
      ReadObjectsJson(R"({"kind":"ServiceList","apiVersion":"v1","items":[{},{"kind":"Pod"}]})"),
      "items[0] Service v1 0\n"
      "items[1] Pod v1 1\n");
  EXPECT_EQ(ReadObjectsJson(
                R"({"apiVersion":"discovery.k8s.io/v1","items":[{}],"kind":"EndpointSliceList"})"),
            "items[0] EndpointSlice discovery.k8s.io/v1 0\n");
}

TEST(ReadObjectsTest, ReadsDocumentsOneBehindTheOther) {
  EXPECT_EQ(ReadObjectsJson(R"({"kind":"Node","apiVersion":"v1"}
                    {"kind":"ServiceList","apiVersion":"v1","items":[{},{}]}
                    {"kind":"NodeList","apiVersion":"v1","items":null})"),
            "document 1 Node v1 2\n"
            "document 2 items[0] Service v1 0\n"
            "document 2 items[1] Service v1 0\n");
}

TEST(ReadObjectsTest, AnObjectWhoseKindOnlyEndsLikeAListIsOne) {
  EXPECT_EQ(ReadObjectsJson(R"({"kind":"AllowList","apiVersion":"example.com/v1","spec":{}})"),
            "document 1 AllowList example.com/v1 3\n");
}

TEST(ReadObjectsTest, ObjectsWithoutATypeAreMistakes) {
  EXPECT_EQ(ReadObjectsJson(R"({"kind":"List","apiVersion":"v1","items":[
              {"apiVersion":"v1"}, {"kind":"Service","apiVersion":7}, 5, {"kind":""}
            ]})"),
            "items[0]: kind: is needed\n"
            "items[1]: apiVersion: must be a text\n"
            "items[1]: apiVersion: is needed\n"
            "items[2]: must be an object\n"
            "items[3]: kind: is needed\n"
            "items[3]: apiVersion: is needed\n");
}

TEST(ReadObjectsTest, ADocumentWithoutATypeIsAMistake) {
  EXPECT_EQ(ReadObjectsJson(R"({"items":[{"kind":"Service","apiVersion":"v1"}]})"),
            "document 1: kind: is needed\n"
            "document 1: apiVersion: is needed\n");
}

TEST(ReadObjectsTest, AListWithoutItemsIsAMistake) {
  for (const char* kind : {"List", "ServiceList", "NodeList"}) {
    EXPECT_EQ(ReadObjectsJson(absl::StrCat(R"({"apiVersion":"v1","kind":")", kind, R"("})")),
              "document 1: items: must be a list\n");
  }
  EXPECT_EQ(ReadObjectsJson(R"({"kind":"List","apiVersion":"v1","items":{}})"),
            "document 1: items: must be a list\n");
}

TEST(ReadObjectsTest, OnePageOfAListIsAMistake) {
  EXPECT_EQ(
      ReadObjectsJson(
          R"({"kind":"ServiceList","apiVersion":"v1","metadata":{"continue":"x"},"items":[]})"),
      "document 1: metadata.continue: says that the list is only a part: ask for all of it\n");
}

TEST(ReadObjectsTest, AListWithinAListIsAMistake) {
  EXPECT_EQ(ReadObjectsJson(
                R"({"kind":"List","apiVersion":"v1","items":[{"kind":"List","apiVersion":"v1"}]})"),
            "items[0]: kind: is List, which is not read within a list\n");
}

TEST(ReadObjectsTest, AnEmptyInputIsAFailure) {
  EXPECT_EQ(ReadObjectsJson(""), "the input is empty\n");
  EXPECT_EQ(ReadObjectsJson(" \n"), "the input is empty\n");
}

TEST(ReadObjectsTest, WhatIsNotJsonIsAFailureWithItsPosition) {
  EXPECT_EQ(ReadObjectsJson("{\"kind\":\"Service\",\"apiVersion\":\"v1\"}\nerror: no server"),
            "document 1 Service v1 2\n"
            "line 2, column 1: syntax error while parsing value - invalid literal\n");
}

}  // namespace
}  // namespace nftsvc::kubernetes

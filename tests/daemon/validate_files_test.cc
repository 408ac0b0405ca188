// SPDX-License-Identifier: Apache-2.0
#include "src/daemon/validate_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "src/model/source.h"
#include "tests/support/builders.h"

namespace nftsvc::daemon {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::string WebText(const std::string& name, const std::string& address, int port = 80) {
  return absl::StrCat("services {\n  name: '", name, "'\n  cluster_ips: '", address,
                      "'\n  ports { protocol: TCP port: ", port, " }\n}\n");
}

constexpr char kJson[] =
    R"({"services": [{"name": "b", "cluster_ips": ["10.0.0.2"],
                      "ports": [{"protocol": "TCP", "port": 80}]}]})";

// Files as they are one after the other, and what is served then.
class ValidateFilesTest : public ::testing::Test {
 protected:
  // "+web files/a.textproto"
  std::vector<std::string> Load(const std::vector<ServicesFile>& files) {
    FilesValidation validation = ValidateFiles(served_, files);
    mistakes_ = validation.mistakes;
    std::vector<std::string> lines;
    for (const model::ServiceChange& change : validation.changes) {
      const char* sign = change.before == nullptr ? "+" : change.after == nullptr ? "-" : "~";
      const auto& shown = change.after != nullptr ? change.after : change.before;
      lines.push_back(absl::StrCat(sign, change.name.ToString(), " ", model::SourceOf(*shown)));
    }
    served_.Apply(validation.changes);
    return lines;
  }

  model::Snapshot served_;
  std::vector<std::string> mistakes_;
};

TEST_F(ValidateFilesTest, EachFileGivesItsServices) {
  EXPECT_THAT(Load({{"a.textproto", WebText("a", "10.0.0.1")}, {"b.json", kJson}}),
              ElementsAre("+a files/a.textproto", "+b files/b.json"));
  EXPECT_THAT(mistakes_, IsEmpty());
}

TEST_F(ValidateFilesTest, WhatAFileNoLongerGivesGoesAndSoDoAllOfAFileThatIsGone) {
  Load({{"a.textproto", WebText("a", "10.0.0.1") + WebText("b", "10.0.0.2")},
        {"c.textproto", WebText("c", "10.0.0.3")}});
  EXPECT_THAT(Load({{"a.textproto", WebText("a", "10.0.0.1")}}),
              ElementsAre("-b files/a.textproto", "-c files/c.textproto"));
}

TEST_F(ValidateFilesTest, WhatWasPushedStays) {
  served_ = testing::SnapshotOf({testing::WebAt({"10.0.0.2:80"})});
  EXPECT_THAT(Load({}), IsEmpty());
  EXPECT_THAT(Load({{"a.textproto", WebText("a", "10.0.0.1")}}),
              ElementsAre("+a files/a.textproto"));
}

TEST_F(ValidateFilesTest, AServiceMayMoveFromFileToFileAndAFrontendWithIt) {
  Load({{"a.textproto", WebText("x", "10.0.0.1")}, {"b.textproto", WebText("y", "10.0.0.2")}});
  EXPECT_THAT(Load({{"a.textproto", WebText("y", "10.0.0.1")}, {"b.textproto", ""}}),
              ElementsAre("-x files/a.textproto", "~y files/a.textproto"));
  EXPECT_THAT(mistakes_, IsEmpty());
}

TEST_F(ValidateFilesTest, AFileWithAMistakeChangesNothingAndSaysWhere) {
  Load({{"a.textproto", WebText("a", "10.0.0.1")}, {"b.textproto", WebText("b", "10.0.0.2")}});
  EXPECT_THAT(Load({{"a.textproto", WebText("new", "10.0.0.3") + WebText("a", "10.0.0.1", 0)},
                    {"b.textproto", WebText("b", "10.0.0.4")}}),
              ElementsAre("~b files/b.textproto"));
  EXPECT_THAT(mistakes_,
              ElementsAre("a.textproto:9:25: services[1].ports[0].port: 0 is not a port",
                          "a.textproto: left out; the services that it gave before, if any, stay"));
}

TEST_F(ValidateFilesTest, WhatIsNoTextprotoOrJsonSaysWhere) {
  Load({{"a.textproto", "services {\n  nam: 'x'\n}"},
        {"b.json", "{\n  \"services\": [,]\n}"},
        {"c.json", R"({"services": [{"name": 7, "cluster_ips": ["10.0.0.2"], "ports": [{}]}]})"},
        {.name = "d.json", .failure = "read d.json: permission denied"}});
  ASSERT_EQ(mistakes_.size(), 8u) << ::testing::PrintToString(mistakes_);
  EXPECT_EQ(mistakes_[0],
            "a.textproto:2:6: Message type \"nftsvc.v1.Service\" has no field named \"nam\".");
  EXPECT_THAT(mistakes_[2], ::testing::StartsWith("b.json: line 2, column 16"));
  EXPECT_THAT(mistakes_[4], ::testing::StartsWith("c.json: services[0].name: invalid value 7"));
  EXPECT_EQ(mistakes_[6], "read d.json: permission denied");
}

TEST_F(ValidateFilesTest, AServiceOrFrontendThatWasPushedIsNoFiles) {
  served_ = testing::SnapshotOf({testing::WebAt({"10.0.0.2:80"})});
  EXPECT_THAT(Load({{"a.textproto", WebText("a", "10.96.0.1")},
                    {"b.textproto", WebText("b", "10.0.0.2") +
                                        "services { namespace: 'default' name: 'web' cluster_ips: "
                                        "'10.0.0.3' ports { protocol: TCP port: 80 } }"}}),
              IsEmpty());
  EXPECT_THAT(mistakes_,
              ElementsAre("a.textproto:1:1: services[0]: a claims 10.96.0.1:80/tcp, which "
                          "default/web of source push has",
                          "a.textproto: left out; the services that it gave before, if any, stay",
                          "b.textproto:6:1: services[1]: default/web belongs to source push, and "
                          "only that can change it",
                          "b.textproto: left out; the services that it gave before, if any, stay"));
}

TEST_F(ValidateFilesTest, OfTwoFilesWithOneServiceTheFirstHasIt) {
  EXPECT_THAT(Load({{"a.textproto", WebText("x", "10.0.0.1")},
                    {"b.textproto", WebText("x", "10.0.0.2")},
                    {"c.textproto", WebText("c", "10.0.0.3")}}),
              ElementsAre("+c files/c.textproto", "+x files/a.textproto"));
  EXPECT_THAT(mistakes_,
              ElementsAre("b.textproto:1:1: services[0]: x is a.textproto: services[0] too",
                          "b.textproto: left out; the services that it gave before, if any, stay"));
}

// The frontend that b wants stays with a, whose file has a mistake.
TEST_F(ValidateFilesTest, AFileThatCountedOnOneLeftOutIsLeftOutToo) {
  Load({{"a.textproto", WebText("a", "10.0.0.1")}});
  EXPECT_THAT(Load({{"a.textproto", WebText("a", "10.0.0.9", 0)},
                    {"b.textproto", WebText("b", "10.0.0.1")},
                    {"c.textproto", WebText("c", "10.0.0.3")}}),
              ElementsAre("+c files/c.textproto"));
  ASSERT_EQ(mistakes_.size(), 4u);
  EXPECT_EQ(mistakes_[2],
            "b.textproto:1:1: services[0]: b claims 10.0.0.1:80/tcp, which a has already");
}

}  // namespace
}  // namespace nftsvc::daemon

// SPDX-License-Identifier: Apache-2.0
#include "src/daemon/services_directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "tests/control/temporary_directory.h"

namespace nftsvc::daemon {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ServicesDirectoryTest : public ::testing::Test {
 protected:
  void Write(const std::string& name, const std::string& text) {
    std::ofstream(directory_ / name) << text;
  }
  std::vector<std::string> Names() {
    std::vector<std::string> names;
    const auto files = ReadServicesDirectory(directory_ / "");
    EXPECT_TRUE(files.ok()) << files.status();
    for (const ServicesFile& file : *files) names.push_back(file.name);
    return names;
  }

  testing::TemporaryDirectory directory_;
};

TEST_F(ServicesDirectoryTest, FilesComeInTheOrderOfTheirNamesWithTheirText) {
  Write("b.json", "{}");
  Write("a.textproto", "services {}");
  const auto files = ReadServicesDirectory(directory_ / "");
  ASSERT_TRUE(files.ok()) << files.status();
  ASSERT_EQ(files->size(), 2u);
  EXPECT_EQ((*files)[0].text, "services {}");
  EXPECT_THAT(Names(), ElementsAre("a.textproto", "b.json"));
}

TEST_F(ServicesDirectoryTest, WhatEditorsLeaveBehindIsNoFileOfServices) {
  for (const char* name : {"a.textproto~", ".a.textproto", "README", "a b.json", "a:.json"}) {
    Write(name, "x");
  }
  EXPECT_THAT(Names(), IsEmpty());
}

TEST_F(ServicesDirectoryTest, NoDirectoryIsAnEmptyOne) {
  const auto files = ReadServicesDirectory(directory_ / "none");
  ASSERT_TRUE(files.ok());
  EXPECT_THAT(*files, IsEmpty());
}

TEST_F(ServicesDirectoryTest, WhatIsNoDirectoryIsAFailure) {
  Write("file", "");
  const auto files = ReadServicesDirectory(directory_ / "file");
  EXPECT_THAT(std::string(files.status().message()), HasSubstr("not a directory"));
}

TEST_F(ServicesDirectoryTest, WhatCannotBeReadSaysWhyAndHoldsUpNobody) {
  std::filesystem::create_directory(directory_ / "a.json");
  std::filesystem::create_symlink("nowhere", directory_ / "b.json");
  ASSERT_EQ(mkfifo((directory_ / "c.json").c_str(), 0600), 0);
  const auto files = ReadServicesDirectory(directory_ / "");
  ASSERT_TRUE(files.ok()) << files.status();
  ASSERT_EQ(files->size(), 3u);
  EXPECT_THAT((*files)[0].failure, HasSubstr("a.json: not a regular file"));
  EXPECT_THAT((*files)[1].failure, HasSubstr("b.json: no such file"));
  EXPECT_THAT((*files)[2].failure, HasSubstr("c.json: not a regular file"));
}

}  // namespace
}  // namespace nftsvc::daemon

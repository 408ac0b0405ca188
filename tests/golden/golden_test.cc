// SPDX-License-Identifier: Apache-2.0
//
// One file is one story through every stage: see story.h for what it can tell. With
// NFTSVC_UPDATE_GOLDEN=1 in the environment the answers in the files are written anew.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "tests/golden/case_file.h"
#include "tests/golden/story.h"

namespace nftsvc::testing {
namespace {

std::vector<std::string> CaseNames() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(NFTSVC_SOURCE_DIR "/tests/golden")) {
    if (entry.path().extension() == ".case") names.push_back(entry.path().stem());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string Read(const std::string& path) {
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

class GoldenTest : public ::testing::TestWithParam<std::string> {};

TEST_P(GoldenTest, TellsItsStory) {
  const std::string path = NFTSVC_SOURCE_DIR "/tests/golden/" + GetParam() + ".case";
  const std::string text = Read(path);
  const CaseFile file = CaseFile::Parse(text);
  ASSERT_EQ(file.ToString(), text) << "does not end with a newline";
  EXPECT_EQ(file.title.substr(0, 2), "# ") << "has no title";
  CaseFile told = file;
  Story story;
  for (CaseFile::Section& section : told.sections) section.text = story.Tell(section);
  if (std::getenv("NFTSVC_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(path) << told.ToString();
    return;
  }
  for (size_t i = 0; i < file.sections.size(); ++i) {
    EXPECT_EQ(told.sections[i].text, file.sections[i].text)
        << "section " << i + 1 << ", " << file.sections[i].name
        << "; NFTSVC_UPDATE_GOLDEN=1 writes it anew";
  }
}

// "my_service" → "MyService".
std::string TestName(const ::testing::TestParamInfo<std::string>& info) {
  std::string name;
  bool starts_word = true;
  for (const char c : info.param) {
    if (c != '_') name += starts_word ? static_cast<char>(std::toupper(c)) : c;
    starts_word = c == '_';
  }
  return name;
}

INSTANTIATE_TEST_SUITE_P(All, GoldenTest, ::testing::ValuesIn(CaseNames()), TestName);

}  // namespace
}  // namespace nftsvc::testing

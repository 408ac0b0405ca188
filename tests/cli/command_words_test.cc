// SPDX-License-Identifier: Apache-2.0
#include "src/cli/command_words.h"

#include <gmock/gmock.h>

#include <CLI/CLI.hpp>

namespace nftsvc::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct Parsed {
  std::string text;
  bool flag = false;
};

TEST(CommandWordsTest, AnOptionHasItsNamesAndItsHelp) {
  CLI::App app("Does things.", "program");
  Parsed parsed;
  app.add_flag("--wide,-w", parsed.flag, "More of it");
  const CommandWords words = DescribeCommand(app);
  EXPECT_EQ(words.name, "program");
  EXPECT_EQ(words.help, "Does things.");
  ASSERT_EQ(words.options.size(), 2u);
  EXPECT_THAT(words.options[0].names, ElementsAre("--help", "-h"));
  EXPECT_THAT(words.options[1].names, ElementsAre("--wide", "-w"));
  EXPECT_EQ(words.options[1].help, "More of it");
  EXPECT_FALSE(words.options[1].takes_value);
}

TEST(CommandWordsTest, ChoicesAreWhatTheParserAccepts) {
  CLI::App app;
  Parsed parsed;
  app.set_help_flag();
  app.add_option("--output", parsed.text)
      ->type_name("FORMAT")
      ->check(CLI::IsMember({"text", "json"}));
  app.add_option("--name", parsed.text)->type_name("NAME");
  const CommandWords words = DescribeCommand(app);
  ASSERT_EQ(words.options.size(), 2u);
  EXPECT_THAT(words.options[0].choices, ElementsAre("text", "json"));
  EXPECT_THAT(words.options[1].choices, IsEmpty());
  for (const ArgumentWords& option : words.options) {
    EXPECT_TRUE(option.takes_value);
    EXPECT_FALSE(option.is_file);
  }
}

TEST(CommandWordsTest, FilesAreKnownByTheNameOfTheirType) {
  CLI::App app;
  Parsed parsed;
  app.set_help_flag();
  app.add_option("--socket", parsed.text)->type_name("PATH");
  app.add_option("FILE", parsed.text)->type_name("");
  app.add_option("SERVICE", parsed.text)->type_name("");
  const CommandWords words = DescribeCommand(app);
  ASSERT_EQ(words.options.size(), 1u);
  EXPECT_TRUE(words.options[0].is_file);
  ASSERT_EQ(words.arguments.size(), 2u);
  EXPECT_THAT(words.arguments[0].names, ElementsAre("FILE"));
  EXPECT_TRUE(words.arguments[0].is_file);
  EXPECT_FALSE(words.arguments[1].is_file);
}

TEST(CommandWordsTest, CommandsNestAndHiddenOnesAreLeftOut) {
  CLI::App app;
  app.add_subcommand("import", "Print")->add_subcommand("kubernetes", "Print more");
  app.add_subcommand("secret")->group("");
  const CommandWords words = DescribeCommand(app);
  ASSERT_EQ(words.commands.size(), 1u);
  EXPECT_EQ(words.commands[0].name, "import");
  ASSERT_EQ(words.commands[0].commands.size(), 1u);
  EXPECT_EQ(words.commands[0].commands[0].help, "Print more");
}

}  // namespace
}  // namespace nftsvc::cli

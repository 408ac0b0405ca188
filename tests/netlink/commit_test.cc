// SPDX-License-Identifier: Apache-2.0
#include "src/netlink/commit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netlink.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "src/netlink/message.h"
#include "tests/netlink/net_namespace.h"
#include "tests/netlink/nft_command.h"
#include "tests/netlink/sample_ruleset.h"

// Each way in which the kernel refuses, and what we say then.
namespace nftsvc::netlink {
namespace {

using base::Family;
using testing::HasSubstr;
using testing::StartsWith;

class CommitTest : public KernelTest {
 protected:
  void SetUp() override {
    KernelTest::SetUp();
    if (IsSkipped()) return;
    MustCommit(EmptyTables(16));
  }

  static nft::AddElement Addition(const nft::Element& element) { return {element, nullptr, {}}; }
};

TEST_F(CommitTest, NamesTheMissingElementThatItShouldDelete) {
  EXPECT_EQ(TryCommit({{Deletion(Service(Family::kIPv4, 1, ""))}}),
            "NOT_FOUND: commit: delete element ip nftsvc services { 10.0.0.1 . tcp . 80 }: "
            "no such file or directory");
}

TEST_F(CommitTest, NamesTheElementThatExistsWithOtherData) {
  MustCommit({{Addition(Service(Family::kIPv6, 1, "pick-1"))}});
  EXPECT_EQ(TryCommit({{Addition(Service(Family::kIPv6, 1, "pick-2"))}}),
            "ALREADY_EXISTS: commit: add element ip6 nftsvc services "
            "{ fd00::1 . tcp . 80 : goto pick-2 }: file exists");
}

TEST_F(CommitTest, NamesTheVeryElementAmongThoseOfOneMessage) {
  nft::Transaction transaction;
  for (uint8_t last = 1; last <= 9; ++last) {
    transaction.operations.push_back(Addition(Service(Family::kIPv4, last, "pick-1")));
  }
  nft::Transaction conflict;
  conflict.operations = {Addition(Service(Family::kIPv4, 7, "pick-2"))};
  MustCommit(conflict);
  EXPECT_EQ(TryCommit(transaction),
            "ALREADY_EXISTS: commit: add element ip nftsvc services "
            "{ 10.0.0.7 . tcp . 80 : goto pick-1 }: file exists");
}

TEST_F(CommitTest, ARefusalChangesNothing) {
  const reconcile::Generation before = Now();
  EXPECT_THAT(TryCommit({{Addition(Service(Family::kIPv4, 1, "pick-1")),
                          Deletion(Service(Family::kIPv4, 2, ""))}}),
              StartsWith("NOT_FOUND"));
  EXPECT_EQ(Now(), before);
  EXPECT_TRUE(MustObserve().inventory.elements.empty());
}

TEST_F(CommitTest, SaysThatASetIsFull) {
  nft::Transaction transaction;
  for (uint8_t last = 1; last <= 17; ++last) {
    transaction.operations.push_back(Addition(Service(Family::kIPv4, last, "pick-1")));
  }
  EXPECT_EQ(TryCommit(transaction),
            "OUT_OF_RANGE: commit: add element ip nftsvc services "
            "{ 10.0.0.17 . tcp . 80 : goto pick-1 }: the set is full");
}

TEST_F(CommitTest, NamesTheChainThatAnElementShouldGoTo) {
  EXPECT_EQ(TryCommit({{Addition(Service(Family::kIPv4, 1, "nowhere"))}}),
            "NOT_FOUND: commit: add element ip nftsvc services "
            "{ 10.0.0.1 . tcp . 80 : goto nowhere }: no such file or directory");
}

TEST_F(CommitTest, NamesTheChainThatIsStillInUse) {
  MustCommit({{Addition(Service(Family::kIPv4, 1, "pick-1"))}});
  EXPECT_EQ(TryCommit({{nft::DeleteChain{Family::kIPv4, "pick-1"}}}),
            "FAILED_PRECONDITION: commit: delete chain ip nftsvc pick-1: "
            "device or resource busy");
}

TEST_F(CommitTest, NamesTheSetThatIsStillInUse) {
  MustCommit(
      {{nft::AddRule{Family::kIPv4,
                     "pick-1",
                     {nft::MatchSet{{{nft::Field::kDaddr}}, false, nft::SetId::kClusterIps}}}}});
  EXPECT_EQ(TryCommit({{nft::DeleteSet{Family::kIPv4, "cluster-ips"}}}),
            "FAILED_PRECONDITION: commit: delete set ip nftsvc cluster-ips: "
            "device or resource busy");
}

TEST_F(CommitTest, NamesTheRuleWhoseSetIsMissing) {
  MustCommit({{nft::DeleteSet{Family::kIPv4, "services"}}});
  const nft::Rule rule = {nft::Vmap{
      {{nft::Field::kDaddr}, {nft::Field::kL4Proto}, {nft::Field::kDport}}, nft::SetId::kServices}};
  EXPECT_EQ(TryCommit({{nft::AddRule{Family::kIPv4, "pick-1", rule}}}),
            "NOT_FOUND: commit: add rule ip nftsvc pick-1 "
            "ip daddr . meta l4proto . th dport vmap @services: no such file or directory");
}

TEST_F(CommitTest, NamesTheRuleThatClosesACircle) {
  const auto go = [](const char* from, const char* to) {
    return nft::AddRule{Family::kIPv4, from, {nft::Goto{to}}};
  };
  nft::Transaction circle;
  circle.operations = {nft::AddChain{Family::kIPv4, "base",
                                     nft::Hook{nft::ChainType::kFilter, nft::HookPoint::kInput, 0}},
                       go("base", "pick-1"), go("pick-1", "pick-2"), go("pick-2", "pick-1")};
  EXPECT_THAT(TryCommit(circle), HasSubstr("commit: add rule ip nftsvc "));
}

// Had the kernel done what it said it had not, the chain would have its rules twice.
TEST_F(CommitTest, AChainIsNotMadeTwice) {
  const nft::Transaction chain{{nft::AddChain{Family::kIPv4, "once", std::nullopt},
                                nft::AddRule{Family::kIPv4, "once", {nft::Goto{"pick-1"}}}}};
  MustCommit(chain);
  EXPECT_EQ(TryCommit(chain), "ALREADY_EXISTS: commit: add chain ip nftsvc once: file exists");
}

TEST_F(CommitTest, SaysHowManyOtherOperationsFail) {
  nft::Transaction transaction;
  for (int i = 0; i < 3; ++i) {
    transaction.operations.push_back(nft::DeleteChain{Family::kIPv4, absl::StrCat("no-", i)});
  }
  EXPECT_EQ(TryCommit(transaction),
            "NOT_FOUND: commit: delete chain ip nftsvc no-0: no such file or directory "
            "(and 2 more failures)");
}

// 100,000 complaints do not fit the receive queue; one is enough to know.
TEST_F(CommitTest, KnowsARefusalEvenWhenComplaintsAreLost) {
  nft::Transaction transaction;
  for (int i = 0; i < 100'000; ++i) {
    transaction.operations.push_back(nft::DeleteChain{Family::kIPv4, absl::StrCat("no-", i)});
  }
  EXPECT_THAT(TryCommit(transaction),
              StartsWith("NOT_FOUND: commit: delete chain ip nftsvc no-0: no such file"));
  EXPECT_TRUE(kernel->CurrentGeneration().ok());  // what was left in the queue does no harm
}

TEST_F(CommitTest, AStaleGenerationAborts) {
  const reconcile::Generation before = Now();
  ASSERT_EQ(Load("add table ip other"), "");
  const absl::StatusOr<reconcile::Generation> committed =
      kernel->Commit({{nft::DeleteTable{Family::kIPv4}}}, before);
  EXPECT_EQ(StatusText(committed.status()),
            "ABORTED: commit: somebody else changed the kernel's ruleset meanwhile");
  EXPECT_TRUE(MustObserve().inventory.tables[0].has_value());
}

TEST_F(CommitTest, AnEmptyTransactionComparesGenerationsToo) {
  const reconcile::Generation before = Now();
  EXPECT_EQ(kernel->Commit({}, before).value_or(0), before);
  ASSERT_EQ(Load("add table ip other"), "");
  EXPECT_TRUE(absl::IsAborted(kernel->Commit({}, before).status()));
}

TEST_F(CommitTest, NoGenerationIsNeverTheRightOne) {
  EXPECT_TRUE(absl::IsAborted(kernel->Commit({{nft::DeleteTable{Family::kIPv4}}}, 0).status()));
  EXPECT_TRUE(absl::IsAborted(kernel->Commit({}, 0).status()));
}

TEST_F(CommitTest, ReturnsTheGenerationOfTheCommit) {
  const reconcile::Generation before = Now();
  const absl::StatusOr<reconcile::Generation> after =
      kernel->Commit({{Addition(Service(Family::kIPv4, 1, "pick-1"))}}, before);
  ASSERT_TRUE(after.ok()) << after.status();
  EXPECT_EQ(*after, Now());
  EXPECT_NE(*after, before);
}

TEST_F(CommitTest, KnowsTheGenerationOfWhatIsAChangeForSure) {
  const nft::Element element = Service(Family::kIPv4, 1, "pick-1");
  MustCommit({{Addition(element)}});
  for (const nft::Transaction& change :
       {nft::Transaction{{nft::DeleteElement{element.id, {}}, Addition(element)}},
        nft::Transaction{{nft::AddChain{Family::kIPv4, "new", std::nullopt}}},
        nft::Transaction{{nft::AddRule{Family::kIPv4, "new", {nft::Goto{"pick-1"}}}}},
        nft::Transaction{
            {nft::FlushChain{Family::kIPv4, "new"}, nft::DeleteChain{Family::kIPv4, "new"}}}}) {
    const reconcile::Generation before = Now();
    const absl::StatusOr<reconcile::Generation> after = kernel->Commit(change, before);
    ASSERT_TRUE(after.ok()) << after.status();
    EXPECT_EQ(*after, Now()) << nft::Print(change);
    EXPECT_NE(*after, before) << nft::Print(change);
  }
}

TEST_F(CommitTest, AddingWhatIsThereAlreadyChangesNothing) {
  const nft::Element element = Service(Family::kIPv4, 1, "pick-1");
  MustCommit({{Addition(element)}});
  const reconcile::Generation before = Now();
  EXPECT_EQ(kernel->Commit({{Addition(element)}}, before).value_or(0), before);
}

TEST_F(CommitTest, WithoutCapabilityThereIsOneClearLine) {
  const reconcile::Generation generation = Now();
  const std::string said = InChild([&]() -> std::string {
    if (setresuid(65534, 65534, 65534) != 0) return "setresuid failed";
    absl::StatusOr<std::unique_ptr<Kernel>> unprivileged = Kernel::Open();
    if (!unprivileged.ok()) return StatusText(unprivileged.status());
    const nft::Transaction transaction{{nft::DeleteTable{Family::kIPv4}}};
    return absl::StrCat(StatusText((*unprivileged)->Commit(transaction, generation).status()), "\n",
                        StatusText((*unprivileged)->CurrentGeneration().status()), "\n",
                        StatusText((*unprivileged)->Observe({}).status()));
  });
  EXPECT_EQ(said,
            "PERMISSION_DENIED: commit: operation not permitted (needs CAP_NET_ADMIN)\n"
            "PERMISSION_DENIED: read generation: operation not permitted (needs CAP_NET_ADMIN)\n"
            "PERMISSION_DENIED: read generation: operation not permitted (needs CAP_NET_ADMIN)");
}

// Without the capability the send buffer cannot grow beyond net.core.wmem_max.
TEST_F(CommitTest, ABatchThatDoesNotFitIsNotSent) {
  const reconcile::Generation generation = Now();
  const std::string said = InChild([&]() -> std::string {
    if (setresuid(65534, 65534, 65534) != 0) return "setresuid failed";
    const absl::StatusOr<std::unique_ptr<Kernel>> unprivileged = Kernel::Open();
    if (!unprivileged.ok()) return StatusText(unprivileged.status());
    const nft::Transaction transaction{
        std::vector<nft::Operation>(500'000, nft::DeleteTable{Family::kIPv4})};
    return StatusText((*unprivileged)->Commit(transaction, generation).status());
  });
  EXPECT_EQ(said, "OUT_OF_RANGE: commit: send to the kernel: message too long");
}

TEST_F(CommitTest, SaysThatATableBelongsToAnotherProcess) {
  MustCommit({{nft::DeleteTable{Family::kIPv4}}});
  // The owner is the socket (Linux 5.12).
  Batch batch(0);
  nlmsghdr* message = batch.Start(NFT_MSG_NEWTABLE, NLM_F_CREATE, Family::kIPv4, 0);
  PutString(message, NFTA_TABLE_NAME, "nftsvc");
  PutNumber(message, NFTA_TABLE_FLAGS, NFT_TABLE_F_OWNER);
  batch.Finish();
  absl::StatusOr<Socket> owner = Socket::Open();
  ASSERT_TRUE(owner.ok());
  ASSERT_EQ(SendBatch(*owner, {{nft::AddTable{Family::kIPv4}}}, batch), absl::OkStatus());
  EXPECT_EQ(TryCommit({{nft::AddChain{Family::kIPv4, "pick-1", std::nullopt}}}),
            "PERMISSION_DENIED: commit: add chain ip nftsvc pick-1: operation not permitted "
            "(another process owns the table)");
}

// About 14 MB, a hundred times the default send buffer.
TEST_F(CommitTest, AnySizeGoesInOneBatch) {
  constexpr uint32_t kCount = 200'000;
  nft::Transaction transaction;
  transaction.operations.push_back(nft::DeleteSet{Family::kIPv4, "endpoints"});
  transaction.operations.push_back(nft::AddSet{Family::kIPv4, nft::SetId::kEndpoints, 300'000});
  const model::FrontendKey frontend = Frontend(Family::kIPv4, 1);
  for (uint32_t slot = 0; slot < kCount; ++slot) {
    nft::Element element = Endpoint(frontend, slot, static_cast<uint8_t>(slot % 250 + 1));
    element.comment = absl::StrCat("pod-", slot);
    transaction.operations.push_back(Addition(element));
  }
  const reconcile::Generation before = Now();
  MustCommit(transaction);
  EXPECT_EQ(Now(), before + 1);
  // Each must be there to be deleted.
  transaction.operations.erase(transaction.operations.begin(), transaction.operations.begin() + 2);
  for (nft::Operation& operation : transaction.operations) {
    operation = Deletion(std::get<nft::AddElement>(operation).element);
  }
  MustCommit(transaction);
  EXPECT_TRUE(MustObserve().inventory.elements.empty());
}

}  // namespace
}  // namespace nftsvc::netlink

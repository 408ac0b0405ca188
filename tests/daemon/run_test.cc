// SPDX-License-Identifier: Apache-2.0
#include "src/daemon/run.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <optional>
#include <thread>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "src/control/client.h"
#include "src/control/unix_address.h"
#include "src/daemon/stderr_log.h"
#include "src/netlink/kernel.h"
#include "tests/control/temporary_directory.h"

// Whole daemons, each a child process in a network namespace of the test's own, with the real
// kernel and disk. tests/kernel has what they do to packets.
namespace nftsvc::daemon {
namespace {

using ::testing::HasSubstr;

// Whatever takes longer has hung.
constexpr timeval kPatience = {.tv_sec = 30, .tv_usec = 0};

// Of the process's capabilities, and none but the lower 32.
void KeepCapabilities(uint32_t mask) {
  __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  std::array<__user_cap_data_struct, 2> data = {};
  if (syscall(SYS_capget, &header, data.data()) != 0) _exit(97);
  data[1] = {};
  data[0].permitted &= mask;
  data[0].effective = data[0].permitted;
  if (syscall(SYS_capset, &header, data.data()) != 0) _exit(97);
}

class RunTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::thread([this] {
      if (unshare(CLONE_NEWNET) != 0) return;
      namespace_ = control::UniqueFd(open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
    }).join();
    if (!namespace_.is_open()) GTEST_SKIP() << "needs the right to make network namespaces";
    const control::UnixAddress address = *control::UnixAddress::Of(files_ / "notify");
    ASSERT_EQ(bind(notifications_.get(), address.get(), address.size()), 0);
    setsockopt(notifications_.get(), SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof(kPatience));
    Configure("");
  }

  void TearDown() override {
    if (daemon_ > 0) {
      End(SIGKILL);
    }
  }

  // What the next start or reload reads.
  void Configure(const std::string& more) {
    std::ofstream(files_ / "config") << absl::StrCat(
        "control_socket: '", files_ / "control.sock", "' state_directory: '", files_ / "state",
        "' services_directory: '", files_ / "services.d", "' ", more);
  }

  // In another process, which may first do something to itself.
  pid_t Spawn(const std::function<void()>& first = [] {}) {
    const pid_t child = fork();
    if (child != 0) return child;
    const int log = open((files_ / "log").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    dup2(log, STDERR_FILENO);
    setenv("NOTIFY_SOCKET", (files_ / "notify").c_str(), 1);
    if (setns(namespace_.get(), CLONE_NEWNET) != 0) _exit(99);
    first();
    _exit(static_cast<int>(daemon::Run(files_ / "config", StderrLog(/*verbose=*/false))));
  }

  void Start() {
    daemon_ = Spawn();
    ASSERT_TRUE(Hears("READY=1")) << Log();
  }

  // The exit code, or -1 after a signal.
  static int Wait(pid_t child) {
    int status = 0;
    EXPECT_EQ(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  int End(int signal) {
    kill(daemon_, signal);
    return Wait(std::exchange(daemon_, 0));
  }

  // Whether the service manager is told this, after whatever else.
  bool Hears(absl::string_view line) {
    std::array<char, 4096> bytes;
    ssize_t count;
    while ((count = recv(notifications_.get(), bytes.data(), bytes.size(), 0)) > 0) {
      if (absl::StrContains(absl::string_view(bytes.data(), static_cast<size_t>(count)), line)) {
        return true;
      }
    }
    return false;
  }

  std::string Log() const {
    std::ifstream stream(files_ / "log");
    return {std::istreambuf_iterator<char>(stream), {}};
  }

  // What a daemon says that does not start.
  std::string Failure(
      const std::function<void()>& first = [] {}, Ending ending = Ending::kFailed) {
    const size_t already = Log().size();
    EXPECT_EQ(Wait(Spawn(first)), static_cast<int>(ending)) << Log();
    return Log().substr(already);
  }

  v1::Response Call(v1::Request request) {
    absl::StatusOr<control::Client> client = control::Client::Connect(files_ / "control.sock");
    EXPECT_TRUE(client.ok()) << client.status();
    if (!client.ok()) return {};
    absl::StatusOr<v1::Response> response = client->Call(std::move(request));
    EXPECT_TRUE(response.ok()) << response.status();
    return response.ok() ? *std::move(response) : v1::Response();
  }
  // The request is textproto.
  v1::Response Ask(const std::string& text) {
    v1::Request request;
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &request)) << text;
    return Call(std::move(request));
  }
  void PushWeb(int endpoints) {
    std::string text =
        "push { snapshot { services { name: 'web' cluster_ips: '10.96.0.1' "
        "ports { protocol: TCP port: 80 ";
    for (int i = 0; i < endpoints; ++i) {
      absl::StrAppend(&text, "endpoints { address: '10.0.0.", i + 2, "' port: 80 } ");
    }
    const v1::Response response = Ask(absl::StrCat(text, "} } } }"));
    ASSERT_FALSE(response.has_error()) << response.error().message();
  }

  // How many elements the kernel holds for us; none if it has no table of ours.
  std::optional<size_t> ElementsInKernel() {
    std::optional<size_t> count;
    std::thread([&] {
      ASSERT_EQ(setns(namespace_.get(), CLONE_NEWNET), 0);
      const auto kernel = netlink::Kernel::Open();
      ASSERT_TRUE(kernel.ok()) << kernel.status();
      const auto seen = (*kernel)->Observe({});
      ASSERT_TRUE(seen.ok()) << seen.status();
      if (seen->inventory.tables[0]) count = seen->inventory.elements.size();
    }).join();
    return count;
  }

  void InNamespace(const std::string& command) {
    std::thread([&] {
      ASSERT_EQ(setns(namespace_.get(), CLONE_NEWNET), 0);
      ASSERT_EQ(std::system(command.c_str()), 0) << command;
    }).join();
  }

  testing::TemporaryDirectory files_;
  control::UniqueFd namespace_;
  control::UniqueFd notifications_{socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  pid_t daemon_ = 0;
};

TEST_F(RunTest, IsReadyWhenItsTablesAreThereAndLeavesThemWhenItStops) {
  Start();
  const std::optional<size_t> empty = ElementsInKernel();
  ASSERT_TRUE(empty.has_value());
  PushWeb(3);
  const std::optional<size_t> served = ElementsInKernel();
  EXPECT_GT(served, empty);
  EXPECT_EQ(End(SIGTERM), 0);
  EXPECT_TRUE(Hears("STOPPING=1"));
  EXPECT_EQ(ElementsInKernel(), served);
  EXPECT_FALSE(std::filesystem::exists(files_ / "control.sock"));
}

TEST_F(RunTest, ARestartServesWhatWasPushedAndCommitsNothing) {
  Start();
  PushWeb(3);
  EXPECT_EQ(End(SIGINT), 0);
  Start();
  EXPECT_THAT(Log(), HasSubstr("revision 1 with 1 service: the kernel holds it already"));
  const v1::StatusResult status = Ask("status {}").status();
  EXPECT_EQ(status.revision(), 1u);
  EXPECT_EQ(status.endpoints(), 3u);
  EXPECT_EQ(status.commits(), 0u);
}

TEST_F(RunTest, KillNineLosesNoAcknowledgedPush) {
  Start();
  for (int endpoints = 1; endpoints <= 5; ++endpoints) {
    PushWeb(endpoints);
    EXPECT_EQ(End(SIGKILL), -1);
    Start();
    const v1::StatusResult status = Ask("status {}").status();
    EXPECT_EQ(status.revision(), static_cast<uint64_t>(endpoints));
    EXPECT_EQ(status.endpoints(), static_cast<uint32_t>(endpoints));
  }
}

TEST_F(RunTest, AReloadTakesEffectAndIsAnnounced) {
  Start();
  PushWeb(1);
  const uint64_t commits = Ask("status {}").status().commits();
  Configure("masquerade { all: true }");
  kill(daemon_, SIGHUP);
  EXPECT_TRUE(Hears("RELOADING=1"));
  EXPECT_TRUE(Hears("READY=1"));
  EXPECT_EQ(Ask("status {}").status().commits(), commits + 1);
  EXPECT_TRUE(Ask("explain { source: '10.0.0.9' destination: '10.96.0.1' port: 80 protocol: TCP }")
                  .explain()
                  .masquerade());
}

TEST_F(RunTest, AReloadOfABadConfigKeepsTheOldOne) {
  Start();
  Configure("layout: ROUND");
  kill(daemon_, SIGHUP);
  EXPECT_TRUE(Hears("READY=1"));
  EXPECT_THAT(Log(), HasSubstr("config:1:"));
  EXPECT_THAT(Log(), HasSubstr("1 mistake; the old config stays"));
  PushWeb(1);
  EXPECT_THAT(Ask("status {}").status().config_problem(), HasSubstr("the old config stays"));
  Configure("masquerade { all: true }");
  kill(daemon_, SIGHUP);
  EXPECT_TRUE(Hears("RELOADING=1"));
  EXPECT_TRUE(Hears("READY=1"));
  EXPECT_EQ(Ask("status {}").status().config_problem(), "");
}

TEST_F(RunTest, AReloadSaysWhatTakesARestart) {
  Start();
  Configure("control_socket_access { mode: '0600' }");
  kill(daemon_, SIGHUP);
  EXPECT_TRUE(Hears("READY=1"));
  EXPECT_THAT(Log(), HasSubstr("change with a restart only"));
}

TEST_F(RunTest, AnAddressThatComesLaterTakesNodePorts) {
  Configure("drift_poll_interval_ms: 100");
  Start();
  const std::optional<size_t> before = ElementsInKernel();
  InNamespace(
      "ip link add one type veth peer two && ip link set one up && ip addr add 10.1.0.1/24 dev "
      "one");
  // Within any time, but not for ever.
  for (int turn = 0; turn < 20'000 && ElementsInKernel() <= before; ++turn) Ask("status {}");
  EXPECT_GT(ElementsInKernel(), before);
  EXPECT_THAT(Log(), HasSubstr("the host's addresses changed"));
}

TEST_F(RunTest, ASecondDaemonOnTheStateDirectoryRefuses) {
  Start();
  EXPECT_THAT(Failure(), HasSubstr(absl::StrCat("error: lock ", files_ / "state",
                                                ": another nftsvcd has it\n")));
  PushWeb(1);
}

TEST_F(RunTest, ASecondDaemonOnTheSocketRefuses) {
  Start();
  std::ofstream(files_ / "config") << absl::StrCat("control_socket: '", files_ / "control.sock",
                                                   "' state_directory: '", files_ / "other", "'");
  PushWeb(2);
  const uint32_t generation = Ask("status {}").status().generation();
  EXPECT_THAT(Failure(), HasSubstr(absl::StrCat("error: another nftsvcd answers on ",
                                                files_ / "control.sock\n")));
  PushWeb(1);  // and one commit more for the slot that goes
  EXPECT_EQ(Ask("status {}").status().generation(), generation + 2) << "the other wrote nothing";
}

TEST_F(RunTest, ASecondDaemonInTheNetworkNamespaceRefusesAndNamesTheFirst) {
  Start();
  PushWeb(1);
  const uint32_t generation = Ask("status {}").status().generation();
  const std::string other = absl::StrCat("control_socket: '", files_ / "other.sock",
                                         "' state_directory: '", files_ / "other", "'");
  std::ofstream(files_ / "config") << other;
  EXPECT_THAT(Failure(), HasSubstr(absl::StrCat("error: lock network namespace: another nftsvcd "
                                                "runs in it, process ",
                                                daemon_, " of user ", geteuid(), "\n")));
  EXPECT_FALSE(std::filesystem::exists(files_ / "other.sock"));
  EXPECT_EQ(Ask("status {}").status().generation(), generation) << "the other wrote nothing";
  EXPECT_EQ(End(SIGKILL), -1);
  std::ofstream(files_ / "config") << other;
  Start();
}

TEST_F(RunTest, WithoutItsCapabilityItSaysWhichOneItNeeds) {
  const std::string failure = Failure([] { KeepCapabilities(~(1u << CAP_NET_ADMIN)); });
  EXPECT_THAT(failure, HasSubstr("CAP_NET_ADMIN"));
  EXPECT_EQ(std::count(failure.begin(), failure.end(), '\n'), 1) << failure;
}

TEST_F(RunTest, ThatOneCapabilityIsAllThatItNeeds) {
  for (const std::string& path : {files_.path(), files_ / "notify"}) {
    std::filesystem::permissions(path,
                                 std::filesystem::perms::all | std::filesystem::perms::sticky_bit);
  }
  daemon_ = Spawn([] {
    prctl(PR_SET_KEEPCAPS, 1);
    if (setresgid(65534, 65534, 65534) != 0 || setresuid(65534, 65534, 65534) != 0) _exit(98);
    KeepCapabilities(1u << CAP_NET_ADMIN);
  });
  ASSERT_TRUE(Hears("READY=1")) << Log();
  PushWeb(3);
  EXPECT_EQ(Ask("status {}").status().persist_problem(), "");
  EXPECT_EQ(End(SIGTERM), 0);
}

TEST_F(RunTest, ATableOfSomebodyElseUnderOurNameIsLeftAlone) {
  InNamespace("nft add table ip nftsvc && nft add chain ip nftsvc precious");
  const std::string failure = Failure();
  EXPECT_THAT(failure, HasSubstr("error: "));
  EXPECT_THAT(failure, HasSubstr("ip nftsvc"));
  EXPECT_EQ(std::count(failure.begin(), failure.end(), '\n'), 1) << failure;
  InNamespace("nft list chain ip nftsvc precious > /dev/null");
}

// It may be known once another service has started.
TEST_F(RunTest, AGroupThatNobodyKnowsIsNoReasonNeverToTryAgain) {
  Configure("control_socket_access { group: \"no-such-group\" }");
  EXPECT_THAT(Failure([] {}, Ending::kFailed), HasSubstr("no such group: \"no-such-group\""));
}

TEST_F(RunTest, ABadConfigIsToldWithAllItsMistakes) {
  Configure("masquerade { mark_bit: 99 } layout: 7");
  const std::string failure = Failure([] {}, Ending::kWrongConfig);
  EXPECT_THAT(failure, HasSubstr("masquerade.mark_bit: 99 is not a bit"));
  EXPECT_THAT(failure, HasSubstr("layout: 7 is none of them"));
  EXPECT_THAT(failure, HasSubstr("2 mistakes\n"));
}

TEST_F(RunTest, WithNoSnapshotThatIsWholeItRefusesAndForwardingStays) {
  Start();
  PushWeb(3);
  EXPECT_EQ(End(SIGTERM), 0);
  const std::optional<size_t> served = ElementsInKernel();
  std::ofstream(files_ / "state/snapshot-1", std::ios::trunc) << "damaged";
  EXPECT_THAT(Failure(), HasSubstr("what the kernel holds stays"));
  EXPECT_EQ(ElementsInKernel(), served);
}

// The project's promise: 64 MB at 10,000 services with 5 endpoints each.
TEST_F(RunTest, MemoryIsGivenBackAfterABigPush) {
#if defined(__SANITIZE_ADDRESS__) || defined(NFTSVC_UNDER_TSAN)
  GTEST_SKIP() << "the sanitizers' allocators keep what is freed";
#endif
  Start();
  v1::Request request;
  v1::Snapshot& snapshot = *request.mutable_push()->mutable_snapshot();
  for (int i = 0; i < 10'000; ++i) {
    v1::Service& service = *snapshot.add_services();
    service.set_namespace_("default");
    service.set_name(absl::StrCat("service-", i));
    service.add_cluster_ips(absl::StrCat("10.96.", i / 250, ".", i % 250 + 1));
    v1::Port& port = *service.add_ports();
    port.set_protocol(v1::TCP);
    port.set_port(80);
    for (int j = 0; j < 5; ++j) {
      v1::Endpoint& endpoint = *port.add_endpoints();
      endpoint.set_address(absl::StrCat("10.", j, ".", i / 250, ".", i % 250 + 1));
      endpoint.set_port(8080);
      endpoint.set_name(absl::StrCat("service-", i, "-6d4cf56db6-", j));
      endpoint.set_node(absl::StrCat("node-", i % 100));
    }
  }
  const v1::Response response = Call(std::move(request));
  ASSERT_FALSE(response.has_error()) << response.error().message();
  EXPECT_LT(Ask("status {}").status().resident_bytes(), uint64_t{64} << 20);
}

}  // namespace
}  // namespace nftsvc::daemon

// In a forked child the producer refuses to work, says so, and leaves the parent's connection
// alone, whatever the parent's threads did at the moment of the fork.

#include <awps/client/awps.h>
#include <awps/client/producer.h>

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <csignal>
#include <functional>
#include <thread>

#include "client/fork_guard.h"
#include "tests/client/recorder.h"

namespace awps::client {
namespace {

using std::chrono::milliseconds;

// In a child: it ends soon, also where a thread that blocks all signals was forked.
void bound_life() {
  sigset_t none;
  ::sigemptyset(&none);
  ::pthread_sigmask(SIG_SETMASK, &none, nullptr);
  ::alarm(static_cast<unsigned>(kTestDeadline.count()));
}

// Runs `act` in a child, which must answer true soon.
template <typename Act>
bool holds_in_child(Act act) {
  const pid_t child = ::fork();
  if (child == 0) {
    bound_life();
    ::_exit(act() ? 0 : 1);
  }
  int status = 0;
  return ::waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

template <typename Result>
bool is_forked(const Result& result) {
  return !result && result.error().code == ErrorCode::kForked &&
         result.error().message.find("after fork()") != std::string::npos;
}

TEST(Fork, TheGuardKnowsItsProcess) {
  const ForkGuard guard;
  EXPECT_FALSE(guard.is_child());
  EXPECT_TRUE(holds_in_child([&guard] { return guard.is_child(); }));
  EXPECT_FALSE(guard.is_child());
}

TEST(Fork, EveryCallFailsInTheChildAndTheParentGoesOn) {
  FakeDaemon daemon;
  Recorder recorder;
  auto producer = std::move(Producer::open(recorder.options(daemon.path())).value());
  Peer peer = daemon.accept_and_greet();
  ASSERT_TRUE(producer->send_to_all(Message::text("before")));
  EXPECT_TRUE(holds_in_child([&producer] {
    const bool all_fail = is_forked(producer->send_to_all(Message::text("child"))) &&
                          is_forked(producer->send_line("{}")) &&
                          is_forked(producer->flush(milliseconds(1))) &&
                          is_forked(producer->close(milliseconds(1))) &&
                          producer->status().last_problem.find("fork()") != std::string::npos;
    producer.reset();
    return all_fail;
  }));
  ASSERT_TRUE(producer->send_to_all(Message::text("after")));
  EXPECT_EQ(peer.read_line(), R"({"actionName":"sendToAll","data":"before"})");
  EXPECT_EQ(peer.read_line(), R"({"actionName":"sendToAll","data":"after"})");
  peer.write("{\"status\":\"delivered\",\"from\":1,\"to\":2}\n");
  EXPECT_TRUE(producer->close(kTestDeadline));
}

// A child that lives on has copies of all descriptors.
TEST(Fork, ClosingEndsTheConnectionAlthoughAChildLivesOn) {
  FakeDaemon daemon;
  Recorder recorder;
  auto producer = std::move(Producer::open(recorder.options(daemon.path())).value());
  Peer peer = daemon.accept_and_greet();
  ASSERT_TRUE(recorder.await_notice("connected"));
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(3 * static_cast<unsigned>(kTestDeadline.count()));  // the parent ends it before
    for (;;) ::pause();
  }
  EXPECT_TRUE(producer->close(kTestDeadline));
  EXPECT_TRUE(peer.await_end());
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
}

struct ForkingCallback {
  const char* name;
  void (*set)(Options&, std::function<void()>);
};

TEST(Fork, AChildOfACallbackEndsWhenItReturnsFromIt) {
  const ForkingCallback kRows[] = {
      {"on_outcome",
       [](Options& options, std::function<void()> act) {
         options.on_outcome = [act = std::move(act)](const Outcome&) { act(); };
       }},
      {"on_notice",
       [](Options& options, std::function<void()> act) {
         options.on_notice = [act = std::move(act)](const std::string&) { act(); };
       }},
  };
  for (const ForkingCallback& row : kRows) {
    SCOPED_TRACE(row.name);
    FakeDaemon daemon;
    Recorder recorder;
    Options options = recorder.options(daemon.path());
    std::atomic<int> status = -1;
    row.set(options, [&status] {
      const pid_t child = ::fork();
      if (child == 0) {
        bound_life();
        return;
      }
      int of_child = 0;
      if (::waitpid(child, &of_child, 0) == child) status = of_child;
    });
    auto producer = std::move(Producer::open(options).value());
    Peer peer = daemon.accept_and_greet();
    ASSERT_TRUE(producer->send_to_all(Message::text("x")));
    EXPECT_EQ(peer.read_line(), R"({"actionName":"sendToAll","data":"x"})");
    peer.write("{\"status\":\"delivered\",\"seq\":1}\n");
    EXPECT_TRUE(producer->close(kTestDeadline));
    EXPECT_TRUE(peer.await_end());
    EXPECT_TRUE(WIFSIGNALED(status.load()) && WTERMSIG(status.load()) == SIGABRT) << status;
  }
}

TEST(Fork, TheChildDoesNotHangWhereAThreadHeldTheLock) {
  FakeDaemon daemon;
  Recorder recorder;
  Options options = recorder.options(daemon.path());
  options.when_full = WhenFull::kRefuse;
  options.max_buffered_bytes = 10'000;
  auto producer = std::move(Producer::open(options).value());
  std::atomic<bool> is_over = false;
  std::thread caller([&producer, &is_over] {
    while (!is_over) (void)producer->send_to_all(Message::text("x"));
  });
  for (int i = 0; i < 50; ++i) {
    EXPECT_TRUE(holds_in_child([&producer] {
      const bool fails = is_forked(producer->send_to_all(Message::text("child")));
      producer.reset();
      return fails;
    }));
  }
  is_over = true;
  caller.join();
}

}  // namespace
}  // namespace awps::client

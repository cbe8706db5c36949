#pragma once

// Worker: the thread of a producer. It connects, greets, writes what waits in the mailbox, reads
// the replies all the time, tells the outcomes, and connects again when the connection is lost.
//
// 1. Actions are written after the daemon's `ready`: never to a hub that was not meant.
// 2. It waits in one place (wait()), for the socket, the mailbox, and the time of the next attempt.
//    There is no pause on purpose: what is there goes at once, and what gathers meanwhile goes in
//    one write.
// 3. A connection on which no more can be written is read to its end: replies that came are not
//    lost.
// 4. What is not a reply ends the connection: nothing that follows it can be trusted.
// 5. What the daemon gives up as `lost`, because it could not keep it, is sent again like what has
//    no outcome.
// 6. A child that was forked in a callback ends when it returns from it: it would go on with the
//    parent's connection.

#include <sys/uio.h>

#include <chrono>
#include <span>
#include <string>
#include <vector>

#include <awps/client/options.h>

#include "base/random.h"
#include "client/daemon_socket.h"
#include "client/dedupe_terms.h"
#include "client/fork_guard.h"
#include "client/mailbox.h"
#include "client/reply.h"

namespace awps::client {

class Worker {
 public:
  Worker(const Options& options, Mailbox& mailbox, const ForkGuard& guard);

  /// The thread's function; returns when the mailbox is closed.
  void run();

 private:
  void connect();
  void lose(const std::string& problem);
  void greet();
  void write();
  size_t gather();
  void wait();
  void read();
  void take_line(std::string_view line);
  void take_ready(const Reply& reply);
  void take_outcome(Reply reply);
  void break_off(const std::string& problem);
  void settle();
  void tell_outcomes();
  void notice(const std::string& text);
  void notice_problem(const std::string& problem);
  void end_child() const;

  const Options& options_;
  Mailbox& mailbox_;
  const ForkGuard& guard_;
  std::string hello_;  // of the connection that stands
  DedupeTerms dedupe_;
  Random random_;

  DaemonSocket socket_;
  size_t hello_written_ = 0;
  bool is_ready_ = false;    // the daemon has greeted
  bool can_write_ = false;   // the connection's other direction lives
  bool is_blocked_ = false;  // the socket takes no more at present
  bool is_readable_ = false;
  bool is_broken_ = false;  // the daemon broke the protocol
  std::string problem_;     // what ends this connection, once it is known
  SteadyTime connected_at_{};

  unsigned failures_ = 0;  // in a row
  SteadyTime next_attempt_{};
  std::string last_noticed_;

  std::vector<iovec> parts_;
  std::vector<Reply> replies_;  // of one read
  std::vector<Outcome> outcomes_;
};

}  // namespace awps::client

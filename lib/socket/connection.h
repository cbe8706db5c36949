#pragma once

// Connection: one producer's socket and its session. The intake thread drives it; here are only the
// system calls and what they mean.
//
// 1. Input ends at EOF or any read error. What was read before counts: the kernel reports a reset
//    only once everything that arrived before was read.
// 2. A reply that cannot be written discards the replies, never input.
//
// Belongs to one intake thread.

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <span>

#include "base/unique_fd.h"
#include "socket/held_input.h"
#include "socket/session.h"

namespace awps {

class Connection {
 public:
  Connection(boost::asio::io_context& io, const SocketServices& services,
             const Session::Options& options, const Peer& peer)
      : number(peer.number), session(services, options, peer), socket_(io) {}

  /// False if the event loop cannot watch one more.
  bool open(UniqueFd socket);
  void close();
  /// Closed now, it would be a reset for the peer, see Farewells.
  bool has_unread_input();
  /// Instead of close().
  UniqueFd take_socket() { return UniqueFd(socket_.release()); }
  bool is_open() const { return socket_.is_open(); }
  boost::asio::posix::stream_descriptor& socket() { return socket_; }

  enum class Read { kBytes, kNothingYet, kEnd };
  struct ReadResult {
    Read kind = Read::kNothingYet;
    size_t bytes = 0;
  };
  ReadResult read(std::span<char> buffer);
  /// Writes as much as the socket takes now.
  void write_replies();

  const uint64_t number;
  Session session;

  // The intake thread's notes.
  bool waits_readable = false;  // an operation of the event loop refers to this connection
  bool waits_writable = false;
  bool waits_for_room = false;  // in a hub, or of HeldInput
  bool is_touched = false;
  HeldInput::Bytes counted;      // as HeldInput counts it
  uint64_t bytes_read = 0;       // modulo 2^64
  uint64_t bytes_when_seen = 0;  // see SocketThread::watch_favourite()

 private:
  boost::asio::posix::stream_descriptor socket_;
};

}  // namespace awps

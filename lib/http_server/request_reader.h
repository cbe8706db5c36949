#pragma once

// RequestReader: requests from the bytes of a connection, one after another. Pure: bytes in, events
// out. However the bytes are split, the events are the same.
//
// 1. A head has at most max_head_bytes, a body at most what max_body() was told, and nothing is
//    kept of a request beyond these.
// 2. After a refusal it reads nothing any more: where the next request begins is not known.
// 3. A mistake is refused at the byte that makes it one: a client that speaks something else does
//    not wait for its end.
// 4. Between two requests it holds no memory.

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "http_server/chunks.h"
#include "http_server/raw_head.h"

namespace awps::http_server {

class RequestReader {
 public:
  explicit RequestReader(size_t max_head_bytes) : max_head_bytes_(max_head_bytes) {}

  enum class Event {
    kNothing,  // all was taken; it goes on with more bytes
    kHead,     // head() is whole; call read() again, even with no bytes
    kRequest,  // take() it
    kRefused   // see refusal()
  };
  /// Takes away from the front of `bytes` what belongs to the next event.
  Event read(std::string_view& bytes);

  /// From kHead to kRequest; after kRequest with the body.
  const RequestHead& head() const { return head_; }
  RequestHead& head() { return head_; }
  /// After kHead, for this request: a larger body is refused with 413. 64 KiB if nobody says.
  void set_max_body(size_t bytes) { max_body_bytes_ = bytes; }
  /// After kHead: the body is read and counted, and not kept.
  void throw_body_away() { keeps_body_ = false; }
  RequestHead take();
  const RequestRefusal& refusal() const { return *refusal_; }
  /// The request is a HEAD, as far as it was read: no answer to it has a body.
  bool is_head_request() const { return is_head_request_; }

  /// Some bytes of a request were read, and not all.
  bool is_in_request() const { return place_ != Place::kHead || !raw_.empty(); }
  /// Its head is whole: what is missing is body.
  bool is_in_body() const { return place_ == Place::kBody; }
  /// Bytes of the body that are kept.
  size_t body_bytes() const { return head_.request.body.size(); }
  /// What is kept of its body may come to so many. 0: none is, or it is refused at once.
  size_t most_body_bytes() const;

 private:
  enum class Place { kHead, kBody, kWhole, kRefused };

  Event read_head(std::string_view& bytes);
  bool take_head_byte(char c);
  Event parse_head();
  Event read_body(std::string_view& bytes);
  Event read_chunks(std::string_view& bytes);
  void keep(std::string_view data);
  Event refuse(RequestRefusal refusal);
  Event refuse_body();

  size_t max_head_bytes_;
  Place place_ = Place::kHead;
  std::string raw_;        // of the head, as far as it is here
  size_t line_bytes_ = 0;  // of the head's last line
  bool is_head_request_ = false;
  RequestHead head_;
  size_t max_body_bytes_ = kUsualBody;
  bool keeps_body_ = true;
  uint64_t body_size_ = 0;  // so far
  Chunks chunks_;
  std::optional<RequestRefusal> refusal_;

  static constexpr size_t kUsualBody = 64UL * 1024;
};

}  // namespace awps::http_server

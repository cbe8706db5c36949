#pragma once

// Outbox: what a client has still to take, and who is told when it has. Pure.

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace awps::http_server {

class Outbox {
 public:
  using OnWritten = std::function<void(bool written)>;

  bool is_empty() const { return texts_.empty(); }
  size_t texts() const { return texts_.size(); }
  /// Of all that was not taken yet.
  size_t bytes() const { return bytes_; }

  /// An empty text is none; then nobody may be told.
  void add(std::string text, OnWritten on_written);
  /// Of the first text, what was not taken; never empty unless is_empty().
  std::string_view rest_of_first() const;
  /// The client has taken so many bytes of it. True: the first text is out, and see take_first().
  [[nodiscard]] bool take(size_t bytes);
  /// Whom to tell of the first text; it is no longer here.
  OnWritten take_first();

 private:
  struct Text {
    std::string text;
    OnWritten on_written;
  };

  std::vector<Text> texts_;  // few: answers leave as they come
  size_t taken_ = 0;         // of the first
  size_t bytes_ = 0;
};

}  // namespace awps::http_server

#pragma once

// The values of the C interface as those of the C++ one, and back. Any thread.

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include <awps/client/awps.h>
#include <awps/client/fields.h>
#include <awps/client/options.h>
#include <awps/client/result.h>
#include <awps/client/stream.h>

namespace awps::client {

/// What the options of the first header took; later ones are appended to them.
inline constexpr size_t kFirstOptionsSize = offsetof(awps_options, deduplicate);
awps_options default_options() noexcept;
/// Writes no more than `size` bytes.
void write_default_options(awps_options* to, size_t size) noexcept;
/// `given` and the defaults of what is behind its `size` bytes.
awps_options complete_options(const awps_options* given, size_t size);

Options options_of(const awps_options& given);

/// The Fields of a call, and the list that they borrow. Neither copies nor moves.
class GivenFields {
 public:
  explicit GivenFields(const awps_fields* given);
  GivenFields(const GivenFields&) = delete;
  GivenFields& operator=(const GivenFields&) = delete;

  const Fields& fields() const { return fields_; }

 private:
  std::vector<std::string_view> excluded_;
  Fields fields_;
};

/// Names in an array of C.
struct GivenNames {
  const char* what;  // the argument
  const char* const* names;
  size_t count;
};
std::vector<std::string_view> texts_of(const GivenNames& given);

/// Empty: NULL, which every call that needs a name refuses.
std::string_view text_of(const char* text);
Message message_of(const awps_message& given);
Permission permission_of(awps_permission given);
/// Also of a number that the enumeration does not have; the call refuses it then.
StreamTarget stream_target_of(awps_stream_target given);

/// What cannot be right, and would not be seen in the C++ value: a NULL, or a number that its
/// enumeration does not have.
std::optional<Error> problem_of(const awps_options* given, size_t size);
std::optional<Error> problem_of(const awps_fields* given);
std::optional<Error> problem_of(const awps_message& given);
std::optional<Error> problem_of(const GivenNames& given);

void write_error(const Error& error, awps_error* to);

}  // namespace awps::client

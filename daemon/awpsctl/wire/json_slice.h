#pragma once

// The very bytes of a value within a JSON text. A dead letter's action goes out as it came in, with
// numbers of any size: what a library reads into numbers and writes again may be another action.
//
// The text must be valid JSON (nlohmann::json::accept); of another one the answer is empty or a
// piece of it, never beyond it. Any thread; what is returned borrows from the text.

#include <string_view>
#include <vector>

namespace awps {

/// The value of the object's member `key` (compared byte by byte); empty: there is none.
std::string_view member_slice(std::string_view object, std::string_view key);
/// The elements of the array; none if it is no array.
std::vector<std::string_view> element_slices(std::string_view array);

}  // namespace awps

# Writes a C++ source that holds a file: cmake -D INPUT=… -D OUTPUT=… -P embed.cmake
# Bytes, and not a literal, since compilers need not take long ones.

file(READ ${INPUT} bytes HEX)
string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
file(WRITE ${OUTPUT} "// page/index.html, written by embed.cmake.
#include \"admin/page.h\"

namespace awps::admin {

namespace {
constexpr unsigned char kBytes[] = {${bytes}};
}  // namespace

std::string_view page_html() {
  return {reinterpret_cast<const char*>(kBytes), sizeof kBytes};
}

}  // namespace awps::admin
")

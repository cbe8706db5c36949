# Writes a C++ source that holds the live page: cmake -D FOLDER=… -D OUTPUT=… -P embed.cmake
# A line @name@ of index.html stands for the file of that name, so that the server sends one
# document. Bytes, and not a literal, since compilers need not take long ones.

file(READ ${FOLDER}/index.html page)
file(GLOB parts RELATIVE ${FOLDER} ${FOLDER}/*.css ${FOLDER}/*.js)
foreach(part ${parts})
  file(READ ${FOLDER}/${part} text)
  string(FIND "${page}" "\n@${part}@\n" place)
  if(place EQUAL -1)
    message(FATAL_ERROR "${FOLDER}/index.html has no line @${part}@: name the file there, or remove it")
  endif()
  string(REPLACE "@${part}@\n" "${text}" page "${page}")
endforeach()
if(page MATCHES "\n(@[^\n]*@)\n")
  message(FATAL_ERROR "${FOLDER}/index.html: there is no file ${CMAKE_MATCH_1}")
endif()

file(WRITE ${OUTPUT}.html "${page}")
file(READ ${OUTPUT}.html bytes HEX)
string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
file(WRITE ${OUTPUT} "// The files of page/, written by embed.cmake.
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

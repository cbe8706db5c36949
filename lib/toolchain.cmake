# Compiler settings of every target (C++20, warnings, sanitizers on request), and the libraries that
# they use. Warnings are errors in the presets alone: other compilers have other opinions.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "Build type" FORCE)
endif()

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()

add_library(awps_options INTERFACE)
target_compile_options(awps_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -fno-omit-frame-pointer
  # Designated initializers leave out what keeps its default.
  -Wno-missing-field-initializers)
target_include_directories(awps_options INTERFACE ${PROJECT_SOURCE_DIR}/lib)
target_compile_definitions(awps_options INTERFACE
  BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_DISABLE_BOOST_REGEX AWPS_VERSION="${PROJECT_VERSION}")
if(CMAKE_CXX_COMPILER_ID MATCHES Clang)
  target_compile_options(awps_options INTERFACE -Wthread-safety)
else()
  # GCC 12 reports these inside the standard library's own headers: the first two at -O2 (GCC bugs
  # 105329, 105651), the others at -O3.
  target_compile_options(awps_options INTERFACE -Wno-restrict -Wno-stringop-overflow
    $<$<CONFIG:Release>:-Wno-array-bounds> $<$<CONFIG:Release>:-Wno-maybe-uninitialized>)
endif()
if(AWPS_SANITIZE)
  target_compile_options(awps_options INTERFACE
    -fsanitize=${AWPS_SANITIZE} -fno-sanitize-recover=all)
  target_link_options(awps_options INTERFACE -fsanitize=${AWPS_SANITIZE})
endif()

# An action passes through the small functions of many modules. Optimised together, when awpsd is
# linked, they take two thirds of the time. The modules' objects hold machine code, too: a test, of
# which there are many, is linked without it in a moment.
if(AWPS_LTO AND CMAKE_CXX_COMPILER_ID STREQUAL GNU AND NOT AWPS_SANITIZE AND NOT CMAKE_BUILD_TYPE STREQUAL Debug)
  set(AWPS_MODULE_OPTIONS -flto=auto -ffat-lto-objects)
  # Two types of one name are seen here, and only here.
  set(whole_program -flto=auto -Werror=odr -Wno-stringop-overflow)
  target_link_options(awps_options INTERFACE
    "$<IF:$<BOOL:$<TARGET_PROPERTY:AWPS_LTO>>,${whole_program},-fno-lto>")
endif()

find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)

# Every dependency is one of Debian's packages. Found here, at the top, so that all folders see them.
find_package(OpenSSL REQUIRED)
find_package(Boost 1.81 REQUIRED)
find_package(CURL REQUIRED)
pkg_check_modules(SIMDJSON REQUIRED IMPORTED_TARGET simdjson)
pkg_check_modules(TOMLPLUSPLUS REQUIRED IMPORTED_TARGET tomlplusplus)
pkg_check_modules(SYSTEMD REQUIRED IMPORTED_TARGET libsystemd)
pkg_check_modules(XXHASH REQUIRED IMPORTED_TARGET libxxhash)
pkg_check_modules(ISAL REQUIRED IMPORTED_TARGET libisal)  # CRC-32C
pkg_check_modules(RDKAFKA REQUIRED IMPORTED_TARGET rdkafka)
find_package(spdlog REQUIRED)
find_package(nlohmann_json REQUIRED)
find_path(CONCURRENTQUEUE_INCLUDE concurrentqueue/concurrentqueue.h REQUIRED)

# awps_united(RESULT NAME FILES…): what is compiled of a target NAME: the files or, with AWPS_UNITY, one
# that includes them all, by their paths in the source tree, so that ccache knows it in every checkout.
# The presets debug and asan-ubsan compile each file alone: there, one that forgets an include is seen.
function(awps_united result name)
  if(NOT AWPS_UNITY)
    set(${result} ${ARGN} PARENT_SCOPE)
    return()
  endif()
  set(unit ${CMAKE_CURRENT_BINARY_DIR}/unity/${name}.cc)
  set(text)
  foreach(file ${ARGN})
    file(RELATIVE_PATH path ${PROJECT_SOURCE_DIR} ${file})
    string(APPEND text "#include \"${path}\"\n")
  endforeach()
  file(CONFIGURE OUTPUT ${unit} CONTENT "${text}" @ONLY)
  set_source_files_properties(${unit} PROPERTIES INCLUDE_DIRECTORIES ${PROJECT_SOURCE_DIR})
  set(${result} ${unit} PARENT_SCOPE)
endfunction()

# The manual and the completions. Every pages/NAME.SECTION, and every template NAME.SECTION.in,
# becomes man/NAME.SECTION in the build folder, and is installed compressed.

set(manual_dir ${CMAKE_CURRENT_LIST_DIR})
# Documents of the tree that are pages of the manual, too.
set(documents_dir ${PROJECT_SOURCE_DIR}/lib)
set(documents ${documents_dir}/PROTOCOL.md ${documents_dir}/RUNBOOK.md)

add_executable(awpsd-manual ${manual_dir}/manual.cc ${manual_dir}/markdown.cc
               ${manual_dir}/reference.cc ${manual_dir}/roff.cc)
target_link_libraries(awpsd-manual PRIVATE awps_config awps_admin)
target_include_directories(awpsd-manual PRIVATE ${PROJECT_SOURCE_DIR})

set(pages)
file(GLOB page_sources CONFIGURE_DEPENDS ${manual_dir}/pages/*.[1-8]
     ${manual_dir}/pages/*.[1-8].in)
foreach(source ${page_sources})
  get_filename_component(name ${source} NAME)
  string(REGEX REPLACE "\\.in$" "" name ${name})
  string(REGEX REPLACE ".*\\." "" section ${name})
  set(page ${CMAKE_BINARY_DIR}/man/${name})
  add_custom_command(OUTPUT ${page} ${page}.gz
    COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_BINARY_DIR}/man
    COMMAND awpsd-manual ${source} ${documents_dir} > ${page}
    COMMAND gzip -9nkf ${page}
    DEPENDS awpsd-manual ${source} ${documents} VERBATIM)
  list(APPEND pages ${page})
  set(component awpsd)
  if(name MATCHES "^awpsd-emulator")
    set(component emulator)
  endif()
  install(FILES ${page}.gz DESTINATION ${CMAKE_INSTALL_MANDIR}/man${section}
          COMPONENT ${component})
endforeach()
add_custom_target(awps_man ALL DEPENDS ${pages})

file(GLOB completions CONFIGURE_DEPENDS ${manual_dir}/completions/*)
foreach(completion ${completions})
  get_filename_component(program ${completion} NAME)
  set(component awpsd)
  if(program STREQUAL "awpsd-emulator")
    set(component emulator)
  endif()
  install(FILES ${completion} DESTINATION ${CMAKE_INSTALL_DATAROOTDIR}/bash-completion/completions
          COMPONENT ${component})
endforeach()

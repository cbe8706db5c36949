# How a page of the source tree is installed: with links that are right where it then is.
#
#   awps_install_page(PAGE FOLDER COMPONENT)
#
# The pages of a package are together in one folder, which is next to those of the other packages. A
# link to a page that no package has becomes its text. Pictures are left out.

function(awps_install_page page folder component)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${page})
  file(READ ${PROJECT_SOURCE_DIR}/${page} text)
  string(REGEX REPLACE "!\\[[^]]*\\]\\([^)]*\\)\n+" "" text "${text}")
  string(REPLACE "](../" "](" text "${text}")
  if(page MATCHES "^lib/")
    set(sources "bench/|coalesce|hub/|DESIGN\\.md")
  else()
    set(sources "bench/|lib/(README|DESIGN|STYLE)\\.md")
  endif()
  string(REGEX REPLACE "\\[([^]]*)\\]\\((${sources})[^)]*\\)" "\\1" text "${text}")
  string(REGEX REPLACE "\\]\\((lib/)?client/" "](../libawps-dev/" text "${text}")
  string(REPLACE "](lib/emulator/" "](../awpsd-emulator/" text "${text}")
  string(REPLACE "](lib/" "](" text "${text}")
  if(component STREQUAL "dev")
    string(REPLACE "](SDK.md" "](../awpsd/SDK.md" text "${text}")
  endif()
  string(REPLACE "](config/awpsd.toml)" "](/etc/awpsd/awpsd.toml)" text "${text}")
  string(REPLACE "](config/" "](examples/" text "${text}")
  get_filename_component(name ${page} NAME)
  set(installed ${CMAKE_BINARY_DIR}/documents/${component}/${name})
  file(CONFIGURE OUTPUT ${installed} CONTENT "${text}" @ONLY)
  install(FILES ${installed} DESTINATION ${folder} COMPONENT ${component})
endfunction()

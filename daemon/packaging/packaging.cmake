# The Debian packages: `cmake --build build/release --target package`, or `cpack` in the build folder.
#
# What is installed without a COMPONENT belongs to the package awpsd; the component `emulator` is
# awpsd-emulator, `dev` is libawps-dev. Whatever prefix the build was configured with, packages are
# for /usr: units and pages are made when they are installed.

set(package_dir ${CMAKE_CURRENT_LIST_DIR})

# Each package has the two files that Debian asks of each.
file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/package)
set(changelog ${CMAKE_BINARY_DIR}/package/changelog.gz)
add_custom_command(OUTPUT ${changelog}
  COMMAND gzip -9nc ${package_dir}/changelog > ${changelog}
  DEPENDS ${package_dir}/changelog VERBATIM)
# What apt-listchanges shows at an upgrade.
set(news ${CMAKE_BINARY_DIR}/package/NEWS.Debian.gz)
add_custom_command(OUTPUT ${news}
  COMMAND gzip -9nc ${package_dir}/NEWS.Debian > ${news}
  DEPENDS ${package_dir}/NEWS.Debian VERBATIM)
add_custom_target(awps_changelog ALL DEPENDS ${changelog} ${news})
install(FILES ${news} DESTINATION ${CMAKE_INSTALL_DATAROOTDIR}/doc/awpsd)
foreach(pair awpsd:awpsd emulator:awpsd-emulator dev:libawps-dev)
  string(REGEX REPLACE "(.*):(.*)" "\\1;\\2" pair ${pair})
  list(GET pair 0 component)
  list(GET pair 1 name)
  install(FILES ${package_dir}/copyright ${changelog}
          DESTINATION ${CMAKE_INSTALL_DATAROOTDIR}/doc/${name} COMPONENT ${component})
endforeach()

# The options with their defaults, except that the members of awpsd-admin may steer. sysusers makes
# that group. A daemon that runs without the package has none, so it is no default.
set(config ${PROJECT_SOURCE_DIR}/config/awpsd.toml)
set(default_line "group = \"\"                                  # may steer;")
set(package_line "group = \"awpsd-admin\"                       # may steer;")
set_property(DIRECTORY ${PROJECT_SOURCE_DIR} APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${config})
file(READ ${config} default_config)
string(REPLACE "${default_line}" "${package_line}" package_config "${default_config}")
if(package_config STREQUAL default_config)
  message(FATAL_ERROR "${config} has no line '${default_line}', which the package's file changes")
endif()
file(WRITE ${CMAKE_BINARY_DIR}/package/awpsd.toml "${package_config}")
install(FILES ${CMAKE_BINARY_DIR}/package/awpsd.toml DESTINATION /etc/awpsd)
install(FILES ${PROJECT_SOURCE_DIR}/config/streams/event-hubs.toml
              ${PROJECT_SOURCE_DIR}/config/streams/fleet.toml
              ${PROJECT_SOURCE_DIR}/config/streams/kafka.toml
        DESTINATION ${CMAKE_INSTALL_DATAROOTDIR}/doc/awpsd/examples/streams)

set(CPACK_GENERATOR DEB)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_ALL awpsd emulator dev)
set(CPACK_PACKAGE_DIRECTORY ${CMAKE_BINARY_DIR}/package)
# With DESTDIR, since /etc lies outside of the prefix.
set(CPACK_SET_DESTDIR ON)
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_PACKAGE_CONTACT "the authors of awpsd <awpsd@packages.invalid>")
# Else it would stand above each package's own words.
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "")
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE
    GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)

set(CPACK_DEBIAN_AWPSD_PACKAGE_NAME awpsd)
set(CPACK_DEBIAN_AWPSD_PACKAGE_SECTION net)
set(CPACK_DEBIAN_AWPSD_PACKAGE_DEPENDS "systemd | systemd-sysusers, ca-certificates")
set(CPACK_DEBIAN_AWPSD_PACKAGE_SUGGESTS "awpsd-emulator, netcat-openbsd")
set(CPACK_DEBIAN_AWPSD_PACKAGE_CONTROL_EXTRA
    ${package_dir}/awpsd/conffiles ${package_dir}/awpsd/postinst ${package_dir}/awpsd/prerm
    ${package_dir}/awpsd/postrm)
set(CPACK_COMPONENT_AWPSD_DESCRIPTION "Azure Web PubSub delivery daemon
Takes Azure Web PubSub actions from local programs, one JSON value per line
over a Unix socket, and delivers them to the service: in order, within its
rate limits, coalesced, retried, at least once.

This package has the daemon, its control tool, units for systemd, and the
manual. Installing starts nothing: awpsd(8) says what is needed first.")

set(CPACK_DEBIAN_EMULATOR_PACKAGE_NAME awpsd-emulator)
set(CPACK_DEBIAN_EMULATOR_PACKAGE_SECTION devel)
set(CPACK_COMPONENT_EMULATOR_DESCRIPTION "Azure Web PubSub on localhost, for tests
The REST data plane with its status codes, errors and tokens, WebSocket
clients, groups, permissions and filters; throttling and scripted faults; a
log of what arrived. For tests of awpsd, or of any other sender.")

set(CPACK_DEBIAN_DEV_PACKAGE_NAME libawps-dev)
set(CPACK_DEBIAN_DEV_PACKAGE_SECTION libdevel)
set(CPACK_COMPONENT_DEV_DESCRIPTION "Library for programs that send through awpsd
Hands Azure Web PubSub actions to the local daemon awpsd: buffered, with
the replies read while writing. Headers and a static library.")

include(CPack)

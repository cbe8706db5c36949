# awpsd-emulator: the service on localhost.

find_package(CLI11 REQUIRED)
add_executable(awpsd-emulator ${CMAKE_CURRENT_LIST_DIR}/awpsd_emulator.cc)
target_link_libraries(awpsd-emulator PRIVATE awps_emulator CLI11::CLI11)
install(TARGETS awpsd-emulator RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR}
        COMPONENT emulator)

# Installs the explorer: headers, archive, the component `explore` of the CMake package (lockdep::explore) and a
# pkg-config file.  The package itself is installed by lockdep/install.cmake.
include(GNUInstallDirs)

install(TARGETS lockdep_explore EXPORT lockdepExploreTargets
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development
  FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development)
install(EXPORT lockdepExploreTargets NAMESPACE lockdep::
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/lockdep COMPONENT development)

# As in lockdep.pc: found from its own place.
file(RELATIVE_PATH LOCKDEP_PC_PREFIX ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
string(REGEX REPLACE "/$" "" LOCKDEP_PC_PREFIX "${LOCKDEP_PC_PREFIX}")
configure_file(lockdep-explore.pc.in ${CMAKE_CURRENT_BINARY_DIR}/lockdep-explore.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/lockdep-explore.pc
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT development)

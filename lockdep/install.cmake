# Installs the library: headers, archive, a CMake package (lockdep::lockdep) and a pkg-config file.  The package's
# component explore and its pkg-config file are installed by explore/install.cmake.
#
# What the library links is taken from the target, so neither file can forget a dependency; a
# library that is not known below stops the configuration.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(LOCKDEP_FIND_DEPENDENCIES "")
set(LOCKDEP_PC_REQUIRES "")
set(LOCKDEP_PC_LIBS "")
get_target_property(linked lockdep LINK_LIBRARIES)
foreach(library IN LISTS linked)
  if(library MATCHES "^absl::(.*)$")
    list(APPEND LOCKDEP_FIND_DEPENDENCIES "find_dependency(absl)")
    list(APPEND LOCKDEP_PC_REQUIRES "absl_${CMAKE_MATCH_1}")
  elseif(library STREQUAL "Threads::Threads")
    list(APPEND LOCKDEP_FIND_DEPENDENCIES "find_dependency(Threads)")
    list(APPEND LOCKDEP_PC_LIBS "-pthread")
  elseif(library STREQUAL "nlohmann_json::nlohmann_json")
    list(APPEND LOCKDEP_FIND_DEPENDENCIES "find_dependency(nlohmann_json)")
    list(APPEND LOCKDEP_PC_REQUIRES "nlohmann_json")
  elseif(library MATCHES "^(dl|dw)$")
    list(APPEND LOCKDEP_PC_LIBS "-l${library}")
  else()
    message(FATAL_ERROR "lockdep links ${library}: lockdep/install.cmake must say how an installed lockdep finds it")
  endif()
endforeach()
foreach(words LOCKDEP_FIND_DEPENDENCIES LOCKDEP_PC_REQUIRES LOCKDEP_PC_LIBS)
  list(REMOVE_DUPLICATES ${words})
endforeach()
list(JOIN LOCKDEP_FIND_DEPENDENCIES "\n" LOCKDEP_FIND_DEPENDENCIES)
list(JOIN LOCKDEP_PC_REQUIRES ", " LOCKDEP_PC_REQUIRES)
list(JOIN LOCKDEP_PC_LIBS " " LOCKDEP_PC_LIBS)

install(TARGETS lockdep EXPORT lockdepTargets
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development
  FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development)

set(package_directory ${CMAKE_INSTALL_LIBDIR}/cmake/lockdep)
configure_package_config_file(lockdepConfig.cmake.in ${CMAKE_CURRENT_BINARY_DIR}/lockdepConfig.cmake
  INSTALL_DESTINATION ${package_directory})
# Before 1.0 a new minor version may change the interface.
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/lockdepConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/lockdepConfig.cmake ${CMAKE_CURRENT_BINARY_DIR}/lockdepConfigVersion.cmake
  DESTINATION ${package_directory} COMPONENT development)
install(EXPORT lockdepTargets NAMESPACE lockdep:: DESTINATION ${package_directory} COMPONENT development)

# The prefix is found from the place of the .pc file, so that the installed tree can be moved.
file(RELATIVE_PATH LOCKDEP_PC_PREFIX ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
string(REGEX REPLACE "/$" "" LOCKDEP_PC_PREFIX "${LOCKDEP_PC_PREFIX}")
configure_file(lockdep.pc.in ${CMAKE_CURRENT_BINARY_DIR}/lockdep.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/lockdep.pc
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT development)

install(FILES findings.schema.json DESTINATION ${CMAKE_INSTALL_DATADIR}/lockdep COMPONENT development)

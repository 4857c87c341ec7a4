# libstreamvbyte has no file for pkg-config.
find_path(TIDBXX_STREAMVBYTE_HEADERS streamvbyte.h REQUIRED)
find_library(TIDBXX_STREAMVBYTE_LIBRARY streamvbyte REQUIRED)
mark_as_advanced(TIDBXX_STREAMVBYTE_HEADERS TIDBXX_STREAMVBYTE_LIBRARY)
if(NOT TARGET tidbxx_streamvbyte)
  add_library(tidbxx_streamvbyte UNKNOWN IMPORTED GLOBAL)
  set_target_properties(tidbxx_streamvbyte PROPERTIES
    IMPORTED_LOCATION ${TIDBXX_STREAMVBYTE_LIBRARY} INTERFACE_INCLUDE_DIRECTORIES ${TIDBXX_STREAMVBYTE_HEADERS})
endif()

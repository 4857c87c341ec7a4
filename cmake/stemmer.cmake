# libstemmer has no file for pkg-config on Debian.
find_path(TIDBXX_STEMMER_HEADERS libstemmer.h REQUIRED)
find_library(TIDBXX_STEMMER_LIBRARY stemmer REQUIRED)
mark_as_advanced(TIDBXX_STEMMER_HEADERS TIDBXX_STEMMER_LIBRARY)
if(NOT TARGET tidbxx_stemmer)
  add_library(tidbxx_stemmer UNKNOWN IMPORTED GLOBAL)
  set_target_properties(tidbxx_stemmer PROPERTIES
    IMPORTED_LOCATION ${TIDBXX_STEMMER_LIBRARY} INTERFACE_INCLUDE_DIRECTORIES ${TIDBXX_STEMMER_HEADERS})
endif()

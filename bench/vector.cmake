# bench_vector looks inside src/, and links the libraries that it compares with: nothing else needs those.
find_path(TIDBXX_HNSWLIB hnswlib/hnswlib.h)
find_library(TIDBXX_FAISS faiss)
find_package(OpenMP QUIET COMPONENTS CXX)
find_package(LAPACK QUIET)
if(NOT TIDBXX_HNSWLIB OR NOT TIDBXX_FAISS OR NOT OpenMP_CXX_FOUND OR NOT LAPACK_FOUND)
  message(STATUS "hnswlib or FAISS not found: bench_vector is not built (scripts/setup test installs them)")
  return()
endif()

# hnswlib chooses its instructions when it is compiled: for this machine, as ours and FAISS do when they run.
add_library(bench_vector_peers OBJECT bench/support/vector_peers.cpp)
target_include_directories(bench_vector_peers SYSTEM PRIVATE ${TIDBXX_HNSWLIB})
target_compile_options(bench_vector_peers PRIVATE -march=native)
target_link_libraries(bench_vector_peers PUBLIC ${TIDBXX_FAISS} LAPACK::LAPACK OpenMP::OpenMP_CXX PRIVATE tidbxx_warnings)
target_compile_features(bench_vector_peers PRIVATE cxx_std_20)
set_target_properties(bench_vector_peers PROPERTIES CXX_EXTENSIONS OFF)

tidbxx_program(bench_vector bench/vector.cpp bench/support/vector_curve.cpp bench/support/vector_data.cpp
  bench/support/vector_ours.cpp LINK bench_vector_peers PkgConfig::tidbxx_highway Threads::Threads)
target_include_directories(bench_vector PRIVATE src)

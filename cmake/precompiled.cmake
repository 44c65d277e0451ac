# Precompiled headers: the standard library for all, GoogleTest besides for the tests. Of a product's file a third of the
# time went into the standard library's headers.
#   sluice_precompile(TARGET)        a library of the product
#   sluice_precompile_test(TARGET)   a test program
# SLUICE_PCH=OFF compiles without, which shows whether each file includes what it uses.
option(SLUICE_PCH "Precompile the standard library's headers" ON)

set(SLUICE_STANDARD_HEADERS
  <algorithm> <array> <atomic> <charconv> <chrono> <condition_variable> <cstddef> <cstdint> <cstring> <expected>
  <filesystem> <functional> <limits> <map> <memory> <mutex> <numeric> <optional> <ranges> <set> <span> <string>
  <string_view> <thread> <tuple> <unordered_map> <utility> <variant> <vector>)

if(SLUICE_PCH)
  # A header that was precompiled in another second is the same header: ccache compares contents.
  file(WRITE "${CMAKE_BINARY_DIR}/precompiled.cpp" "// Only what stands before it.\n")
  add_library(sluice_precompiled OBJECT "${CMAKE_BINARY_DIR}/precompiled.cpp")
  add_library(sluice_precompiled_test OBJECT "${CMAKE_BINARY_DIR}/precompiled.cpp")
  target_link_libraries(sluice_precompiled PRIVATE sluice_flags)
  target_link_libraries(sluice_precompiled_test PRIVATE sluice_flags GTest::gtest GTest::gmock)
  target_precompile_headers(sluice_precompiled PRIVATE ${SLUICE_STANDARD_HEADERS})
  target_precompile_headers(sluice_precompiled_test PRIVATE ${SLUICE_STANDARD_HEADERS} <gmock/gmock.h> <gtest/gtest.h>)
  set_target_properties(sluice_precompiled_test PROPERTIES POSITION_INDEPENDENT_CODE OFF)
  target_compile_options(sluice_precompiled_test PRIVATE -fPIE)
  target_compile_options(sluice_flags INTERFACE "SHELL:-Xclang -fno-pch-timestamp")
endif()

function(sluice_precompile TARGET)
  if(SLUICE_PCH)
    target_precompile_headers(${TARGET} REUSE_FROM sluice_precompiled)
  endif()
endfunction()

function(sluice_precompile_test TARGET)
  if(SLUICE_PCH)
    target_precompile_headers(${TARGET} REUSE_FROM sluice_precompiled_test)
  endif()
endfunction()

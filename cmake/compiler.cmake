# Warnings, linker and sanitizers, as interface targets that every module links.
# clang 19 with lld only: GCC 12 miscompiles coroutines (docs/decisions/0001-compiler.md).
if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang" OR CMAKE_CXX_COMPILER_VERSION VERSION_LESS 19)
  message(FATAL_ERROR "Sluice builds with clang 19 or newer; use a preset of CMakePresets.json")
endif()

add_library(sluice_flags INTERFACE)
target_compile_options(sluice_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wold-style-cast -Wcast-qual
  -Wconversion -Wsign-conversion -Wimplicit-fallthrough -Wextra-semi -Wunused -Wno-missing-designated-field-initializers -Werror -fno-omit-frame-pointer)
target_link_options(sluice_flags INTERFACE -fuse-ld=lld)
if(NOT SLUICE_SANITIZE)
  # DuckDB's static library carries mbedTLS under plain C names; keep every archive's symbols inside the binary. Not with
  # a sanitizer: its runtime is an archive too, and must be seen by libstdc++ to replace operator new there.
  target_link_options(sluice_flags INTERFACE -Wl,--exclude-libs,ALL)
endif()

if(SLUICE_FUZZ)
  # For all, since the precompiled headers have to be compiled in the same way as what includes them.
  target_compile_options(sluice_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
if(SLUICE_SANITIZE)
  target_compile_options(sluice_flags INTERFACE -fsanitize=${SLUICE_SANITIZE} -fno-sanitize-recover=all)
  target_link_options(sluice_flags INTERFACE -fsanitize=${SLUICE_SANITIZE})
  if(NOT SLUICE_SANITIZE MATCHES "thread")
    # Without suppressions there is nothing to recover from; vptr needs RTTI of libraries that are built without it.
    target_compile_options(sluice_flags INTERFACE -fno-sanitize=vptr)
  endif()
endif()

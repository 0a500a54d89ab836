# What every target of ours is compiled with.
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()
set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_CXX_STANDARD 17)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

add_library(ls_options INTERFACE)
target_include_directories(ls_options INTERFACE ${PROJECT_SOURCE_DIR}/src)
target_compile_definitions(ls_options INTERFACE _GNU_SOURCE LS_VERSION="${PROJECT_VERSION}")
# No contraction into fused multiply-adds that the source does not spell: the same C line then
# rounds the same way in every translation unit. Never -ffast-math.
target_compile_options(ls_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror -ffp-contract=off
  $<$<COMPILE_LANGUAGE:C>:-Wstrict-prototypes -Wmissing-prototypes -Wvla>)
target_link_libraries(ls_options INTERFACE m pthread)
# Many test programs are linked from the same libraries: where gold is there, it takes half of the time.
if(NOT CMAKE_BUILD_TYPE STREQUAL "Release")
  include(CheckLinkerFlag)
  check_linker_flag(C -fuse-ld=gold LS_HAS_GOLD)
  if(LS_HAS_GOLD)
    target_link_options(ls_options INTERFACE -fuse-ld=gold)
  endif()
endif()
if(LAYERSCOPE_SANITIZE)
  target_compile_options(ls_options INTERFACE
    -fsanitize=${LAYERSCOPE_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer -g)
  target_link_options(ls_options INTERFACE -fsanitize=${LAYERSCOPE_SANITIZE})
endif()
# What linkers read is noted in links/, a file a program: scripts/closure asks which packages it came from.
include(CheckLinkerFlag)
check_linker_flag(C "LINKER:--dependency-file=${CMAKE_BINARY_DIR}/CMakeFiles/probe.d" LS_LINKER_NOTES)
if(LS_LINKER_NOTES AND (BUILD_TESTING OR NOT DEFINED BUILD_TESTING))
  file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/links)
  target_link_options(ls_options INTERFACE
    "LINKER:--dependency-file=${CMAKE_BINARY_DIR}/links/$<TARGET_PROPERTY:NAME>.d")
endif()

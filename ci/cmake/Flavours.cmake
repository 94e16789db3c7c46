# Flavours: one list of sources, compiled once for each of plain, asan and tsan in one configure, and once more as
# bare: plain without the probes of lib/base/probe.h. Bare is what is shipped and measured; the others are run.
#
#   ts_flavoured(NAME ts_queue SOURCES spsc.c DEPS ts_base [LIBS Threads::Threads])
#       static libraries ts_queue.plain, ts_queue.asan, ts_queue.tsan, ts_queue.bare; DEPS are flavoured names, LIBS are not
#   ts_flavoured(NAME x KIND SHARED|EXECUTABLE OUTPUT name ...)
#       build/<flavour>/name; executables are not built bare unless FLAVOURS says so
#       FLAVOURS may name explore, too: the objects of tsan, linked for the scheduler (stress/explore)
#   ts_tool(NAME ts_supervisor SOURCES ... DEPS ... LIBS ...)
#       a plain, host-side static library of the command; DEPS are other tools
#   ts_test(NAME lib.queue.spsc SOURCES spsc_test.c DEPS ts_queue LABELS unit [FLAVOURS plain asan tsan] [TIMEOUT 60])
#       a Criterion program per flavour, registered as lib.queue.spsc.<flavour>

set(TS_FLAVOURS plain asan tsan)

# Sanitized code keeps its frames: fingerprints of a report must not depend on what the optimiser inlined.
set(TS_SANITIZED_FLAGS -O1 -g -fno-inline -fno-omit-frame-pointer -fno-optimize-sibling-calls)
set(TS_COMPILE_plain -O2 -g -fno-omit-frame-pointer)
set(TS_COMPILE_bare ${TS_COMPILE_plain})
set(TS_COMPILE_asan ${TS_SANITIZED_FLAGS} -fsanitize=address,undefined -fno-sanitize-recover=undefined)
set(TS_COMPILE_tsan ${TS_SANITIZED_FLAGS} -fsanitize=thread)
set(TS_LINK_plain "")
set(TS_LINK_bare "")
foreach(flavour ${TS_FLAVOURS})
  set(TS_DEFINE_${flavour} TS_PROBES)
  set(TS_DEPS_${flavour} ${flavour})
endforeach()
set(TS_DEFINE_bare "")
set(TS_DEPS_bare bare)
set(TS_COMPILE_explore ${TS_COMPILE_tsan})
set(TS_DEFINE_explore TS_PROBES TS_FLAVOUR_IS_tsan)
set(TS_DEPS_explore tsan)
set(TS_LINK_explore -fsanitize=thread)
set(TS_LINK_asan -fsanitize=address,undefined)
set(TS_LINK_tsan -fsanitize=thread)

add_library(ts_warnings INTERFACE)
target_compile_options(ts_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wconversion -Wno-sign-conversion
  -Wvla -Wformat=2 -Wundef $<$<BOOL:${TICKSTORM_WERROR}>:-Werror>)

# Criterion's macros use GNU forms and declare what they define.
add_library(ts_test_warnings INTERFACE)
target_compile_options(ts_test_warnings INTERFACE
  -Wall -Wextra -Wshadow -Wconversion -Wno-sign-conversion -Wformat=2 $<$<BOOL:${TICKSTORM_WERROR}>:-Werror>)

# What every target shares: the language, the include root ("queue/spsc.h" from lib, "tape/source.h" from stress).
add_library(ts_common INTERFACE)
target_compile_features(ts_common INTERFACE c_std_11)
target_compile_definitions(ts_common INTERFACE _GNU_SOURCE TICKSTORM_VERSION="${PROJECT_VERSION}")
# Debug information names files relative to the checkout: findings then read the same on every machine, and a forge can
# show them beside the code.
target_compile_options(ts_common INTERFACE -fvisibility=hidden -fdebug-compilation-dir=.
                                           "-ffile-prefix-map=${CMAKE_SOURCE_DIR}/=")
target_include_directories(ts_common INTERFACE "${TICKSTORM_LIB_DIR}" "${TICKSTORM_LIB_DIR}/include"
                                               "${CMAKE_SOURCE_DIR}/stress" "${CMAKE_SOURCE_DIR}")

function(ts_flavoured)
  cmake_parse_arguments(A "" "NAME;KIND;OUTPUT" "SOURCES;DEPS;LIBS;FLAVOURS;DEFINES" ${ARGN})
  if(NOT A_KIND)
    set(A_KIND STATIC)
  endif()
  if(NOT A_FLAVOURS)
    set(A_FLAVOURS ${TS_FLAVOURS})
    if(NOT A_KIND STREQUAL "EXECUTABLE")
      list(APPEND A_FLAVOURS bare)
    endif()
  endif()
  foreach(flavour IN LISTS A_FLAVOURS)
    set(target "${A_NAME}.${flavour}")
    if(A_KIND STREQUAL "EXECUTABLE")
      add_executable(${target} ${A_SOURCES})
      target_link_options(${target} PRIVATE -rdynamic)
    else()
      add_library(${target} ${A_KIND} ${A_SOURCES})
    endif()
    set_target_properties(${target} PROPERTIES C_STANDARD 11 C_EXTENSIONS OFF POSITION_INDEPENDENT_CODE ON)
    if(A_OUTPUT)
      set_target_properties(${target} PROPERTIES
        OUTPUT_NAME "${A_OUTPUT}"
        RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/${flavour}"
        LIBRARY_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/${flavour}")
    endif()
    target_compile_definitions(${target} PRIVATE TS_FLAVOUR="${flavour}" TS_FLAVOUR_IS_${flavour}
                               ${TS_DEFINE_${flavour}} ${A_DEFINES})
    target_compile_options(${target} PRIVATE ${TS_COMPILE_${flavour}})
    target_link_options(${target} PRIVATE ${TS_LINK_${flavour}})
    target_link_libraries(${target} PRIVATE ts_warnings PUBLIC ts_common Threads::Threads ${A_LIBS})
    foreach(dep IN LISTS A_DEPS)
      target_link_libraries(${target} PUBLIC "${dep}.${TS_DEPS_${flavour}}")
    endforeach()
    if(flavour STREQUAL "explore")
      ts_explored(${target})
    endif()
  endforeach()
endfunction()

# ts_explored(TARGET): sends an executable, or a library that one loads, through the wrappers of the scheduler.
function(ts_explored target)
  target_link_options(${target} PRIVATE "@${CMAKE_BINARY_DIR}/explore/wraps.rsp")
  set_property(TARGET ${target} APPEND PROPERTY LINK_DEPENDS "${CMAKE_BINARY_DIR}/explore/wraps.rsp")
  get_target_property(kind ${target} TYPE)
  if(kind STREQUAL "EXECUTABLE")
    # Whole: libraries that are loaded later find the wrappers in the executable.
    target_link_libraries(${target} PRIVATE "$<LINK_LIBRARY:WHOLE_ARCHIVE,ts_explore>")
    target_link_options(${target} PRIVATE -rdynamic)
  else()
    # libgcc.a, which libgcc_s brings along, has a wrapper of pthread_create, too, and would give it to a library.
    target_link_options(${target} PRIVATE -rtlib=compiler-rt -unwindlib=none)
  endif()
endfunction()

function(ts_tool)
  cmake_parse_arguments(A "" "NAME" "SOURCES;DEPS;LIBS;DEFINES" ${ARGN})
  add_library(${A_NAME} STATIC ${A_SOURCES})
  set_target_properties(${A_NAME} PROPERTIES C_STANDARD 11 C_EXTENSIONS OFF POSITION_INDEPENDENT_CODE ON)
  target_compile_options(${A_NAME} PRIVATE ${TS_COMPILE_plain})
  target_compile_definitions(${A_NAME} PRIVATE ${A_DEFINES})
  target_link_libraries(${A_NAME} PRIVATE ts_warnings PUBLIC ts_common Threads::Threads ${A_DEPS} ${A_LIBS})
endfunction()

# Sanitizer settings of tests: the first report ends the process with a status that no test uses (Criterion alone
# stays green on a report made at exit).
set(TS_TEST_ENVIRONMENT
  "TSAN_OPTIONS=halt_on_error=1:exitcode=86:second_deadlock_stack=1:history_size=7"
  "ASAN_OPTIONS=exitcode=87:detect_leaks=1:detect_stack_use_after_return=1"
  "UBSAN_OPTIONS=print_stacktrace=1")

# Two hundred programs of tests are linked; lld takes two thirds of the default linker's time. What users run or is explored
# is linked by the default one.
find_program(TICKSTORM_LLD NAMES ld.lld-19 ld.lld-14)
set(TS_TEST_LINKER "$<$<BOOL:${TICKSTORM_LLD}>:--ld-path=${TICKSTORM_LLD}>")

# What every test of a flavour links beside its own files, compiled once.
function(ts_criterion_main flavour)
  set(target "criterion_main.${flavour}")
  if(NOT TARGET ${target})
    add_library(${target} OBJECT "${CMAKE_SOURCE_DIR}/ci/criterion_main.c")
    set_target_properties(${target} PROPERTIES C_STANDARD 11 C_EXTENSIONS ON)
    target_compile_options(${target} PRIVATE ${TS_COMPILE_${flavour}})
    target_link_libraries(${target} PRIVATE ts_test_warnings ts_common PkgConfig::CRITERION)
  endif()
endfunction()

function(ts_test)
  if(NOT TICKSTORM_TESTS)
    return()
  endif()
  cmake_parse_arguments(A "" "NAME;TIMEOUT" "SOURCES;DEPS;TOOLS;LIBS;LABELS;FLAVOURS;DEFINES;ENVIRONMENT" ${ARGN})
  if(NOT A_FLAVOURS)
    set(A_FLAVOURS ${TS_FLAVOURS})
  endif()
  if(NOT A_TIMEOUT)
    set(A_TIMEOUT 120)
  endif()
  foreach(flavour IN LISTS A_FLAVOURS)
    ts_criterion_main(${flavour})
    set(target "test.${A_NAME}.${flavour}")
    add_executable(${target} ${A_SOURCES} "$<TARGET_OBJECTS:criterion_main.${flavour}>")
    set_target_properties(${target} PROPERTIES C_STANDARD 11 C_EXTENSIONS ON
                          RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/tests")
    target_compile_definitions(${target} PRIVATE TS_FLAVOUR="${flavour}" ${TS_DEFINE_${flavour}} ${A_DEFINES})
    target_compile_options(${target} PRIVATE ${TS_COMPILE_${flavour}})
    target_link_options(${target} PRIVATE ${TS_LINK_${flavour}} ${TS_TEST_LINKER} -rdynamic)
    target_link_libraries(${target} PRIVATE ts_test_warnings ts_common Threads::Threads PkgConfig::CRITERION
                          ${A_TOOLS} ${A_LIBS})
    foreach(dep IN LISTS A_DEPS)
      target_link_libraries(${target} PRIVATE "${dep}.${flavour}")
    endforeach()
    add_test(NAME "${A_NAME}.${flavour}" COMMAND ${target} --color=never)
    set_tests_properties("${A_NAME}.${flavour}" PROPERTIES
      LABELS "${A_LABELS};${flavour}" TIMEOUT ${A_TIMEOUT}
      ENVIRONMENT "${TS_TEST_ENVIRONMENT};${A_ENVIRONMENT}")
  endforeach()
endfunction()

/*
 * Call failures: libc's calls, as made by library, host and scenarios, fail at the points named call.* of
 * probe_points.h. They are points as all others: armed by a spec, decided by the handler, counted in its log.
 *
 * Linking does it (ts_wrap_calls in CMakeLists.txt): --wrap sends each call of an image through a wrapper.
 * Program and library need it both, for --wrap reaches one image. What libc and jansson call themselves is in
 * no such image. The sanitizers' runtimes are linked into the program: of the wrapped calls they make two,
 * dlsym when they start, and clock_gettime whenever they like; neither counts. A wrapper that does not fail
 * ends in a jump, so a sanitizer's stack shows the caller and no wrapper.
 *
 * Threads: begin before other threads start. Progress, order: as the handler's.
 */
#ifndef TS_FAULTS_CALLS_H
#define TS_FAULTS_CALLS_H

#include "base/probe.h"

/*
 * From here on calls can fail; until then no point of a call is reached. Call after ts_faults_arm.
 * monotonic, wall: what the program reads its clocks by. Whoever calls clock_gettime for them is ours,
 * everybody else in the program is not.
 */
void ts_calls_begin(int64_t (*monotonic)(void), int64_t (*wall)(void));

/* Whether calls can fail; found at run time by libraries, absent in a program without wrappers. */
TS_PROBE_EXPORT bool ts_calls_can_fail(void);

/* Where the program begins in memory, so that a wrapper can say whether its own image is the program. */
TS_PROBE_EXPORT const void *ts_calls_program(void);

/* Between calls.c and the wrappers of the program: whoever asks for the time in this call is ours. */
void ts_call_wraps_learn(int64_t (*read_clock)(void));

#endif

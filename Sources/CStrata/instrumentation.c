#include "strata_instrumentation.h"

#if __has_include(<valgrind/callgrind.h>)
#include <valgrind/callgrind.h>

int strata_instrumentation_is_built_in(void) { return 1; }

int strata_instrumentation_is_under_valgrind(void) { return RUNNING_ON_VALGRIND != 0; }

void strata_instrumentation_start(void) {
    CALLGRIND_ZERO_STATS;
    CALLGRIND_START_INSTRUMENTATION;
}

void strata_instrumentation_stop(const char *name) {
    CALLGRIND_STOP_INSTRUMENTATION;
    CALLGRIND_DUMP_STATS_AT(name);
}
#else
int strata_instrumentation_is_built_in(void) { return 0; }
int strata_instrumentation_is_under_valgrind(void) { return 0; }
void strata_instrumentation_start(void) {}
void strata_instrumentation_stop(const char *name) { (void)name; }
#endif

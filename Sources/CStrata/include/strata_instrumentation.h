// What a program under valgrind's tool callgrind tells it: which part of its work to count.
#ifndef STRATA_INSTRUMENTATION_H
#define STRATA_INSTRUMENTATION_H

// Whether this was built with valgrind's header (Debian's package `valgrind`): without it the others do nothing.
int strata_instrumentation_is_built_in(void);
// Whether this process runs under valgrind.
int strata_instrumentation_is_under_valgrind(void);
// Sets all counts to zero and begins to count.
void strata_instrumentation_start(void);
// Ends counting and has the counts since the start written to a file of their own, which carries the name.
void strata_instrumentation_stop(const char *name);

#endif

#include "strata_thread.h"

#include <sys/syscall.h>
#include <unistd.h>

_Thread_local struct strata_place strata_places[STRATA_PLACES];

int64_t strata_thread_number(void) { return syscall(SYS_gettid); }

// What the harness asks of the process and the C library, and Swift cannot reach: feature-test-macro functions
// (mallinfo2, dladdr, RUSAGE_THREAD), variadic system calls (prctl, pidfd_open) and a signal handler.
#ifndef STRATA_PROCESS_H
#define STRATA_PROCESS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

// The heap of the C library's own malloc, whatever library owns `malloc` in this process.
struct strata_libc_heap {
    uint64_t bytes_in_use;   // chunks handed out (those cached per thread included) and mapped blocks
    uint64_t bytes_held;     // taken from the system for arenas and mapped blocks
};
void strata_libc_heap_read(struct strata_libc_heap *heap);

// The C library's version, for example "2.36". Static storage.
const char *strata_libc_version(void);

// The mapped file that holds the definition of `symbol` that this process would call. Returns 0 and fills `path`
// (as the loader knows it) and `address`; -1 when there is no such symbol; -2 when no file holds it or the path
// does not fit.
int strata_symbol_owner(const char *symbol, char *path, size_t capacity, uint64_t *address);

// Resources used so far, of the process or of the calling thread.
struct strata_usage {
    uint64_t user_ns;
    uint64_t system_ns;
    uint64_t minor_faults;
    uint64_t major_faults;
    uint64_t voluntary_switches;
    uint64_t involuntary_switches;
    uint64_t resident_peak_bytes;   // of the process, in both forms
};
int strata_usage_of_process(struct strata_usage *usage);
int strata_usage_of_thread(struct strata_usage *usage);

// The number of processors that this process may run on, or -1 with errno.
int strata_affinity_count(void);

// Asks the kernel to kill this process when the thread that started it ends. Returns 0; -1 with errno when the
// kernel refuses; 1 when the parent is gone already (is not `parent`).
int strata_die_with_parent(pid_t parent);

// Names the calling thread for debuggers; the kernel keeps 15 bytes.
void strata_thread_name(const char *name);

// How late the kernel may wake the calling thread from a timed sleep, to save wake-ups: nanoseconds, or 0 for what the
// thread started with. Returns 0 or -1 with errno.
int strata_timer_slack(unsigned long nanoseconds);

// A descriptor that becomes readable when the process ends, or -1 with errno. Closed on exec.
int strata_pidfd_open(pid_t process);

// Writes the number of each SIGINT and SIGTERM as one byte to `descriptor` until the signals are restored. After
// the first signal the old behaviour is back, so that a second one ends the process. Returns 0 or -1 with errno.
int strata_interrupts_catch(int descriptor);
void strata_interrupts_restore(void);

#endif

#include "strata_process.h"

#include <dlfcn.h>
#include <errno.h>
#include <gnu/libc-version.h>
#include <malloc.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

void strata_libc_heap_read(struct strata_libc_heap *heap) {
    struct mallinfo2 info = mallinfo2();
    heap->bytes_in_use = info.uordblks + info.hblkhd;
    heap->bytes_held = info.arena + info.hblkhd;
}

const char *strata_libc_version(void) { return gnu_get_libc_version(); }

int strata_symbol_owner(const char *symbol, char *path, size_t capacity, uint64_t *address) {
    void *found = dlsym(RTLD_DEFAULT, symbol);
    if (found == NULL) return -1;
    Dl_info info;
    if (dladdr(found, &info) == 0 || info.dli_fname == NULL) return -2;
    size_t length = strlen(info.dli_fname);
    if (length + 1 > capacity) return -2;
    memcpy(path, info.dli_fname, length + 1);
    *address = (uint64_t)(uintptr_t)found;
    return 0;
}

static uint64_t nanoseconds(struct timeval time) {
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_usec * 1000u;
}

static int usage_of(int who, struct strata_usage *usage) {
    struct rusage raw;
    if (getrusage(who, &raw) != 0) return -1;
    usage->user_ns = nanoseconds(raw.ru_utime);
    usage->system_ns = nanoseconds(raw.ru_stime);
    usage->minor_faults = (uint64_t)raw.ru_minflt;
    usage->major_faults = (uint64_t)raw.ru_majflt;
    usage->voluntary_switches = (uint64_t)raw.ru_nvcsw;
    usage->involuntary_switches = (uint64_t)raw.ru_nivcsw;
    usage->resident_peak_bytes = (uint64_t)raw.ru_maxrss * 1024u;
    return 0;
}

int strata_usage_of_process(struct strata_usage *usage) { return usage_of(RUSAGE_SELF, usage); }
int strata_usage_of_thread(struct strata_usage *usage) { return usage_of(RUSAGE_THREAD, usage); }

int strata_affinity_count(void) {
    cpu_set_t set;
    CPU_ZERO(&set);
    if (sched_getaffinity(0, sizeof set, &set) != 0) return -1;
    return CPU_COUNT(&set);
}

int strata_die_with_parent(pid_t parent) {
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return -1;
    // The parent may have ended before the call: then no signal comes.
    return getppid() == parent ? 0 : 1;
}

void strata_thread_name(const char *name) { prctl(PR_SET_NAME, name); }

int strata_timer_slack(unsigned long nanoseconds) { return prctl(PR_SET_TIMERSLACK, nanoseconds, 0, 0, 0); }

int strata_pidfd_open(pid_t process) { return (int)syscall(SYS_pidfd_open, process, 0); }

static volatile sig_atomic_t interrupt_descriptor = -1;
static struct sigaction old_interrupt, old_terminate;

static void forward_interrupt(int number) {
    int saved = errno;
    unsigned char byte = (unsigned char)number;
    ssize_t written = write(interrupt_descriptor, &byte, 1);
    (void)written;   // a full pipe already says what this byte would say
    sigaction(SIGINT, &old_interrupt, NULL);
    sigaction(SIGTERM, &old_terminate, NULL);
    errno = saved;
}

int strata_interrupts_catch(int descriptor) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = forward_interrupt;
    sigemptyset(&action.sa_mask);
    sigaddset(&action.sa_mask, SIGINT);
    sigaddset(&action.sa_mask, SIGTERM);
    interrupt_descriptor = descriptor;
    if (sigaction(SIGINT, NULL, &old_interrupt) != 0 || sigaction(SIGTERM, NULL, &old_terminate) != 0) return -1;
    if (sigaction(SIGINT, &action, NULL) != 0) return -1;
    if (sigaction(SIGTERM, &action, NULL) != 0) {
        int saved = errno;
        sigaction(SIGINT, &old_interrupt, NULL);
        errno = saved;
        return -1;
    }
    return 0;
}

void strata_interrupts_restore(void) {
    sigaction(SIGINT, &old_interrupt, NULL);
    sigaction(SIGTERM, &old_terminate, NULL);
    interrupt_descriptor = -1;
}

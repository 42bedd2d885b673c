#include "strata_counting.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// The definitions behind this library: the preloaded allocator's, or the C library's.
static struct {
    void *(*malloc)(size_t);
    void *(*calloc)(size_t, size_t);
    void *(*realloc)(void *, size_t);
    void (*free)(void *);
    int (*posix_memalign)(void **, size_t, size_t);
    void *(*aligned_alloc)(size_t, size_t);
    void *(*memalign)(size_t, size_t);
} next;

// MARK: Counters

// Each thread adds to a slot of its own as long as there are enough; slots are never given back, so that the sum holds
// what ended threads have done. Threads that share a slot still count right, since they add atomically.
enum { SLOTS = 256, LINE = 64 };

struct slot {
    _Alignas(LINE) _Atomic uint64_t allocations;
    _Atomic uint64_t bytes;
    _Atomic uint64_t frees;
    _Atomic uint64_t temporary;
};

static struct slot slots[SLOTS];
static _Atomic unsigned threads_seen;

// Storage that exists before the first allocation of a thread: the general form may allocate itself.
#define EARLY_TLS static __thread __attribute__((tls_model("initial-exec")))
EARLY_TLS struct slot *own_slot;
EARLY_TLS uintptr_t last_allocated;

static void add(_Atomic uint64_t *counter, uint64_t amount) {
    atomic_fetch_add_explicit(counter, amount, memory_order_relaxed);
}

static struct slot *slot_of_thread(void) {
    if (own_slot == NULL) {
        unsigned number = atomic_fetch_add_explicit(&threads_seen, 1, memory_order_relaxed);
        own_slot = &slots[number % SLOTS];
    }
    return own_slot;
}

static void *allocated(void *block, size_t size) {
    if (block == NULL) return NULL;
    struct slot *slot = slot_of_thread();
    add(&slot->allocations, 1);
    add(&slot->bytes, size);
    last_allocated = (uintptr_t)block;
    return block;
}

static void freed(uintptr_t block) {
    struct slot *slot = slot_of_thread();
    add(&slot->frees, 1);
    if (last_allocated == block) add(&slot->temporary, 1);
    last_allocated = 0;
}

void strata_counting_read(uint64_t counts[STRATA_COUNTING_FIELDS]) {
    memset(counts, 0, STRATA_COUNTING_FIELDS * sizeof *counts);
    for (int i = 0; i < SLOTS; i++) {
        counts[0] += atomic_load_explicit(&slots[i].allocations, memory_order_relaxed);
        counts[1] += atomic_load_explicit(&slots[i].bytes, memory_order_relaxed);
        counts[2] += atomic_load_explicit(&slots[i].frees, memory_order_relaxed);
        counts[3] += atomic_load_explicit(&slots[i].temporary, memory_order_relaxed);
    }
}

// MARK: The way to the next definitions

// `dlsym` may allocate while the next `malloc` is still being looked up. That happens on the process's first thread,
// long before there is another: it is served from this buffer, uncounted, and never given back.
enum { EARLY_BYTES = 1 << 16, ALIGNMENT = 16 };
static _Alignas(ALIGNMENT) unsigned char early[EARLY_BYTES];
static size_t early_used;
static enum { UNRESOLVED, RESOLVING, RESOLVED } state;

static void give_up(const char *message) {
    if (write(STDERR_FILENO, message, strlen(message)) < 0) _exit(127);
    abort();
}

// The size stands in front of the block.
static void *early_malloc(size_t size) {
    if (size > EARLY_BYTES) give_up("strata-counting: a large block was asked for before malloc was found\n");
    size_t whole = ALIGNMENT + (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (whole > EARLY_BYTES - early_used) give_up("strata-counting: too much was asked for before malloc was found\n");
    unsigned char *base = early + early_used;
    early_used += whole;
    memcpy(base, &size, sizeof size);
    return base + ALIGNMENT;
}

static bool is_early(const void *block) {
    return (const unsigned char *)block >= early && (const unsigned char *)block < early + EARLY_BYTES;
}

static size_t early_size(const void *block) {
    size_t size;
    memcpy(&size, (const unsigned char *)block - ALIGNMENT, sizeof size);
    return size;
}

static void *required(const char *name) {
    void *found = dlsym(RTLD_NEXT, name);
    if (found == NULL) give_up("strata-counting: the next library defines no malloc, or not all of its kin\n");
    return found;
}

static void resolve(void) {
    state = RESOLVING;
    next.malloc = required("malloc");
    next.calloc = required("calloc");
    next.realloc = required("realloc");
    next.free = required("free");
    next.posix_memalign = required("posix_memalign");
    next.aligned_alloc = required("aligned_alloc");
    next.memalign = required("memalign");
    state = RESOLVED;
}

// Whether the next definitions can be called; false while they are being looked up.
static bool is_ready(void) {
    if (state == UNRESOLVED) resolve();
    return state == RESOLVED;
}

int strata_counting_owner(char *path, size_t capacity) {
    Dl_info info;
    if (!is_ready()) return -1;
    if (dladdr((void *)next.malloc, &info) == 0 || info.dli_fname == NULL) return -1;
    size_t length = strlen(info.dli_fname);
    if (length + 1 > capacity) return -1;
    memcpy(path, info.dli_fname, length + 1);
    return 0;
}

// MARK: malloc and its kin

void *malloc(size_t size) {
    if (!is_ready()) return early_malloc(size);
    return allocated(next.malloc(size), size);
}

void *calloc(size_t count, size_t size) {
    // The buffer is zero from the start and used once.
    if (!is_ready()) return early_malloc(count * size);
    return allocated(next.calloc(count, size), count * size);
}

void free(void *block) {
    if (block == NULL || is_early(block)) return;
    // Whatever was not handed out early was handed out by what was found since.
    freed((uintptr_t)block);
    next.free(block);
}

void *realloc(void *block, size_t size) {
    if (block == NULL) return malloc(size);
    if (is_early(block)) {
        void *moved = malloc(size);
        size_t old = early_size(block);
        if (moved != NULL) memcpy(moved, block, old < size ? old : size);
        return moved;
    }
    uintptr_t old = (uintptr_t)block;
    void *result = next.realloc(block, size);
    // A null result for a size of zero is a free; for another size, nothing has happened.
    if (result != NULL || size == 0) freed(old);
    return allocated(result, size);
}

void *reallocarray(void *block, size_t count, size_t size) {
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes)) {
        errno = ENOMEM;
        return NULL;
    }
    return realloc(block, bytes);
}

int posix_memalign(void **block, size_t alignment, size_t size) {
    if (!is_ready()) return ENOMEM;
    int status = next.posix_memalign(block, alignment, size);
    if (status == 0) allocated(*block, size);
    return status;
}

void *aligned_alloc(size_t alignment, size_t size) {
    if (!is_ready()) return NULL;
    return allocated(next.aligned_alloc(alignment, size), size);
}

void *memalign(size_t alignment, size_t size) {
    if (!is_ready()) return NULL;
    return allocated(next.memalign(alignment, size), size);
}

void *valloc(size_t size) { return memalign((size_t)sysconf(_SC_PAGESIZE), size); }

void *pvalloc(size_t size) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    return memalign(page, (size + page - 1) / page * page);
}

// MARK: C++'s operators

// Allocators to preload define these too, and theirs would not come by here: then the counts of one allocator would hold
// what those of another leave out. The names are those of the Itanium C++ ABI.

static void *operator_new(size_t size) {
    void *block = malloc(size == 0 ? 1 : size);
    if (block == NULL) give_up("strata-counting: out of memory in operator new\n");
    return block;
}

static void *operator_new_aligned(size_t size, size_t alignment) {
    void *block = memalign(alignment, size == 0 ? 1 : size);
    if (block == NULL) give_up("strata-counting: out of memory in operator new\n");
    return block;
}

void *_Znwm(size_t size) { return operator_new(size); }
void *_Znam(size_t size) { return operator_new(size); }
void *_ZnwmRKSt9nothrow_t(size_t size, const void *tag) { return (void)tag, malloc(size == 0 ? 1 : size); }
void *_ZnamRKSt9nothrow_t(size_t size, const void *tag) { return (void)tag, malloc(size == 0 ? 1 : size); }
void *_ZnwmSt11align_val_t(size_t size, size_t alignment) { return operator_new_aligned(size, alignment); }
void *_ZnamSt11align_val_t(size_t size, size_t alignment) { return operator_new_aligned(size, alignment); }
void *_ZnwmSt11align_val_tRKSt9nothrow_t(size_t size, size_t alignment, const void *tag) {
    return (void)tag, memalign(alignment, size == 0 ? 1 : size);
}
void *_ZnamSt11align_val_tRKSt9nothrow_t(size_t size, size_t alignment, const void *tag) {
    return (void)tag, memalign(alignment, size == 0 ? 1 : size);
}
void _ZdlPv(void *block) { free(block); }
void _ZdaPv(void *block) { free(block); }
void _ZdlPvm(void *block, size_t size) { (void)size, free(block); }
void _ZdaPvm(void *block, size_t size) { (void)size, free(block); }
void _ZdlPvRKSt9nothrow_t(void *block, const void *tag) { (void)tag, free(block); }
void _ZdaPvRKSt9nothrow_t(void *block, const void *tag) { (void)tag, free(block); }
void _ZdlPvSt11align_val_t(void *block, size_t alignment) { (void)alignment, free(block); }
void _ZdaPvSt11align_val_t(void *block, size_t alignment) { (void)alignment, free(block); }
void _ZdlPvmSt11align_val_t(void *block, size_t size, size_t alignment) { (void)size, (void)alignment, free(block); }
void _ZdaPvmSt11align_val_t(void *block, size_t size, size_t alignment) { (void)size, (void)alignment, free(block); }
void _ZdlPvSt11align_val_tRKSt9nothrow_t(void *block, size_t alignment, const void *tag) {
    (void)alignment, (void)tag, free(block);
}
void _ZdaPvSt11align_val_tRKSt9nothrow_t(void *block, size_t alignment, const void *tag) {
    (void)alignment, (void)tag, free(block);
}

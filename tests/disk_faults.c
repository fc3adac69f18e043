/* Break the disk under one process: preloaded, it stands between a program and the calls that write, and fails, tears, kills or loses power at
   the call that it was told. Only files whose path holds a given text count; "socket:" stands for connections. What was written and not yet synced is remembered, so that it can be
   lost: a loss of power takes all of it, or every piece with even odds. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NOTHING, FULL, FAILS, LOSES, KILL_BEFORE, KILL_AFTER, TEARS, POWER, POWER_SOME };

struct piece {
    struct piece *before;
    dev_t device;
    ino_t inode;
    int file;
    off_t offset, size; /* of the file before */
    size_t length;
    char old[];
};

static int kind, at, calls, full, losing;
static uint64_t odds;
static char part[256];
static struct piece *unsynced;

#define REAL(name, type, ...) \
    static type (*real)(__VA_ARGS__); \
    if (!real) real = (type(*)(__VA_ARGS__))dlsym(RTLD_NEXT, #name)

void disk_arm(int what, int call, const char *path, unsigned seed) {
    kind = what, at = call, calls = 0, full = 0, odds = seed * 2862933555777941757u + 1;
    strncpy(part, path, sizeof part - 1);
}

int disk_calls(void) { return calls; }

static int counts(int file) {
    char link[64], path[4096];
    if (!part[0] || losing) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length <= 0) return 0;
    path[length] = 0;
    return strstr(path, part) != 0;
}

static ssize_t put(int file, const void *data, size_t length, off_t offset) {
    REAL(pwrite64, ssize_t, int, const void *, size_t, off_t);
    return real(file, data, length, offset);
}

static void remember(int file, size_t length, off_t offset) {
    struct stat now;
    if (fstat(file, &now)) return;
    struct piece *one = malloc(sizeof *one + length);
    char name[64];
    snprintf(name, sizeof name, "/proc/self/fd/%d", file);
    one->file = open(name, O_RDWR | O_CLOEXEC);
    one->device = now.st_dev, one->inode = now.st_ino, one->size = now.st_size;
    one->offset = offset;
    ssize_t got = one->file < 0 ? 0 : pread(one->file, one->old, length, offset);
    one->length = got > 0 ? got : 0;
    one->before = unsynced, unsynced = one;
}

static void lose(int some) {
    losing = 1;
    for (struct piece *one = unsynced; one; one = one->before) {
        odds = odds * 6364136223846793005u + 1442695040888963407u;
        if (one->file < 0 || (some && odds >> 63)) continue;
        put(one->file, one->old, one->length, one->offset);
        if (ftruncate(one->file, one->size)) continue;
    }
    unsynced = 0;
    losing = 0;
}

static void synced(int file) {
    struct stat now;
    if (fstat(file, &now)) return;
    for (struct piece **place = &unsynced; *place;) {
        struct piece *one = *place;
        if (one->device == now.st_dev && one->inode == now.st_ino) {
            *place = one->before;
            if (one->file >= 0) close(one->file);
            free(one);
        } else
            place = &one->before;
    }
}

static void end(void) { kill(getpid(), SIGKILL); }

/* Return whether the call fails; what happens before it has happened then. */
static int meets(int writes) {
    calls++;
    if (kind == FULL && calls >= at) full = 1;
    if (full && writes) return errno = ENOSPC, 1;
    if (calls != at) return 0;
    if (kind == KILL_BEFORE) end();
    if (kind == FAILS) return errno = EIO, 1;
    if (kind == LOSES) {
        if (!writes) lose(0);
        return errno = EIO, 1;
    }
    if (kind == POWER || kind == POWER_SOME) lose(kind == POWER_SOME), end();
    return 0;
}

static void passed(void) {
    if (calls == at && kind == KILL_AFTER) end();
}

static ssize_t written(int file, const void *data, size_t length, off_t offset) {
    if (!counts(file)) return put(file, data, length, offset);
    if (meets(1)) {
        if (kind == LOSES) put(file, data, length / 2, offset);
        return -1;
    }
    remember(file, length, offset);
    if (calls == at && kind == TEARS) put(file, data, 1 + odds % length, offset), end();
    ssize_t done = put(file, data, length, offset);
    passed();
    return done;
}

ssize_t pwrite(int file, const void *data, size_t length, off_t offset) { return written(file, data, length, offset); }
ssize_t pwrite64(int file, const void *data, size_t length, off_t offset) { return written(file, data, length, offset); }

#define SYNC(name) \
    int name(int file) { \
        REAL(name, int, int); \
        if (!counts(file)) return real(file); \
        if (meets(0)) return -1; \
        int done = real(file); \
        synced(file); \
        passed(); \
        return done; \
    }
SYNC(fsync)
SYNC(fdatasync)

#define CUT(name) \
    int name(int file, off_t length) { \
        REAL(name, int, int, off_t); \
        if (!counts(file)) return real(file, length); \
        if (meets(1)) return -1; \
        int done = real(file, length); \
        passed(); \
        return done; \
    }
CUT(ftruncate)
CUT(ftruncate64)

ssize_t send(int file, const void *data, size_t length, int flags) {
    REAL(send, ssize_t, int, const void *, size_t, int);
    if (!counts(file)) return real(file, data, length, flags);
    if (meets(0)) return -1;
    if (calls == at && kind == TEARS) real(file, data, odds % length, flags), end();
    ssize_t done = real(file, data, length, flags);
    passed();
    return done;
}

int unlink(const char *path) {
    REAL(unlink, int, const char *);
    if (!part[0] || !strstr(path, part)) return real(path);
    if (meets(0)) return -1;
    int done = real(path);
    passed();
    return done;
}

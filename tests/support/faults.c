// faults.c - makes system calls of a program fail, or its clock jump, while it runs; see faults.py.
//
// How:     preloaded (LD_PRELOAD). FAULTS names a file that both sides map: the test writes, this library reads.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/statvfs.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

struct control {
    int error;            // of calls on matching files; 0: none
    char part[252];       // of a file's path
    long long offset_s;   // of the wall clock
};

static const volatile struct control* control(void) {
    static const struct control* mapped;
    if (mapped == NULL && getenv("FAULTS") != NULL) {
        const int file = open(getenv("FAULTS"), O_RDONLY | O_CLOEXEC);
        void* memory = mmap(NULL, sizeof(struct control), PROT_READ, MAP_SHARED, file, 0);
        close(file);
        mapped = memory == MAP_FAILED ? NULL : memory;
    }
    return mapped;
}

static int error_of_path(const char* path) {
    const volatile struct control* rule = control();
    return rule != NULL && rule->error != 0 && strstr(path, (const char*)rule->part) != NULL ? rule->error : 0;
}

static int error_of(int descriptor) {
    if (control() == NULL || control()->error == 0) {
        return 0;
    }
    char link[64];
    char path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    const ssize_t length = readlink(link, path, sizeof path - 1);
    path[length < 0 ? 0 : length] = 0;
    return error_of_path(path);
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define FAILING(type, name, parameters, arguments) \
    type name parameters {                         \
        const int error = error_of(descriptor);    \
        if (error != 0) {                          \
            errno = error;                         \
            return -1;                             \
        }                                          \
        return REAL(name) arguments;               \
    }

FAILING(ssize_t, write, (int descriptor, const void* data, size_t size), (descriptor, data, size))
FAILING(ssize_t, pwrite, (int descriptor, const void* data, size_t size, off_t at), (descriptor, data, size, at))
FAILING(ssize_t, pwrite64, (int descriptor, const void* data, size_t size, off64_t at), (descriptor, data, size, at))
FAILING(int, fallocate, (int descriptor, int mode, off_t at, off_t size), (descriptor, mode, at, size))
FAILING(int, fsync, (int descriptor), (descriptor))

// A file system with no room: the folder's path need only be a part of what fails.
int statvfs(const char* path, struct statvfs* facts) {
    const int done = REAL(statvfs)(path, facts);
    if (control() != NULL && control()->error == ENOSPC) {
        facts->f_bavail = 0;
    }
    return done;
}

int clock_gettime(clockid_t clock, struct timespec* now) {
    static int (*real)(clockid_t, struct timespec*);
    if (real == NULL) {
        real = REAL(clock_gettime);
    }
    const int done = real(clock, now);
    if (clock == CLOCK_REALTIME && control() != NULL) {
        now->tv_sec += control()->offset_s;
    }
    return done;
}

time_t time(time_t* out) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (out != NULL) {
        *out = now.tv_sec;
    }
    return now.tv_sec;
}

int gettimeofday(struct timeval* restrict out, void* restrict zone) {
    (void)zone;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    out->tv_sec = now.tv_sec;
    out->tv_usec = now.tv_nsec / 1000;
    return 0;
}

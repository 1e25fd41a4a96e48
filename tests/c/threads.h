// For tests that have a thread inside a call.
#ifndef THREADS_H
#define THREADS_H

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#ifdef __linux__
#include <sys/syscall.h>
#endif

#include "check.h"

// A thread that makes one call. The fields are the call's parameters.
typedef struct caller {
    udp_socket s;
    int32_t (*call)(struct caller *);
    atomic_long id;
    atomic_int done;
    int32_t result;
    char data[64];
    udp_addr from;
    pthread_t thread;
} caller;

static inline void *caller_run(void *pointer)
{
    caller *c = pointer;
#ifdef __linux__
    atomic_store(&c->id, syscall(SYS_gettid));
#else
    atomic_store(&c->id, 1);
#endif
    c->result = c->call(c);
    atomic_store(&c->done, 1);
    return NULL;
}

static inline void start(caller *c, udp_socket s, int32_t (*call)(caller *))
{
    c->s = s;
    c->call = call;
    atomic_store(&c->id, 0);
    atomic_store(&c->done, 0);
    CHECK(pthread_create(&c->thread, NULL, caller_run, c) == 0);
}

static inline int32_t finish(caller *c)
{
    CHECK(pthread_join(c->thread, NULL) == 0);
    return c->result;
}

// Only Linux tells. Elsewhere the thread counts as asleep as soon as it runs.
static inline char state_of(long id)
{
#ifndef __linux__
    return id ? 'S' : '?';
#endif
    char path[64], line[512] = "";
    snprintf(path, sizeof path, "/proc/self/task/%ld/stat", id);
    FILE *file = fopen(path, "r");
    if (!file)
        return '?';
    size_t n = fread(line, 1, sizeof line - 1, file);
    fclose(file);
    line[n] = 0;
    char *end = strrchr(line, ')');
    return end && end[1] ? end[2] : '?';
}

// Returns when the thread sleeps, most likely in its call. No test may depend on that.
static inline void until_asleep(caller *c)
{
    while (!atomic_load(&c->done) && (atomic_load(&c->id) == 0 || state_of(atomic_load(&c->id)) != 'S'))
        sched_yield();
}

static inline int32_t receive_for_ever(caller *c)
{
    return udp_recvfrom(c->s, c->data, sizeof c->data, &c->from, -1);
}

static inline int32_t receive_text_for_ever(caller *c)
{
    return udp_recvfrom_text(c->s, "auto", c->data, sizeof c->data, &c->from, NULL, -1);
}

static inline int32_t wait_for_ever(caller *c)
{
    return udp_wait(c->s, UDP_EVENT_READ, -1);
}

#endif

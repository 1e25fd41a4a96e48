// dlopen and dlclose again and again: memory stays flat, and a thread that still waits inside survives it.
#include <dlfcn.h>
#include <stdlib.h>

#include "threads.h"

// The functions of the library that was loaded last.
static void *library;
static udp_socket (*open_socket)(uint32_t);
static int32_t (*close_socket)(udp_socket);
static int32_t (*bind_socket)(udp_socket, const char *, uint16_t);
static int32_t (*receive)(udp_socket, void *, size_t, udp_addr *, int32_t);
static int32_t (*send_batch)(udp_socket, const udp_packet *, size_t);

static void load(void)
{
    library = dlopen(getenv("LIBUDP_SO"), RTLD_NOW | RTLD_LOCAL);
    CHECK(library != NULL);
    // The form that dlopen(3) recommends: ISO C has no conversion from an object's pointer to a function's.
    *(void **)&open_socket = dlsym(library, "udp_open");
    *(void **)&close_socket = dlsym(library, "udp_close");
    *(void **)&bind_socket = dlsym(library, "udp_bind");
    *(void **)&receive = dlsym(library, "udp_recvfrom");
    *(void **)&send_batch = dlsym(library, "udp_send_batch");
    CHECK(open_socket && close_socket && bind_socket && receive && send_batch);
}

static long resident_pages(void)
{
    long all, resident;
    FILE *file = fopen("/proc/self/statm", "r");
    CHECK(file != NULL && fscanf(file, "%ld %ld", &all, &resident) == 2);
    fclose(file);
    return resident;
}

// Leaves a thread-local failure, a buffer of a batch and a closed socket behind.
static void *use(void *unused)
{
    udp_socket s = open_socket(UDP_OPEN_COALESCE);
    CHECK(s > 0 && send_batch(s, NULL, 0) == 0);
    CHECK(close_socket(s) == 0 && close_socket(s) == UDP_ERR_CLOSED);
    return unused;
}

static int32_t receive_in_library(caller *c)
{
    return receive(c->s, c->data, sizeof c->data, NULL, -1);
}

static void dlclose_while_a_thread_waits_leaves_it_waiting(void)
{
    caller c;
    load();
    udp_socket s = open_socket(UDP_OPEN_IPV4);
    CHECK(s > 0 && bind_socket(s, "127.0.0.1", 0) == 0);
    start(&c, s, receive_in_library);
    until_asleep(&c);
    CHECK(dlclose(library) == 0);
    CHECK(!atomic_load(&c.done));
    load();
    CHECK(close_socket(s) == 0);
    CHECK(finish(&c) == UDP_ERR_CLOSED);
    CHECK(dlclose(library) == 0);
}

static void dlopen_and_dlclose_keep_memory_flat(void)
{
    long before = 0;
    for (int i = 0; i < 200; i++) {
        pthread_t thread;
        load();
        CHECK(pthread_create(&thread, NULL, use, NULL) == 0 && pthread_join(thread, NULL) == 0);
        CHECK(dlclose(library) == 0);
        if (i == 50)
            before = resident_pages();
    }
    CHECK(resident_pages() < before + 64);
}

// Two copies of the library, each with sockets of its own.
static void two_copies_work_in_one_process(void)
{
    const char *copy = getenv("LIBUDP_SO_COPY");
    udp_addr addr;
    char data[8];
    load();
    int32_t (*local_addr)(udp_socket, udp_addr *);
    udp_socket (*copy_open)(uint32_t);
    int32_t (*copy_sendto)(udp_socket, const void *, size_t, const udp_addr *), (*copy_close)(udp_socket);
    const char *(*copy_error)(void);
    *(void **)&local_addr = dlsym(library, "udp_local_addr");
    void *other = dlopen(copy, RTLD_NOW | RTLD_LOCAL);
    CHECK(local_addr && other && other != library);
    *(void **)&copy_open = dlsym(other, "udp_open");
    *(void **)&copy_sendto = dlsym(other, "udp_sendto");
    *(void **)&copy_close = dlsym(other, "udp_close");
    *(void **)&copy_error = dlsym(other, "udp_last_error");
    CHECK(copy_open && copy_open != open_socket && copy_sendto && copy_close && copy_error);
    udp_socket s = open_socket(UDP_OPEN_IPV4), sender = copy_open(UDP_OPEN_IPV4);
    CHECK(s > 0 && sender > 0 && bind_socket(s, "127.0.0.1", 0) == 0 && local_addr(s, &addr) == 0);
    CHECK(copy_sendto(sender, "x", 1, &addr) == 1 && receive(s, data, sizeof data, NULL, SOON) == 1);
    CHECK(close_socket(s) == 0 && close_socket(s) == UDP_ERR_CLOSED);
    CHECK(copy_close(sender) == 0 && copy_error()[0] == 0);
    CHECK(dlclose(other) == 0 && dlclose(library) == 0);
}

int main(void)
{
    two_copies_work_in_one_process();
    dlclose_while_a_thread_waits_leaves_it_waiting();
    dlopen_and_dlclose_keep_memory_flat();
    return 0;
}

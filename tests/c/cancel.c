// pthread_cancel is held back while a thread is inside the library, and takes effect after the call. No lock stays held.
#include "threads.h"

static void *receive_then_die(void *pointer)
{
    caller *c = pointer;
    atomic_store(&c->id, syscall(SYS_gettid));
    c->result = udp_recvfrom(c->s, c->data, sizeof c->data, NULL, -1);
    atomic_store(&c->done, 1);
    pthread_testcancel();
    CHECK(!"the cancellation takes effect here");
    return NULL;
}

// The documented way to end a thread that waits: cancel, close, join.
static void cancel_close_join_ends_a_waiting_thread(uint32_t flags)
{
    udp_addr addr;
    caller c;
    void *result;
    memset(&c, 0, sizeof c);
    c.s = bound(flags, "127.0.0.1", &addr);
    CHECK(pthread_create(&c.thread, NULL, receive_then_die, &c) == 0);
    until_asleep(&c);
    CHECK(pthread_cancel(c.thread) == 0);
    // It still receives.
    udp_socket sender = udp_open(UDP_OPEN_IPV4);
    CHECK(!atomic_load(&c.done));
    CHECK(udp_close(c.s) == 0);
    CHECK(pthread_join(c.thread, &result) == 0 && result == PTHREAD_CANCELED);
    CHECK(c.result == UDP_ERR_CLOSED);
    // Nothing is held: another socket of the kind works.
    udp_socket next = bound(flags, "127.0.0.1", &addr);
    CHECK(udp_sendto(sender, "x", 1, &addr) == 1);
    CHECK(udp_recvfrom(next, c.data, sizeof c.data, NULL, SOON) == 1);
    CHECK(udp_close(next) == 0 && udp_close(sender) == 0);
}

static void *send_with_cancel_pending(void *pointer)
{
    caller *c = pointer;
    CHECK(pthread_cancel(pthread_self()) == 0);
    c->result = udp_sendto(c->s, "x", 1, &c->from);
    CHECK(udp_bind(c->s, NULL, 0) == UDP_ERR_INVALID);
    atomic_store(&c->done, 1);
    pthread_testcancel();
    return NULL;
}

static void calls_with_a_cancellation_pending_finish(void)
{
    caller c;
    void *result;
    memset(&c, 0, sizeof c);
    c.s = bound(UDP_OPEN_IPV4, "127.0.0.1", &c.from);
    CHECK(pthread_create(&c.thread, NULL, send_with_cancel_pending, &c) == 0);
    CHECK(pthread_join(c.thread, &result) == 0 && result == PTHREAD_CANCELED);
    CHECK(c.done && c.result == 1);
    CHECK(udp_close(c.s) == 0);
}

int main(void)
{
    cancel_close_join_ends_a_waiting_thread(UDP_OPEN_IPV4);
    cancel_close_join_ends_a_waiting_thread(UDP_OPEN_COALESCE);
    calls_with_a_cancellation_pending_finish();
    return 0;
}

/* One CPU. E (SCHED_FIFO) waits for path errors, R (normal) waits to read the same coalescing handle. A super-datagram comes; a third thread takes one of it, the rest is kept.
   Expected: E sleeps on, R gets a datagram at once. */
#define _GNU_SOURCE
#include <libudp.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <time.h>
static udp_socket s; static volatile double tr; static double now(void){ struct timespec t; clock_gettime(CLOCK_MONOTONIC,&t); return t.tv_sec+t.tv_nsec/1e9; }
static void pin(void){ cpu_set_t c; CPU_ZERO(&c); CPU_SET(0,&c); sched_setaffinity(0,sizeof c,&c); }
static volatile double ecpu; static void*e(void*x){ pin(); struct sched_param p={.sched_priority=10}; int r=pthread_setschedparam(pthread_self(),SCHED_FIFO,&p); if(r) printf("no FIFO: %s\n",strerror(r)); udp_wait(s,UDP_EVENT_ERROR,4000); struct timespec t; clock_gettime(CLOCK_THREAD_CPUTIME_ID,&t); ecpu=t.tv_sec+t.tv_nsec/1e9; return 0; }
static void*rd(void*x){ pin(); char b[200]; int r=udp_recvfrom(s,b,200,0,-1); tr=now(); if(r<0) printf("r %d\n",r); return 0; }
int main(void){ s=udp_open(UDP_OPEN_COALESCE); udp_bind(s,"127.0.0.1",0); udp_set_option(s,UDP_OPT_RECV_ERRORS,1); udp_addr a; udp_local_addr(s,&a); udp_socket q=udp_open(0); static char b[6400]; 
 pthread_t te,t1,t2; pthread_create(&te,0,e,0); usleep(50000); pthread_create(&t1,0,rd,0); pthread_create(&t2,0,rd,0); usleep(50000); double t0=now(); udp_send_segments(q,b,200,100,&a); pthread_join(t1,0); pthread_join(t2,0); printf("second reader served after %.3f s\n",tr-t0); pthread_join(te,0); printf("error waiter used %.3f s of CPU\n",ecpu); return 0; }

/* udp_wait(UDP_EVENT_ERROR,-1) while another thread switches UDP_OPT_RECV_ERRORS off; then an ICMP error comes. Expected: sleeps or an error; seen? */
#include <libudp.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <time.h>
#include <sys/resource.h>
static udp_socket s; static volatile int r=12345;
static void *w(void *a){ r=udp_wait(s,UDP_EVENT_ERROR,-1); return 0; }
int main(void){ s=udp_open(0); udp_addr a; udp_bind(s,"127.0.0.1",0); udp_resolve("127.0.0.1",9,0,&a); udp_connect(s,&a);
 udp_set_option(s,UDP_OPT_RECV_ERRORS,1); pthread_t t; pthread_create(&t,0,w,0); usleep(100000);
 udp_set_option(s,UDP_OPT_RECV_ERRORS,0); udp_sendto(s,"x",1,0); struct rusage u; sleep(2); getrusage(RUSAGE_SELF,&u);
 printf("wait returned %d (12345: still waiting); cpu %.2f s of 2 s\n",r,u.ru_utime.tv_sec+u.ru_stime.tv_sec+(u.ru_utime.tv_usec+u.ru_stime.tv_usec)/1e6);
 udp_close(s); pthread_join(t,0); printf("after close %d\n",r); return 0; }

#include <libudp.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>
#include <time.h>
static udp_socket s; static udp_addr a; static int rr; static double now(void){ struct timespec t; clock_gettime(CLOCK_MONOTONIC,&t); return t.tv_sec+t.tv_nsec/1e9; }
static volatile double te; static void*w(void*x){ static char b[1400]; for(;;){ rr=udp_sendto(s,b,1400,&a); if(rr<0) break; } te=now(); return 0; }
int main(int c,char**v){ s=udp_open(0); udp_set_option(s,UDP_OPT_SEND_BUFFER,10000); udp_resolve(v[1],9,0,&a); udp_set_option(s,UDP_OPT_RECV_ERRORS,c>2); pthread_t t; pthread_create(&t,0,w,0); sleep(1); double t0=now(); int r=udp_close(s); pthread_join(t,0); printf("close %d, sender ended with %s after %.4f s\n",r,udp_error_name(rr),te-t0); return 0; }

/* Nobody receives while N datagrams arrive. Expected: received + dropped == sent, on a coalescing socket too. */
#include <libudp.h>
#include <stdio.h>
int main(void){ static char b[1000000]; for(int co=0;co<2;co++){ udp_socket s=udp_open(0),r=udp_open(co?UDP_OPEN_COALESCE:0); udp_addr a; udp_bind(r,"127.0.0.1",0); udp_local_addr(r,&a); int n=0; for(int i=0;i<20;i++){ int k=udp_send_segments(s,b,sizeof b/10,1000,&a); n+=k; } int got=0; while(udp_recvfrom(r,b,65536,0,0)>=0) got++; udp_stats c; udp_get_stats(r,&c); printf("%s: sent %d received %d dropped (udp_get_stats) %lu -> lost in silence %ld\n",co?"coalescing":"plain",n,got,(long)c.dropped,(long)(n-got-(long)c.dropped)); } return 0; }

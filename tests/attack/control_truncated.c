/* Coalescing socket on which the program set system options of its own that make control messages. Ten datagrams of 100 bytes are sent.
   Expected: ten datagrams of 100 bytes, or an error/flag. */
#include <libudp.h>
#include <stdio.h>
#include <string.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <linux/net_tstamp.h>
#ifndef SO_RCVMARK
#define SO_RCVMARK 75
#endif
#define SO_RCVPRIORITY_ 82
int main(void){ static char b[70000]; udp_socket s=udp_open(0),c=udp_open(UDP_OPEN_COALESCE); udp_addr a; udp_bind(c,"127.0.0.1",0); udp_local_addr(c,&a); int one=1; static char jj[2000]; for(int q=0;q<5000;q++) udp_sendto(s,jj,2000,&a); while(udp_recvfrom(c,b,sizeof b,0,0)>=0); int ts=SOF_TIMESTAMPING_RX_SOFTWARE|SOF_TIMESTAMPING_SOFTWARE|SOF_TIMESTAMPING_OPT_CMSG;
 udp_set_option(c,UDP_OPT_RECV_TOS,1); udp_set_option(c,UDP_OPT_RECV_PKTINFO,1); 
 printf("%d ",udp_setsockopt(c,SOL_SOCKET,SO_TIMESTAMPING,&ts,4)); printf("%d ",udp_setsockopt(c,SOL_SOCKET,SO_TIMESTAMPNS,&one,4)); printf("%d ",udp_setsockopt(c,SOL_SOCKET,SO_RXQ_OVFL,&one,4)); printf("%d ",udp_setsockopt(c,SOL_SOCKET,SO_RCVMARK,&one,4)); printf("%d\n",udp_setsockopt(c,SOL_SOCKET,SO_RCVPRIORITY_,&one,4));
 printf("sent %d\n",udp_send_segments(s,b,1000,100,&a)); int n=0,r; while((r=udp_recvfrom(c,b,sizeof b,0,50))>=0){ printf("recvfrom -> %d\n",r); n++; }
 printf("recvfrom: %d datagrams\n",n); udp_send_segments(s,b,1000,100,&a); udp_packet p[64]; r=udp_recv_batch(c,b,65536,p,0,64,50); for(int i=0;i<r;i++) printf("batch[%d] length %zu wire %u flags %u\n",i,p[i].length,p[i].full_length,p[i].flags); return 0; }

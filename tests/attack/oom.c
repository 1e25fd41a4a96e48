/* Every call with its k-th allocation failing (k=1..8), in a child each. Expected: UDP_ERR_MEMORY or success; never a signal. */
#define _GNU_SOURCE
#include <libudp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <signal.h>
#include <sys/wait.h>
#include <dlfcn.h>
extern void*__libc_malloc(size_t); extern void*__libc_realloc(void*,size_t); extern void*__libc_calloc(size_t,size_t); extern void *__libc_memalign(size_t,size_t);
static volatile int armed; static volatile int seen; static volatile size_t failed_size;
static int f(size_t n){ if(armed && ++seen>=armed){ failed_size=n; return 1;} return 0; }
void*malloc(size_t n){ return f(n)?0:__libc_malloc(n);} void*calloc(size_t a,size_t b){ return f(a*b)?0:__libc_calloc(a,b);} void*realloc(void*p,size_t n){ return f(n)?0:__libc_realloc(p,n);}
int posix_memalign(void**o,size_t a,size_t n){ if(f(n)) return 12; *o=__libc_memalign(a,n); return *o?0:12; }
void*aligned_alloc(size_t a,size_t n){ return f(n)?0:__libc_memalign(a,n); }
static udp_socket s,c; static udp_addr a; static char buf[70000]; static udp_packet p[64];
#define T(name,setup,call) {setup; armed=k; rc=(int)(call); armed=0; nm=name; break;}
int main(void){ 
 for(int i=0;i<22;i++) for(int k=1;k<=6;k++){ int fd[2]; if(pipe(fd))return 1; pid_t q=fork(); if(!q){ close(2); int rc=0; const char*nm="";
  if(i>1){ s=udp_open(0); udp_bind(s,"127.0.0.1",0); udp_local_addr(s,&a); c=udp_open(UDP_OPEN_COALESCE); udp_bind(c,"127.0.0.1",0);} 
  for(int j=0;j<64;j++){p[j].data="abc";p[j].length=3;p[j].peer=a;}
  char name[64]; 
  #define CASE(I,NAME,SETUP,CALL) if(i==I){ SETUP; strcpy(name,NAME); if(write(fd[1],name,64)){} seen=0; armed=k; rc=(int)(CALL); armed=0; int n=seen; if(write(fd[1],&rc,4)){} if(write(fd[1],&n,4)){} _exit(0);} 
  CASE(0,"udp_open, first call",,udp_open(0)) CASE(1,"udp_version, first call",,(udp_version(),0))
  CASE(2,"udp_recvfrom(coalesce)",udp_local_addr(c,&a);udp_sendto(s,"x",1,&a),udp_recvfrom(c,buf,100,0,0))
  CASE(3,"udp_recv_batch(coalesce,max 1,big arena)",udp_local_addr(c,&a);udp_send_segments(s,buf,6000,100,&a),udp_recv_batch(c,buf,65536,p,0,1,0))
  CASE(4,"udp_recv_batch(coalesce,small arena)",udp_local_addr(c,&a);udp_send_segments(s,buf,6000,100,&a),udp_recv_batch(c,buf,1000,p,0,1,0))
  CASE(5,"udp_send_batch",,udp_send_batch(s,p,64)) CASE(6,"udp_bind in use",udp_local_addr(s,&a);,udp_bind(udp_open(0),"127.0.0.1",a.port))
  CASE(7,"udp_bind bad text",,udp_bind(s,"nonsense",1)) CASE(8,"udp_open bad flags",,udp_open(0xffffffff)) CASE(9,"udp_recvfrom timeout -5",,udp_recvfrom(s,buf,10,0,-5))
  CASE(10,"udp_last_error",udp_open(0xffffffff),(udp_last_error(),0)) CASE(11,"udp_sendto too long",,udp_sendto(s,buf,65508,&a))
  CASE(12,"udp_interfaces",,udp_interfaces(0,0)) CASE(13,"udp_resolve numeric",,udp_resolve("127.0.0.1",1,0,&a)) CASE(14,"udp_resolve localhost",,udp_resolve("localhost",1,0,&a))
  CASE(15,"udp_decode",,udp_decode("gbk","\xc4\xe3",2,buf,100,0)) CASE(16,"udp_encode",,udp_encode("gbk","abc\xe4\xbd\xa0",6,buf,100)) CASE(17,"udp_recvfrom_text",udp_sendto(s,"abc\xc4\xe3",5,&a),udp_recvfrom_text(s,"auto",buf,100,0,0,0))
  CASE(18,"udp_format",,udp_format(&a,buf,64)) CASE(19,"udp_broadcast",,udp_broadcast(s,"x",1,9)) CASE(20,"udp_recv_error",udp_set_option(s,UDP_OPT_RECV_ERRORS,1);udp_addr d=a;d.port=9;udp_sendto(s,"x",1,&d);udp_path_error e,udp_recv_error(s,&e,10))
  CASE(21,"udp_interface_index lo",,udp_interface_index("lo"))
  (void)nm;(void)rc; _exit(9);} close(fd[1]); char name[64]="?"; int rc=0,n=-1; if(read(fd[0],name,64)){} if(read(fd[0],&rc,4)){} if(read(fd[0],&n,4)){} close(fd[0]); int st; waitpid(q,&st,0);
  if(WIFSIGNALED(st)) printf("%-42s alloc %d fails -> killed by signal %d\n",name,k,WTERMSIG(st)); else { if(n<k) {if(k==1)printf("%-42s allocates nothing, rc %d\n",name,rc); break;} printf("%-42s alloc %d fails -> rc %d%s\n",name,k,rc,rc==-32?" INTERNAL":"");} fflush(stdout);} return 0; }

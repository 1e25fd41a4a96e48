// libudp.h without what LuaJIT, PHP and cffi cannot read. libudp.h says what everything means.
// Generated from the source by `make header`; do not edit.
enum udp_error_code {
    UDP_OK = 0,
    UDP_ERR_NULL = -1,
    UDP_ERR_INVALID = -2,
    UDP_ERR_UTF8 = -3,
    UDP_ERR_FLAGS = -4,
    UDP_ERR_OPTION = -5,
    UDP_ERR_HANDLE = -6,
    UDP_ERR_CLOSED = -7,
    UDP_ERR_WOULD_BLOCK = -8,
    UDP_ERR_TIMED_OUT = -9,
    UDP_ERR_INTERRUPTED = -10,
    UDP_ERR_TRUNCATED = -11,
    UDP_ERR_BUFFER_TOO_SMALL = -12,
    UDP_ERR_MSGSIZE = -13,
    UDP_ERR_REFUSED = -14,
    UDP_ERR_UNREACHABLE = -15,
    UDP_ERR_NOT_CONNECTED = -16,
    UDP_ERR_IN_USE = -17,
    UDP_ERR_NOT_LOCAL = -18,
    UDP_ERR_NO_INTERFACE = -19,
    UDP_ERR_NOT_JOINED = -20,
    UDP_ERR_ADDRESS = -21,
    UDP_ERR_FAMILY = -22,
    UDP_ERR_NAME_NOT_FOUND = -23,
    UDP_ERR_NAME_TRY_AGAIN = -24,
    UDP_ERR_ACCESS = -25,
    UDP_ERR_NO_BUFFERS = -26,
    UDP_ERR_LIMIT = -27,
    UDP_ERR_MEMORY = -28,
    UDP_ERR_UNSUPPORTED = -29,
    UDP_ERR_ENCODING = -30,
    UDP_ERR_UNMAPPABLE = -31,
    UDP_ERR_OS = -32,
    UDP_ERR_INTERNAL = -33,
};
enum udp_option {
    UDP_OPT_RECV_BUFFER = 1,
    UDP_OPT_SEND_BUFFER = 2,
    UDP_OPT_FORCE_RECV_BUFFER = 3,
    UDP_OPT_FORCE_SEND_BUFFER = 4,
    UDP_OPT_SEND_TIMEOUT = 5,
    UDP_OPT_BROADCAST = 6,
    UDP_OPT_TTL = 7,
    UDP_OPT_TOS = 8,
    UDP_OPT_DONT_FRAGMENT = 9,
    UDP_OPT_PATH_MTU = 10,
    UDP_OPT_PRIORITY = 11,
    UDP_OPT_IPV6_ONLY = 12,
    UDP_OPT_REUSE_ADDRESS = 13,
    UDP_OPT_REUSE_PORT = 14,
    UDP_OPT_BIND_INTERFACE = 15,
    UDP_OPT_MULTICAST_TTL = 16,
    UDP_OPT_MULTICAST_LOOP = 17,
    UDP_OPT_MULTICAST_INTERFACE = 18,
    UDP_OPT_RECV_PKTINFO = 19,
    UDP_OPT_RECV_TIMESTAMP = 20,
    UDP_OPT_RECV_TOS = 21,
    UDP_OPT_RECV_ERRORS = 22,
    UDP_OPT_BUSY_POLL = 23,
    UDP_OPT_SPIN = 24,
};
enum udp_family {
    UDP_FAMILY_NONE = 0,
    UDP_FAMILY_IPV4 = 4,
    UDP_FAMILY_IPV6 = 6,
};
enum udp_open_flag {
    UDP_OPEN_IPV4 = 0,
    UDP_OPEN_IPV6 = 1,
    UDP_OPEN_DUAL = 2,
    UDP_OPEN_REUSE_ADDRESS = 4,
    UDP_OPEN_REUSE_PORT = 8,
    UDP_OPEN_COALESCE = 16,
};
enum udp_event {
    UDP_EVENT_READ = 1,
    UDP_EVENT_WRITE = 2,
    UDP_EVENT_ERROR = 4,
    UDP_EVENT_CLOSED = 8,
};
enum udp_steer_by {
    UDP_STEER_HASH = 0,
    UDP_STEER_CPU = 1,
    UDP_STEER_BYTES = 2,
};
enum udp_size {
    UDP_ADDR_TEXT_SIZE = 96,
};
enum udp_packet_flag {
    UDP_PACKET_TRUNCATED = 1,
    UDP_PACKET_CONTROL_TRUNCATED = 2,
};
enum udp_offload {
    UDP_OFFLOAD_SEND = 1,
    UDP_OFFLOAD_RECV = 2,
};
enum udp_interface_flag {
    UDP_INTERFACE_UP = 1,
    UDP_INTERFACE_RUNNING = 2,
    UDP_INTERFACE_LOOPBACK = 4,
    UDP_INTERFACE_BROADCAST = 8,
    UDP_INTERFACE_MULTICAST = 16,
    UDP_INTERFACE_POINT_TO_POINT = 32,
};
typedef int64_t udp_socket;
typedef int64_t udp_poller;
typedef struct udp_ready {
    udp_socket socket;
    uint64_t user_data;
    uint32_t events;
    uint32_t reserved;
} udp_ready;
typedef struct udp_addr {
    uint16_t family;
    uint16_t port;
    uint8_t ip[16];
    uint32_t scope_id;
    uint32_t flowinfo;
    uint32_t reserved;
} udp_addr;
typedef struct udp_text_info {
    char encoding[24];
    uint32_t bytes;
    uint32_t replaced;
    uint32_t reserved[2];
} udp_text_info;
typedef struct udp_packet {
    void *data;
    size_t length;
    struct udp_addr peer;
    uint32_t full_length;
    uint32_t flags;
    uint32_t segment_size;
    uint32_t reserved;
} udp_packet;
typedef struct udp_packet_info {
    struct udp_addr local;
    uint64_t timestamp_ns;
    uint32_t if_index;
    uint32_t tos;
    uint32_t reserved[4];
} udp_packet_info;
typedef struct udp_stats {
    uint64_t sent;
    uint64_t sent_bytes;
    uint64_t received;
    uint64_t received_bytes;
    uint64_t truncated;
    uint64_t dropped;
    uint64_t buffered;
    uint64_t offload_refused;
    uint64_t path_errors;
    uint64_t path_errors_lost;
    uint32_t offloads;
    uint32_t reserved0;
    uint64_t spin_hits;
    uint64_t spin_misses;
    uint64_t reserved[7];
} udp_stats;
typedef struct udp_slice {
    void *data;
    size_t length;
} udp_slice;
typedef struct udp_interface {
    char name[256];
    uint32_t if_index;
    uint32_t flags;
    uint32_t mtu;
    uint32_t prefix_len;
    struct udp_addr addr;
    struct udp_addr broadcast;
    uint32_t reserved[4];
} udp_interface;
typedef struct udp_path_error {
    int32_t code;
    int32_t os_error;
    struct udp_addr peer;
    struct udp_addr offender;
    uint32_t mtu;
    uint8_t icmp_type;
    uint8_t icmp_code;
    uint16_t reserved;
} udp_path_error;
udp_socket udp_open(uint32_t flags);
int32_t udp_close(udp_socket s);
int32_t udp_bind(udp_socket s,
                 const char *host,
                 uint16_t port);
int32_t udp_bind_addr(udp_socket s,
                      const udp_addr *addr);
int32_t udp_connect(udp_socket s,
                    const udp_addr *peer);
int32_t udp_disconnect(udp_socket s);
int32_t udp_local_addr(udp_socket s, udp_addr *addr);
int32_t udp_peer_addr(udp_socket s, udp_addr *addr);
int32_t udp_wait(udp_socket s,
                 uint32_t events,
                 int32_t timeout_ms);
int64_t udp_fd(udp_socket s);
int32_t udp_resolve(const char *host,
                    uint16_t port,
                    uint16_t family,
                    udp_addr *addr);
int32_t udp_format(const udp_addr *addr,
                   char *text,
                   size_t cap);
int32_t udp_interfaces(udp_interface *list,
                       size_t cap);
int32_t udp_interface_index(const char *text);
int32_t udp_sendto(udp_socket s,
                   const void *buf,
                   size_t len,
                   const udp_addr *to);
int32_t udp_send_batch(udp_socket s,
                       const udp_packet *packets,
                       size_t n);
int32_t udp_group_packets(udp_packet *packets,
                          udp_packet_info *infos,
                          size_t n);
int32_t udp_send_segments(udp_socket s,
                          const void *buf,
                          size_t len,
                          size_t segment_size,
                          const udp_addr *to);
int32_t udp_recvfrom(udp_socket s,
                     void *buf,
                     size_t cap,
                     udp_addr *from,
                     int32_t timeout_ms);
int32_t udp_recvfrom_info(udp_socket s,
                          void *buf,
                          size_t cap,
                          udp_addr *from,
                          udp_packet_info *info,
                          int32_t timeout_ms);
int32_t udp_recv_batch(udp_socket s,
                       void *arena,
                       size_t arena_len,
                       udp_packet *packets,
                       udp_packet_info *infos,
                       size_t max,
                       int32_t timeout_ms);
int32_t udp_recv_segments(udp_socket s,
                          void *arena,
                          size_t arena_len,
                          udp_packet *packets,
                          udp_packet_info *infos,
                          size_t max,
                          int32_t timeout_ms);
int32_t udp_broadcast(udp_socket s,
                      const void *buf,
                      size_t len,
                      uint16_t port);
int32_t udp_broadcast_on(udp_socket s,
                         const void *buf,
                         size_t len,
                         uint16_t port,
                         uint32_t if_index);
int32_t udp_reply(udp_socket s,
                  const void *buf,
                  size_t len,
                  const udp_addr *to,
                  const udp_packet_info *info);
int32_t udp_reply_batch(udp_socket s,
                        const udp_packet *packets,
                        const udp_packet_info *infos,
                        size_t n);
int32_t udp_join(udp_socket s,
                 const udp_addr *group,
                 const udp_addr *source,
                 uint32_t if_index);
int32_t udp_leave(udp_socket s,
                  const udp_addr *group,
                  const udp_addr *source,
                  uint32_t if_index);
int32_t udp_recv_error(udp_socket s,
                       udp_path_error *error,
                       int32_t timeout_ms);
udp_poller udp_poller_open(void);
int32_t udp_poller_set(udp_poller p,
                       udp_socket s,
                       uint32_t events,
                       uint64_t user_data);
int32_t udp_poller_wait(udp_poller p,
                        udp_ready *ready,
                        size_t max,
                        int32_t timeout_ms);
int32_t udp_poller_wake(udp_poller p);
int64_t udp_poller_fd(udp_poller p);
int32_t udp_poller_close(udp_poller p);
int32_t udp_steer(udp_socket s,
                  uint32_t by,
                  uint32_t offset,
                  uint32_t length,
                  uint32_t sockets);
int32_t udp_encode(const char *encoding,
                   const char *text,
                   size_t len,
                   void *out,
                   size_t cap);
int32_t udp_decode(const char *encoding,
                   const void *buf,
                   size_t len,
                   char *text,
                   size_t cap,
                   udp_text_info *info);
int32_t udp_sendto_text(udp_socket s, const char *encoding, const char *text, size_t len, const udp_addr *to);
int32_t udp_recvfrom_text(udp_socket s,
                          const char *encoding,
                          char *text,
                          size_t cap,
                          udp_addr *from,
                          udp_text_info *info,
                          int32_t timeout_ms);
int32_t udp_set_option(udp_socket s,
                       int32_t option,
                       int32_t value);
int32_t udp_get_option(udp_socket s, int32_t option);
int32_t udp_get_stats(udp_socket s, udp_stats *stats);
int32_t udp_sendmsg(udp_socket s,
                    const udp_slice *parts,
                    size_t n,
                    const void *control,
                    size_t control_len,
                    int32_t flags,
                    const udp_addr *to);
int32_t udp_recvmsg(udp_socket s,
                    const udp_slice *parts,
                    size_t n,
                    void *control,
                    size_t *control_len,
                    int32_t *flags,
                    udp_addr *from,
                    int32_t timeout_ms);
int32_t udp_setsockopt(udp_socket s,
                       int32_t level,
                       int32_t name,
                       const void *value,
                       size_t len);
int32_t udp_getsockopt(udp_socket s,
                       int32_t level,
                       int32_t name,
                       void *value,
                       size_t cap);
const char *udp_version(void);
const char *udp_strerror(int32_t code);
const char *udp_error_name(int32_t code);
int32_t udp_last_os_error(void);
const char *udp_last_error(void);
size_t udp_last_length(void);

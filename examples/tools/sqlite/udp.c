/* A SQLite extension: SELECT udp_send('127.0.0.1', 9000, 'text') sends a datagram and returns its length. */
#include <libudp.h>
#include <sqlite3ext.h>

SQLITE_EXTENSION_INIT1

static void send_text(sqlite3_context *context, int count, sqlite3_value **values) {
    udp_socket s = *(udp_socket *)sqlite3_user_data(context);
    udp_addr to;
    const char *host = (const char *)sqlite3_value_text(values[0]);
    int port = sqlite3_value_int(values[1]), length = -1;
    if (port >= 0 && port <= 65535 && udp_resolve(host, (uint16_t)port, UDP_FAMILY_IPV4, &to) == 0) {
        length = udp_sendto(s, sqlite3_value_blob(values[2]), (size_t)sqlite3_value_bytes(values[2]), &to);
    }
    (void)count;
    length < 0 ? sqlite3_result_error(context, udp_last_error(), -1) : sqlite3_result_int(context, length);
}

static void close_socket(void *s) {
    udp_close(*(udp_socket *)s);
    sqlite3_free(s);
}

/* SQLite finds it by its name. Each connection has a socket, and closes it with itself. */
int sqlite3_udp_init(sqlite3 *db, char **error, const sqlite3_api_routines *api) {
    SQLITE_EXTENSION_INIT2(api);
    udp_socket *s = sqlite3_malloc(sizeof *s);
    if (!s) return SQLITE_NOMEM;
    *s = udp_open(UDP_OPEN_IPV4);
    if (*s < 0) {
        *error = sqlite3_mprintf("%s", udp_last_error());
        sqlite3_free(s);
        return SQLITE_ERROR;
    }
    return sqlite3_create_function_v2(db, "udp_send", 3, SQLITE_UTF8, s, send_text, NULL, NULL, close_socket);
}

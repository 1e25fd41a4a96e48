/* A PostgreSQL function that sends a datagram, for example from a trigger: udp_send(host text, port int, message text). */
#include <postgres.h>

#include <fmgr.h>
#include <libudp.h>
#include <utils/builtins.h>

PG_MODULE_MAGIC;
PG_FUNCTION_INFO_V1(udp_send);

/* One socket for each session: PostgreSQL gives each a process. It ends with the process. */
static udp_socket session = 0;

Datum udp_send(PG_FUNCTION_ARGS) {
    text *message = PG_GETARG_TEXT_PP(2);
    int32 port = PG_GETARG_INT32(1), length = -1;
    udp_addr to;
    if (port < 0 || port > 65535) ereport(ERROR, errmsg("a port is 0 to 65535"));
    if (session <= 0) session = udp_open(UDP_OPEN_IPV4);
    if (session > 0 && udp_resolve(text_to_cstring(PG_GETARG_TEXT_PP(0)), (uint16_t)port, UDP_FAMILY_IPV4, &to) == 0) {
        length = udp_sendto(session, VARDATA_ANY(message), VARSIZE_ANY_EXHDR(message), &to);
    }
    if (length < 0) ereport(ERROR, errcode(ERRCODE_SYSTEM_ERROR), errmsg("udp_send: %s", udp_last_error()));
    PG_RETURN_INT32(length);
}

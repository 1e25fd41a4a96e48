// The list of interfaces, their lookup by name, index and address, and the loopback interface.
#include "check.h"

enum { MANY = 256 };

static udp_interface list[MANY];

// The row of an address; NULL if no interface has it.
static const udp_interface *row(const char *host, int count)
{
    udp_addr addr = address(host, 0);
    for (int i = 0; i < count; i++)
        if (memcmp(&list[i].addr, &addr, sizeof addr) == 0)
            return &list[i];
    return NULL;
}

int main(void)
{
    int32_t count = udp_interfaces(list, MANY);
    CHECK(count >= 1 && count <= MANY);
    for (int i = 0; i < count; i++) {
        CHECK(strlen(list[i].name) > 0 && list[i].if_index > 0 && list[i].mtu > 0);
        CHECK(i == 0 || list[i - 1].if_index <= list[i].if_index);
        CHECK(list[i].addr.port == 0 && list[i].broadcast.port == 0);
        CHECK(udp_interface_index(list[i].name) == (int32_t)list[i].if_index);
    }

    const udp_interface *lo = row("127.0.0.1", count);
    CHECK(lo != NULL && lo->prefix_len == 8 && lo->broadcast.family == UDP_FAMILY_NONE);
    CHECK((lo->flags & (UDP_INTERFACE_UP | UDP_INTERFACE_LOOPBACK)) == (UDP_INTERFACE_UP | UDP_INTERFACE_LOOPBACK));
    CHECK((lo->flags & (UDP_INTERFACE_BROADCAST | UDP_INTERFACE_POINT_TO_POINT)) == 0);
    CHECK(udp_interface_index("127.0.0.1") == (int32_t)lo->if_index);
    if (row("::1", count) != NULL)
        CHECK(row("::1", count)->prefix_len == 128 && udp_interface_index("::1") == (int32_t)lo->if_index);

    char number[16];
    snprintf(number, sizeof number, "%u", (unsigned)lo->if_index);
    CHECK(udp_interface_index(number) == (int32_t)lo->if_index);
    CHECK(udp_interface_index("") == 0 && udp_interface_index(NULL) == 0);
    const char *const none[] = {"no-such", "203.0.113.9", "0", "-1", "4294967297", "fe80::1%no-such", " ", "1 "};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        FAILS(udp_interface_index(none[i]), UDP_ERR_NO_INTERFACE);
    FAILS(udp_interface_index("\xff"), UDP_ERR_UTF8);

    // With too little room, the first rows are stored and the number of all rows is returned.
    udp_interface first[2];
    memset(first, 0x5a, sizeof first);
    CHECK(udp_interfaces(first, 1) == count);
    CHECK(memcmp(&first[0], &list[0], sizeof *first) == 0);
    CHECK(first[1].if_index == 0x5a5a5a5a);
    CHECK(udp_interfaces(NULL, 0) == count);
    return 0;
}

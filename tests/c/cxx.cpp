// The header in a C++ program.
#include <libudp.h>

#include <cstdio>
#include <cstring>
#include <string>
#include <type_traits>

static_assert(std::is_trivially_copyable_v<udp_addr> && std::is_standard_layout_v<udp_addr>);
static_assert(std::is_trivially_copyable_v<udp_text_info> && std::is_standard_layout_v<udp_text_info>);
static_assert(std::has_unique_object_representations_v<udp_addr>, "to be compared byte by byte");
static_assert(sizeof(udp_addr) == 32 && sizeof(udp_text_info) == 40 && sizeof(udp_socket) == 8);

static bool exchange()
{
    udp_socket s = udp_open(UDP_OPEN_IPV4);
    udp_addr addr{}, from{};
    udp_text_info info{};
    std::string text(64, '\0');
    if (udp_bind(s, "127.0.0.1", 0) != 0 || udp_local_addr(s, &addr) != 0)
        return false;
    if (udp_sendto_text(s, "gbk", u8"\u4f60\u597d", 6, &addr) != 4)
        return false;
    int32_t length = udp_recvfrom_text(s, "auto", text.data(), text.size(), &from, &info, 20000);
    if (length < 0)
        return false;
    text.resize(static_cast<size_t>(length));
    return text == u8"\u4f60\u597d" && std::string(info.encoding) == "gb18030"
        && std::memcmp(&from, &addr, sizeof addr) == 0 && udp_close(s) == 0 && udp_close(s) == UDP_ERR_CLOSED;
}

int main()
{
    if (exchange())
        return 0;
    std::fprintf(stderr, "last error: %s\n", udp_last_error());
    return 1;
}

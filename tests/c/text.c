// Text in other encodings: sending, detection, truncation, and characters that an encoding lacks.
#include "check.h"

static udp_socket s;
static udp_addr addr;

// Sent in one encoding as these bytes, and decoded with "auto".
static void arrives(const char *label, const char *text, const char *bytes, const char *found)
{
    char buf[64];
    udp_text_info info;
    int32_t length = (int32_t)strlen(bytes);
    CHECK(udp_encode(label, text, strlen(text), buf, sizeof buf) == length && memcmp(buf, bytes, strlen(bytes)) == 0);
    CHECK(udp_sendto_text(s, label, text, strlen(text), &addr) == length);
    CHECK(udp_sendto(s, bytes, strlen(bytes), &addr) == length);
    for (int i = 0; i < 2; i++) {
        udp_addr from;
        CHECK(udp_recvfrom_text(s, "auto", buf, sizeof buf, &from, &info, SOON) == (int32_t)strlen(text));
        CHECK(strcmp(buf, text) == 0 && strcmp(info.encoding, found) == 0);
        CHECK(info.bytes == strlen(bytes) && info.replaced == 0 && same(&from, &addr));
        CHECK(info.reserved[0] == 0 && info.reserved[1] == 0);
    }
    CHECK(udp_decode(label, bytes, strlen(bytes), buf, sizeof buf, NULL) == (int32_t)strlen(text));
    CHECK(strcmp(buf, text) == 0);
}

static void by_label(const char *label, const char *bytes, const char *text, const char *name)
{
    char buf[64];
    udp_text_info info;
    CHECK(udp_decode(label, bytes, strlen(bytes), buf, sizeof buf, &info) == (int32_t)strlen(text));
    CHECK(strcmp(buf, text) == 0 && strcmp(info.encoding, name) == 0 && info.replaced == 0);
}

static void unmappable(void)
{
    char out[16] = "untouched";
    FAILS(udp_encode("gbk", "\U0001F600", 4, out, sizeof out), UDP_ERR_UNMAPPABLE);
    CHECK(strstr(udp_last_error(), "U+1F600") != NULL);
    FAILS(udp_encode("iso-8859-1", "a\u4e2d", 4, out, sizeof out), UDP_ERR_UNMAPPABLE);
    FAILS(udp_sendto_text(s, "big5", "\u4eec", 3, &addr), UDP_ERR_UNMAPPABLE);
    FAILS(udp_recvfrom(s, out, sizeof out, NULL, 0), UDP_ERR_WOULD_BLOCK);
    CHECK(strcmp(out, "untouched") == 0);
}

// Decoded text is truncated after a whole character; encoded bytes that do not fit are not stored at all.
static void little_room(void)
{
    char buf[16] = "untouched";
    udp_text_info info;
    const char *text = "\u4e2d\u6587";
    FAILS(udp_decode("utf-8", text, 6, buf, 0, &info), UDP_ERR_BUFFER_TOO_SMALL);
    FAILS(udp_encode("gbk", text, 6, buf, 3), UDP_ERR_BUFFER_TOO_SMALL);
    CHECK(udp_last_length() == 4 && strcmp(buf, "untouched") == 0);
    for (size_t cap = 1; cap <= 6; cap++) {
        CHECK(udp_sendto_text(s, "gbk", text, 6, &addr) == 4);
        memset(buf, 'x', sizeof buf);
        FAILS(udp_recvfrom_text(s, "auto", buf, cap, NULL, &info, SOON), UDP_ERR_TRUNCATED);
        CHECK(udp_last_length() == 6 && info.bytes == 4 && strcmp(info.encoding, "gb18030") == 0);
        CHECK(strlen(buf) == (cap > 3 ? 3 : 0) && memcmp(buf, text, strlen(buf)) == 0 && buf[cap] == 'x');
    }
    CHECK(udp_decode("utf-8", text, 6, buf, 7, NULL) == 6);

    // A call that fails because of its arguments takes no datagram.
    CHECK(udp_sendto(s, "kept", 4, &addr) == 4);
    CHECK(udp_wait(s, UDP_EVENT_READ, SOON) == UDP_EVENT_READ);
    FAILS(udp_recvfrom_text(s, "auto", buf, 0, NULL, NULL, 0), UDP_ERR_BUFFER_TOO_SMALL);
    FAILS(udp_recvfrom_text(s, "no-such", buf, sizeof buf, NULL, NULL, 0), UDP_ERR_ENCODING);
    CHECK(udp_recvfrom_text(s, "auto", buf, sizeof buf, NULL, NULL, 0) == 4 && strcmp(buf, "kept") == 0);
}

static void malformed(void)
{
    char buf[16];
    udp_text_info info;
    CHECK(udp_decode("utf-8", "a\xffz", 3, buf, sizeof buf, &info) == 5);
    CHECK(strcmp(buf, "a\uFFFDz") == 0 && info.replaced == 1 && info.bytes == 3);
    // 3 * length + 1 bytes are enough even if every byte is replaced.
    CHECK(udp_decode("utf-8", "\xff\xff\xff\xff\xff", 5, buf, sizeof buf, &info) == 15);
    CHECK(info.replaced == 5);
    // A datagram cut inside a character decodes to the same text without that character.
    CHECK(udp_decode("auto", "\u4f60\u597d\u4e16", 8, buf, sizeof buf, &info) == 9);
    CHECK(strcmp(buf, "\u4f60\u597d\uFFFD") == 0 && strcmp(info.encoding, "UTF-8") == 0 && info.replaced == 1);
}

int main(void)
{
    char buf[8];
    udp_text_info info;
    s = bound(UDP_OPEN_IPV4, "127.0.0.1", &addr);

    arrives("utf-8", "\u4f60\u597d", "\xe4\xbd\xa0\xe5\xa5\xbd", "UTF-8");
    arrives("auto", "\u4f60\u597d", "\xe4\xbd\xa0\xe5\xa5\xbd", "UTF-8");
    arrives("gbk", "\u8054\u901a", "\xc1\xaa\xcd\xa8", "gb18030");
    arrives("GB2312", "\u4e2d\u6587", "\xd6\xd0\xce\xc4", "gb18030");
    arrives("gb18030", "\U00020000", "\x95\x32\x82\x36", "gb18030");
    arrives("gbk", "plain", "plain", "UTF-8");
    by_label("big5", "\xa4\xa4\xa4\xe5", "\u4e2d\u6587", "Big5");
    by_label("auto:big5", "\xa4\xa4\xa4\xe5", "\u4e2d\u6587", "Big5");
    by_label("auto:big5", "\u4e2d\u6587", "\u4e2d\u6587", "UTF-8");
    by_label("Shift_JIS", "\x93\xfa\x96\x7b", "\u65e5\u672c", "Shift_JIS");
    CHECK(udp_encode("utf-16le", "A\u4e2d", 4, buf, sizeof buf) == 4 && memcmp(buf, "A\0\x2d\x4e", 4) == 0);

    // Empty text is text, and NUL is a character.
    CHECK(udp_encode("gbk", NULL, 0, NULL, 0) == 0);
    CHECK(udp_decode("auto", NULL, 0, buf, 1, &info) == 0 && buf[0] == 0);
    CHECK(strcmp(info.encoding, "UTF-8") == 0 && info.bytes == 0);
    CHECK(udp_decode("auto", "a\0b", 3, buf, sizeof buf, NULL) == 3 && memcmp(buf, "a\0b", 4) == 0);

    unmappable();
    little_room();
    malformed();
    CHECK(udp_close(s) == 0);
    return 0;
}

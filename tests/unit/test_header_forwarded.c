/* SPDX-License-Identifier: Apache-2.0 */
#include "odata/header_forwarded.h"
#include "unit.h"

/* The content of one or more forwarded headers: "scheme host port prefix", "-" for unknown
 * parts. */
static const char *forwarded(const char *name, const char *value, gp_address *origin)
{
    const gp_forwarded *header = gp_forwarded_headers;

    while (strcmp(header->name, name) != 0)
        header++;
    if (!gp_header_forwarded(pool, header, value, origin))
        return "refused";
    return apr_psprintf(pool, "%s %s %d %s", origin->scheme ? origin->scheme : "-",
                        origin->host ? origin->host : "-", origin->port,
                        origin->prefix ? origin->prefix : "-");
}

#define LONG_LABEL "a23456789.b23456789.c23456789.d23456789.e23456789."

static const struct {
    const char *name, *value, *told;
} forwards[] = {
    {"X-Forwarded-Proto", "https", "https - 0 -"},
    {"X-Forwarded-Proto", "HTTP", "http - 0 -"},
    {"X-Forwarded-Proto", "", "refused"},
    {"X-Forwarded-Proto", "ftp", "refused"},
    {"X-Forwarded-Proto", "https,http", "refused"},
    {"X-Forwarded-Proto", "https ", "refused"},
    {"X-Forwarded-Host", "api.example.com", "- api.example.com 0 -"},
    {"X-Forwarded-Host", "API.Example.COM:8443", "- api.example.com 8443 -"},
    {"X-Forwarded-Host", "my_host-1", "- my_host-1 0 -"},
    {"X-Forwarded-Host", "192.0.2.1:1", "- 192.0.2.1 1 -"},
    {"X-Forwarded-Host", "[2001:DB8::1]", "- [2001:db8::1] 0 -"},
    {"X-Forwarded-Host", "[::ffff:192.0.2.1]:65535", "- [::ffff:192.0.2.1] 65535 -"},
    {"X-Forwarded-Host", "", "refused"},
    {"X-Forwarded-Host", ":80", "refused"},
    {"X-Forwarded-Host", "a:", "refused"},
    {"X-Forwarded-Host", "a:0", "refused"},
    {"X-Forwarded-Host", "a:65536", "refused"},
    {"X-Forwarded-Host", "a:080808", "refused"},
    {"X-Forwarded-Host", "a:+80", "refused"},
    {"X-Forwarded-Host", "a:8a", "refused"},
    {"X-Forwarded-Host", "a:80:80", "refused"},
    {"X-Forwarded-Host", "a, b", "refused"},
    {"X-Forwarded-Host", "a b", "refused"},
    {"X-Forwarded-Host", "user@a", "refused"},
    {"X-Forwarded-Host", "a/b", "refused"},
    {"X-Forwarded-Host", "a?b", "refused"},
    {"X-Forwarded-Host", "a#b", "refused"},
    {"X-Forwarded-Host", "a\\b", "refused"},
    {"X-Forwarded-Host", "a\"b", "refused"},
    {"X-Forwarded-Host", "a%41", "refused"},
    {"X-Forwarded-Host", "\xc3\xa4.example", "refused"},
    {"X-Forwarded-Host", "a\tb", "refused"},
    {"X-Forwarded-Host", "2001:db8::1", "refused"},
    {"X-Forwarded-Host", "[2001:db8::1", "refused"},
    {"X-Forwarded-Host", "[]", "refused"},
    {"X-Forwarded-Host", "[", "refused"},
    {"X-Forwarded-Host", "]", "refused"},
    {"X-Forwarded-Host", "[1::2::3]", "refused"},
    {"X-Forwarded-Host", "[fe80::1%25eth0]", "refused"},
    {"X-Forwarded-Host", "[v1.a]", "refused"},
    {"X-Forwarded-Host", "[::1]a", "refused"},
    {"X-Forwarded-Host", "[a.example]", "refused"},
    {"X-Forwarded-Host", "[1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa]", "refused"},
    {"X-Forwarded-Host", LONG_LABEL LONG_LABEL LONG_LABEL LONG_LABEL LONG_LABEL "abc",
     "- " LONG_LABEL LONG_LABEL LONG_LABEL LONG_LABEL LONG_LABEL "abc 0 -"},
    {"X-Forwarded-Host", LONG_LABEL LONG_LABEL LONG_LABEL LONG_LABEL LONG_LABEL "abcd", "refused"},
    {"X-Forwarded-Port", "443", "- - 443 -"},
    {"X-Forwarded-Port", "65535", "- - 65535 -"},
    {"X-Forwarded-Port", "65536", "refused"},
    {"X-Forwarded-Port", "0", "refused"},
    {"X-Forwarded-Port", "", "refused"},
    {"X-Forwarded-Port", "80,443", "refused"},
    {"X-Forwarded-Port", "-1", "refused"},
    {"X-Forwarded-Prefix", "/graph", "- - 0 /graph"},
    {"X-Forwarded-Prefix", "/a/b-c_d.e/", "- - 0 /a/b-c_d.e"},
    {"X-Forwarded-Prefix", "/", "- - 0 "},
    {"X-Forwarded-Prefix", "", "refused"},
    {"X-Forwarded-Prefix", "graph", "refused"},
    {"X-Forwarded-Prefix", "//evil.example", "refused"},
    {"X-Forwarded-Prefix", "/a/../b", "refused"},
    {"X-Forwarded-Prefix", "/a/./b", "refused"},
    {"X-Forwarded-Prefix", "/a%2fb", "refused"},
    {"X-Forwarded-Prefix", "/a?b", "refused"},
    {"X-Forwarded-Prefix", "/a\"b", "refused"},
    {"X-Forwarded-Prefix", "/a, /b", "refused"},
    {"Forwarded", "proto=https;host=api.example.com", "https api.example.com 0 -"},
    {"Forwarded", "for=192.0.2.1; Host=\"API.example.com:8443\"; PROTO=HTTPS;by=_x",
     "https api.example.com 8443 -"},
    {"Forwarded", "host=\"[::1]:80\"", "- [::1] 80 -"},
    {"Forwarded", "for=\"[2001:db8::1]:4711\"", "- - 0 -"},
    {"Forwarded", "for=192.0.2.1, for=192.0.2.2;host=a", "refused"},
    {"Forwarded", "host=a,", "refused"},
    {"Forwarded", "host=a;host=a", "refused"},
    {"Forwarded", "proto=http;proto=https", "refused"},
    {"Forwarded", "host=a:80", "refused"},
    {"Forwarded", "host=\"a", "refused"},
    {"Forwarded", "host=\"", "refused"},
    {"Forwarded", "host=\"a\\.b\"", "refused"},
    {"Forwarded", "host=a b", "refused"},
    {"Forwarded", "host", "refused"},
    {"Forwarded", "host=", "refused"},
    {"Forwarded", "", "refused"},
    {"Forwarded", ";", "refused"},
    {"Forwarded", "proto=gopher", "refused"},
};

TEST(forwarded_headers_have_one_value_or_none)
{
    apr_size_t i;

    for (i = 0; i < COUNT(forwards); i++) {
        gp_address origin = {NULL, NULL, 0, NULL};
        const char *told = forwarded(forwards[i].name, forwards[i].value, &origin);

        ck_assert_msg(strcmp(told, forwards[i].told) == 0, "%s: %s: %s", forwards[i].name,
                      forwards[i].value, told);
    }
}

TEST(a_forwarded_port_replaces_that_of_the_host)
{
    gp_address origin = {NULL, NULL, 0, NULL};

    ck_assert_str_eq(forwarded("X-Forwarded-Host", "a:8080", &origin), "- a 8080 -");
    ck_assert_str_eq(forwarded("X-Forwarded-Port", "8443", &origin), "- a 8443 -");
}

TEST(a_forwarded_host_may_be_as_long_as_a_dns_name)
{
    int length;

    for (length = 252; length <= 254; length++) {
        gp_address origin = {NULL, NULL, 0, NULL};
        char host[255];

        memset(host, 'a', sizeof host);
        host[length] = '\0';
        forwarded("X-Forwarded-Host", host, &origin);
        ck_assert_int_eq(origin.host != NULL, length <= 253);
    }
}

/* Each header ends at the end of its memory, so that sanitizers detect a read beyond it. */
TEST(truncated_forwarded_headers_are_not_read_past_their_end)
{
    static const char *const whole[] = {
        "for=\"[::1]\";host=\"[2001:db8::1]:8443\"; proto=https",
        "[2001:db8::1]:8443",
    };
    const gp_forwarded *header;
    apr_size_t row, length;

    for (row = 0; row < COUNT(whole); row++) {
        for (length = 0; length <= strlen(whole[row]); length++) {
            char *text = tight_copy(whole[row], length);

            for (header = gp_forwarded_headers; header->name != NULL; header++) {
                gp_address origin = {NULL, NULL, 0, NULL};

                forwarded(header->name, text, &origin);
            }
            free(text);
        }
    }
}

UNIT_MAIN("header_forwarded")

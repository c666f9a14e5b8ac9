/* What the error queue does. Compared with lib/openssl/err line by line. */
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <string.h>

static void raise_(int lib, int reason, const char *text)
{
    ERR_new();
    ERR_set_debug("f.c", 7, "fn");
    if (text) ERR_set_error(lib, reason, "%s", text);
    else ERR_set_error(lib, reason, NULL);
}

static void drain(const char *label)
{
    const char *file, *func, *data;
    int line, flags;
    unsigned long e;
    while ((e = ERR_get_error_all(&file, &line, &func, &data, &flags)) != 0)
        printf("%s %lX %s:%d %s <%.60s> %zu %d\n", label, e, file, line, func, data, strlen(data), flags & ERR_TXT_STRING);
    printf("%s end\n", label);
}

static int print(const char *str, size_t len, void *u)
{
    printf("%s %zu %s", (char *)u, len, strchr(str, ':'));
    return 1;
}

static int stop(const char *str, size_t len, void *u)
{
    return 0;
}

int main(void)
{
    int i;
    char big[3000];

    puts(OpenSSL_version(OPENSSL_VERSION));
    OPENSSL_init_ssl(OPENSSL_INIT_LOAD_SSL_STRINGS | OPENSSL_INIT_LOAD_CRYPTO_STRINGS, NULL);
    printf("empty %lX\n", ERR_get_error());
    printf("empty %lX\n", ERR_peek_error());
    printf("empty %lX\n", ERR_peek_last_error());
    for (i = 1; i <= 20; i++) raise_(ERR_LIB_SSL, i, NULL);
    printf("peek %lX last %lX\n", ERR_peek_error(), ERR_peek_last_error());
    drain("ring");
    raise_(ERR_LIB_SYS, 2, "calling fopen(x, r)");
    raise_(ERR_LIB_BIO, ERR_R_SYS_LIB, NULL);
    raise_(ERR_LIB_SSL, 193, "");
    drain("system");

    printf("mark on empty %d\n", ERR_set_mark());
    printf("pop on empty %d\n", ERR_pop_to_mark());
    printf("clear on empty %d\n", ERR_clear_last_mark());
    raise_(20, 1, NULL);
    printf("mark %d\n", ERR_set_mark());
    printf("mark %d\n", ERR_set_mark());
    raise_(20, 2, NULL);
    printf("mark %d\n", ERR_set_mark());
    raise_(20, 3, NULL);
    i = ERR_pop_to_mark();
    printf("pop %d last %lX\n", i, ERR_peek_last_error());
    raise_(20, 4, NULL);
    i = ERR_pop_to_mark();
    printf("pop %d last %lX\n", i, ERR_peek_last_error());
    printf("clear %d\n", ERR_clear_last_mark());
    printf("clear %d\n", ERR_clear_last_mark());
    i = ERR_pop_to_mark();
    printf("pop %d last %lX\n", i, ERR_peek_last_error());
    drain("marks");

    raise_(20, 5, NULL);
    ERR_set_mark();
    for (i = 0; i < 16; i++) raise_(20, 100 + i, NULL);
    printf("lost mark %d\n", ERR_pop_to_mark());
    drain("lost");

    raise_(20, 6, NULL);
    ERR_add_error_data(3, "a", "b", "c");
    ERR_add_error_data(1, "d");
    raise_(20, 7, "first");
    ERR_add_error_data(2, " and ", "second");
    raise_(20, 8, NULL);
    ERR_add_error_txt(": ", "one");
    ERR_add_error_txt(": ", "two");
    ERR_add_error_txt(NULL, "three");
    ERR_add_error_txt(",", "x,y,");
    drain("data");
    ERR_add_error_txt(": ", "alone");
    drain("alone");
    printf("after alone %lX\n", ERR_get_error());
    ERR_clear_error();
    memset(big, 'x', sizeof big);
    big[1023] = 0;
    raise_(20, 9, big);
    big[1023] = 'x';
    big[1024] = 0;
    raise_(20, 9, big);
    big[1022] = 0;
    raise_(20, 9, big);
    drain("long");
    raise_(20, 10, NULL);
    for (i = 0; i < 2999; i++) big[i] = i % 50 == 49 ? ';' : 'a' + i % 26;
    big[2999] = 0;
    ERR_add_error_txt(NULL, "head");
    ERR_add_error_txt(";", big);
    ERR_add_error_txt(";", big);
    ERR_add_error_txt("", big);
    ERR_add_error_txt("", big);
    drain("split");

    raise_(20, 11, "before");
    ERR_set_error_data("replaced", ERR_TXT_STRING);
    ERR_new();
    ERR_set_debug("f.c", 7, "fn");
    ERR_set_error(20, 12, "n %d", 3);
    drain("replaced");
    printf("cleared %lX\n", ERR_peek_error());

    raise_(20, 193, "detail");
    raise_(2, 111, "calling connect()");
    raise_(20, 0x70F, NULL);
    ERR_print_errors_cb(print, "print");
    printf("left %lX\n", ERR_peek_error());
    raise_(20, 1, NULL);
    raise_(20, 2, NULL);
    ERR_print_errors_cb(stop, NULL);
    printf("left %lX\n", ERR_peek_error());
    ERR_clear_error();
    raise_(20, 13, "a");
    ERR_put_error(20, 5, 14, "g.c", 9);
    {
        const char *file, *data;
        int line, flags;
        unsigned long e = ERR_get_error_line_data(&file, &line, &data, &flags);
        printf("line %lX %s %d %s %d\n", e, file, line, data, flags & ERR_TXT_STRING);
        e = ERR_peek_last_error_line(&file, &line);
        printf("last %lX %s %d\n", e, file, line);
        e = ERR_peek_error_data(&data, &flags);
        printf("data %lX <%s> %d\n", e, data, flags & ERR_TXT_STRING);
        ERR_clear_error();
    }
    i = ERR_get_next_error_library();
    printf("next library %d\n", i);
    {
        static ERR_STRING_DATA texts[] = { { 1, "first thing" }, { 2, "second thing" }, { 0, NULL } };
        static ERR_STRING_DATA name[] = { { 0, "my library" }, { 0, NULL } };
        ERR_load_strings(i, texts);
        name[0].error = ERR_PACK(i, 0, 0);
        ERR_load_strings(i, name);
        printf("own %s\n", ERR_error_string(ERR_PACK(i, 0, 2), NULL));
        ERR_unload_strings(i, texts);
        printf("own %s\n", ERR_error_string(ERR_PACK(i, 0, 2), NULL));
    }
    return 0;
}

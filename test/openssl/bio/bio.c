/* What memory, pair, null, file, buffer BIOs and the core do. Compared with lib/openssl/bio line by line. */
#include <errno.h>
#include <netinet/in.h>
#include <openssl/bio.h>
#include <openssl/buffer.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char buf[100000];

static void errors(void)
{
    unsigned long e;
    const char *data;
    int flags;
    while ((e = ERR_get_error_line_data(NULL, NULL, &data, &flags)) != 0)
        printf("  error %lX %s\n", e, flags & ERR_TXT_STRING ? data : "");
}

static void say(const char *label, long ret, BIO *b)
{
    printf("%s = %ld flags %x\n", label, ret, b ? BIO_get_retry_flags(b) : 0);
    errors();
}

static void ctrls(BIO *b)
{
    static const int cmds[] = { 2, 3, 4, 5, 8, 10, 11, 13, 29, 40, 47, 49, 105, 107, 116, 133, 137, 140, 141, 999 };
    size_t i;
    for (i = 0; i < sizeof(cmds) / sizeof(*cmds); i++) printf("ctrl %d = %ld\n", cmds[i], BIO_ctrl(b, cmds[i], 0, NULL));
    errors();
}

static void readn(BIO *b, int n)
{
    int r;
    memset(buf, 0, sizeof buf);
    r = BIO_read(b, buf, n);
    printf("read %d = %d <%.40s> flags %x\n", n, r, r > 0 ? buf : "", BIO_get_retry_flags(b));
    errors();
}

static void getsn(BIO *b, int n)
{
    int r;
    memset(buf, '#', 100);
    buf[100] = 0;
    r = BIO_gets(b, buf, n);
    printf("gets %d = %d <%.40s> flags %x\n", n, r, buf, BIO_get_retry_flags(b));
    errors();
}

static void memory(void)
{
    BIO *b = BIO_new(BIO_s_mem());
    BUF_MEM *m;
    char *p;
    size_t n;
    printf("mem type %x name %s init %d shutdown %d\n", BIO_method_type(b), BIO_method_name(b), BIO_get_init(b), BIO_get_shutdown(b));
    readn(b, 10);
    getsn(b, 10);
    say("read_ex", BIO_read_ex(b, buf, 10, &n), b);
    say("eof", BIO_eof(b), b);
    BIO_set_mem_eof_return(b, 0);
    readn(b, 10);
    BIO_set_mem_eof_return(b, -5);
    readn(b, 10);
    BIO_set_mem_eof_return(b, -1);
    say("write 0", BIO_write(b, "x", 0), b);
    say("write -1", BIO_write(b, "x", -1), b);
    say("write_ex 0", BIO_write_ex(b, "x", 0, &n), b);
    say("read -1", BIO_read(b, buf, -1), b);
    say("write", BIO_write(b, "hello\nworld\nrest", 16), b);
    ctrls(b);
    readn(b, 0);
    readn(b, 3);
    say("tell", BIO_tell(b), b);
    say("pending", BIO_pending(b), b);
    getsn(b, 1);
    getsn(b, -1);
    getsn(b, 3);
    getsn(b, 30);
    getsn(b, 6);
    getsn(b, 30);
    getsn(b, 30);
    say("seek", BIO_seek(b, 2), b);
    readn(b, 4);
    say("seek", BIO_seek(b, 17), b);
    say("seek", BIO_seek(b, -1), b);
    say("seek", BIO_seek(b, 16), b);
    say("eof", BIO_eof(b), b);
    say("seek", BIO_seek(b, 14), b);
    say("puts", BIO_puts(b, "more"), b);
    say("tell", BIO_tell(b), b);
    n = BIO_get_mem_data(b, &p);
    printf("data %zu <%.*s>\n", n, (int)n, p);
    readn(b, 1);
    BIO_get_mem_ptr(b, &m);
    printf("ptr %zu <%.*s>\n", m->length, (int)m->length, m->data);
    say("tell", BIO_tell(b), b);
    say("printf", BIO_printf(b, "%5d|%-5s|%05x|%.2f", 42, "ab", 255, 1.005), b);
    readn(b, 100);
    say("reset", BIO_reset(b), b);
    say("number read", BIO_number_read(b), b);
    say("number written", BIO_number_written(b), b);
    BIO_write(b, "kept", 4);
    BIO_set_flags(b, BIO_FLAGS_NONCLEAR_RST);
    readn(b, 2);
    say("reset", BIO_reset(b), b);
    readn(b, 10);
    say("set fd", BIO_set_fd(b, 3, 0), b);
    say("callback ctrl", BIO_callback_ctrl(b, BIO_CTRL_SET_CALLBACK, NULL), b);
    say("free", BIO_free(b), NULL);

    b = BIO_new_mem_buf("read\nonly", -1);
    ctrls(b);
    say("write", BIO_write(b, "x", 1), b);
    getsn(b, 20);
    BIO_get_mem_ptr(b, &m);
    printf("ptr %zu\n", m->length);
    say("tell", BIO_tell(b), b);
    readn(b, 20);
    readn(b, 20);
    say("reset", BIO_reset(b), b);
    readn(b, 2);
    say("seek", BIO_seek(b, 1), b);
    readn(b, 20);
    say("free", BIO_free(b), NULL);
    b = BIO_new_mem_buf("abc", 2);
    readn(b, 20);
    BIO_free(b);
    b = BIO_new(BIO_s_secmem());
    printf("secmem %x %s\n", BIO_method_type(b), BIO_method_name(b));
    BIO_free(b);
    b = BIO_new(BIO_s_mem());
    m = BUF_MEM_new();
    BUF_MEM_grow(m, 5);
    memcpy(m->data, "given", 5);
    BIO_set_mem_buf(b, m, BIO_NOCLOSE);
    readn(b, 20);
    say("close", BIO_get_close(b), b);
    BIO_free(b);
    BUF_MEM_free(m);
}

static void pair(void)
{
    BIO *a, *b, *c;
    char *p;
    int r;
    say("new pair", BIO_new_bio_pair(&a, 10, &b, 0), NULL);
    printf("pair type %x name %s init %d\n", BIO_method_type(a), BIO_method_name(a), BIO_get_init(a));
    printf("sizes %zu %zu\n", BIO_get_write_buf_size(a, 0), BIO_get_write_buf_size(b, 0));
    ctrls(a);
    readn(b, 30);
    say("request", BIO_get_read_request(a), a);
    readn(b, 4);
    say("request", BIO_ctrl_get_read_request(a), a);
    say("reset request", BIO_ctrl_reset_read_request(a), a);
    say("request", BIO_get_read_request(a), a);
    say("guarantee", BIO_get_write_guarantee(a), a);
    say("write", BIO_write(a, "0123456789abcdef", 16), a);
    say("write", BIO_write(a, "x", 1), a);
    say("wpending", BIO_wpending(a), a);
    say("pending", BIO_pending(b), b);
    readn(b, 0);
    readn(b, 4);
    say("guarantee", BIO_get_write_guarantee(a), a);
    say("write", BIO_write(a, "ABCDEF", 6), a);
    say("nread0", r = BIO_nread0(b, &p), b);
    printf("nread0 <%.*s>\n", r, p);
    say("nread", r = BIO_nread(b, &p, 100), b);
    printf("nread <%.*s>\n", r, p);
    readn(b, 100);
    say("nread0", BIO_nread0(b, &p), b);
    say("nwrite0", BIO_nwrite0(a, &p), a);
    say("nwrite", r = BIO_nwrite(a, &p, 3), a);
    memcpy(p, "xyz", r);
    readn(b, 100);
    say("nwrite", r = BIO_nwrite(a, &p, 100), a);
    memset(p, '.', r);
    say("nwrite", r = BIO_nwrite(a, &p, 100), a);
    readn(b, 100);
    say("puts", BIO_puts(a, "put"), a);
    getsn(b, 10);
    say("reset", BIO_reset(a), a);
    readn(b, 5);
    say("eof", BIO_eof(b), b);
    say("write", BIO_write(a, "last", 4), a);
    say("shutdown", BIO_shutdown_wr(a), a);
    say("write", BIO_write(a, "x", 1), a);
    say("nwrite0", BIO_nwrite0(a, &p), a);
    say("guarantee", BIO_get_write_guarantee(a), a);
    say("eof", BIO_eof(b), b);
    readn(b, 10);
    readn(b, 10);
    say("eof", BIO_eof(b), b);
    say("size", BIO_set_write_buf_size(a, 20), a);
    say("number read", BIO_number_read(b), b);
    say("number written", BIO_number_written(a), a);
    c = BIO_new(BIO_s_bio());
    readn(c, 1);
    say("write", BIO_write(c, "x", 1), c);
    say("nread", BIO_nread(c, &p, 1), c);
    say("size 0", BIO_set_write_buf_size(c, 0), c);
    say("make", BIO_make_bio_pair(c, a), c);
    ctrls(c);
    say("destroy", BIO_destroy_bio_pair(a), a);
    readn(b, 1);
    say("make", BIO_make_bio_pair(c, a), c);
    say("write", BIO_write(a, "join", 4), a);
    readn(c, 10);
    BIO_free(a);
    say("freed peer", BIO_write(c, "x", 1), c);
    BIO_free(c);
    BIO_free(b);
}

static long old_cb(BIO *b, int oper, const char *argp, int argi, long argl, long ret)
{
    printf("  old %x %d %ld %ld\n", oper, argi, argl, ret);
    return ret;
}

static long new_cb(BIO *b, int oper, const char *argp, size_t len, int argi, long argl, int ret, size_t *processed)
{
    printf("  new %x %zu %d %ld %d %ld\n", oper, len, argi, argl, ret, processed ? (long)*processed : -1L);
    return ret;
}

static long deny(BIO *b, int oper, const char *argp, size_t len, int argi, long argl, int ret, size_t *processed)
{
    return oper & BIO_CB_RETURN ? ret : -7;
}

static void callbacks(void)
{
    int round;
    for (round = 0; round < 2; round++) {
        BIO *b = BIO_new(BIO_s_mem());
        if (round) BIO_set_callback_ex(b, new_cb);
        else BIO_set_callback(b, old_cb);
        readn(b, 5);
        say("write", BIO_write(b, "one\ntwo", 7), b);
        readn(b, 2);
        getsn(b, 9);
        say("puts", BIO_puts(b, "text"), b);
        say("pending", BIO_pending(b), b);
        say("up", BIO_up_ref(b), b);
        say("free", BIO_free(b), b);
        if (round) BIO_set_callback_ex(b, deny);
        readn(b, 5);
        say("write", BIO_write(b, "x", 1), b);
        say("puts", BIO_puts(b, "x"), b);
        say("pending", BIO_pending(b), b);
        if (round) BIO_set_callback_ex(b, new_cb);
        say("free", BIO_free(b), NULL);
    }
}

static void debug(void)
{
    BIO *log = BIO_new(BIO_s_mem()), *b = BIO_new(BIO_s_mem());
    BIO_set_callback_ex(b, BIO_debug_callback_ex);
    BIO_set_callback_arg(b, (char *)log);
    say("write", BIO_write(b, "abc", 3), b);
    say("puts", BIO_puts(b, "de\n"), b);
    say("pending", BIO_pending(b), b);
    readn(b, 2);
    getsn(b, 20);
    readn(b, 2);
    BIO_free(b);
    while (BIO_gets(log, buf, 100) > 0) printf("%s", strchr(buf, ':'));
    BIO_free(log);
}

static int my_read(BIO *b, char *p, int n)
{
    BIO_clear_retry_flags(b);
    if (BIO_get_data(b) == NULL) { BIO_set_retry_read(b); BIO_set_retry_reason(b, BIO_RR_CONNECT); return -1; }
    memset(p, 'r', n);
    return n;
}
static int my_write(BIO *b, const char *p, int n) { return n > 4 ? 4 : n; }
static long my_ctrl(BIO *b, int cmd, long num, void *ptr) { return cmd == 6 || cmd == 7 ? (printf("  ctrl %d\n", cmd), 1) : cmd == 11 ? 1 : 0; }
static int my_create(BIO *b) { BIO_set_init(b, 1); return 1; }
static int my_destroy(BIO *b) { printf("  destroy %s\n", (char *)BIO_get_data(b)); return 1; }
static int no_create(BIO *b) { return 0; }

static void custom(void)
{
    BIO_METHOD *m;
    BIO *b, *f, *g, *r;
    int reason, i = BIO_get_new_index();
    size_t n;
    printf("index %d\n", i);
    printf("index %d\n", BIO_get_new_index());
    m = BIO_meth_new(i | BIO_TYPE_SOURCE_SINK, "mine");
    b = BIO_new(m);
    printf("bare init %d type %x\n", BIO_get_init(b), BIO_method_type(b));
    say("read", BIO_read(b, buf, 1), b);
    say("write", BIO_write(b, buf, 1), b);
    say("puts", BIO_puts(b, "x"), b);
    say("gets", BIO_gets(b, buf, 5), b);
    say("ctrl", BIO_ctrl(b, 11, 0, NULL), b);
    BIO_free(b);
    BIO_meth_set_read(m, my_read);
    BIO_meth_set_write(m, my_write);
    BIO_meth_set_ctrl(m, my_ctrl);
    BIO_meth_set_create(m, my_create);
    BIO_meth_set_destroy(m, my_destroy);
    printf("getters %d %d\n", BIO_meth_get_read(m) == my_read, BIO_meth_get_read_ex(m) != NULL);
    b = BIO_new(m);
    say("read", BIO_read(b, buf, 4), b);
    say("read_ex", BIO_read_ex(b, buf, 4, &n), b);
    BIO_set_data(b, "data");
    readn(b, 4);
    n = 77;
    say("write", BIO_write(b, "123456", 6), b);
    say("write_ex", BIO_write_ex(b, "123456", 6, &n), b);
    printf("written %zu\n", n);
    say("should retry", BIO_should_retry(b), b);
    f = BIO_new(BIO_f_null());
    g = BIO_new(BIO_f_null());
    printf("null filter %x %s\n", BIO_method_type(f), BIO_method_name(f));
    readn(f, 3);
    say("ctrl alone", BIO_ctrl(f, 11, 0, NULL), f);
    printf("push %d\n", BIO_push(f, g) == f);
    printf("push %d\n", BIO_push(f, b) == f);
    printf("chain %d %d %d\n", BIO_next(f) == g, BIO_next(g) == b, BIO_next(b) == NULL);
    BIO_set_data(b, NULL);
    readn(f, 3);
    r = BIO_get_retry_BIO(f, &reason);
    printf("retry bio %d reason %d %d\n", r == b, reason, BIO_get_retry_reason(f));
    say("write", BIO_write(f, "123456", 6), f);
    say("flush", BIO_flush(f), f);
    printf("find %d %d %d %d\n", BIO_find_type(f, BIO_TYPE_NULL_FILTER) == f, BIO_find_type(f, BIO_TYPE_SOURCE_SINK) == b,
           BIO_find_type(f, BIO_TYPE_MEM) == NULL, BIO_find_type(f, BIO_TYPE_FILTER) == f);
    printf("find type %d\n", BIO_find_type(f, i | BIO_TYPE_SOURCE_SINK) == b);
    printf("pop %d\n", BIO_pop(g) == b);
    printf("chain %d\n", BIO_next(f) == b);
    BIO_set_data(b, "end");
    BIO_free(g);
    BIO_up_ref(b);
    BIO_free_all(f);
    say("alive", BIO_flush(b), b);
    BIO_free_all(b);
    BIO_meth_set_create(m, no_create);
    printf("no create %d\n", BIO_new(m) == NULL);
    errors();
    say("null read", BIO_read(NULL, buf, 1), NULL);
    say("null write", BIO_write(NULL, buf, 1), NULL);
    say("null puts", BIO_puts(NULL, "x"), NULL);
    say("null gets", BIO_gets(NULL, buf, 1), NULL);
    say("null ctrl", BIO_ctrl(NULL, 11, 0, NULL), NULL);
    say("null callback ctrl", BIO_callback_ctrl(NULL, 14, NULL), NULL);
    say("null free", BIO_free(NULL), NULL);
    say("null find", BIO_find_type(NULL, 1) != NULL, NULL);
    printf("null push %d\n", BIO_push(NULL, NULL) == NULL);
    b = BIO_new(BIO_s_null());
    printf("null %x %s\n", BIO_method_type(b), BIO_method_name(b));
    ctrls(b);
    say("reset", BIO_reset(b), b);
    readn(b, 3);
    getsn(b, 3);
    say("write", BIO_write(b, "123", 3), b);
    say("puts", BIO_puts(b, "1234"), b);
    BIO_free(b);
}

static void chains(void)
{
    BIO *m = BIO_new(BIO_s_mem()), *f = BIO_new(BIO_f_buffer()), *d;
    size_t i;
    printf("buffer %x %s\n", BIO_method_type(f), BIO_method_name(f));
    readn(f, 3);
    BIO_push(f, m);
    ctrls(f);
    readn(f, 3);
    getsn(f, 30);
    say("write", BIO_write(f, "small", 5), f);
    say("wpending", BIO_wpending(f), f);
    say("pending below", BIO_pending(m), m);
    say("flush", BIO_flush(f), f);
    say("pending below", BIO_pending(m), m);
    readn(f, 3);
    say("pending", BIO_pending(f), f);
    say("eof", BIO_eof(f), f);
    readn(f, 9);
    for (i = 0; i < sizeof buf; i++) buf[i] = 'a' + i % 26;
    say("write", BIO_write(f, buf, 4000), f);
    say("write", BIO_write(f, buf, 200), f);
    say("wpending", BIO_wpending(f), f);
    say("write", BIO_write(f, buf, 9000), f);
    say("wpending", BIO_wpending(f), f);
    say("pending below", BIO_pending(m), m);
    say("flush", BIO_flush(f), f);
    say("read", BIO_read(f, buf, 5000), f);
    say("pending", BIO_pending(f), f);
    say("read", BIO_read(f, buf, 50000), f);
    say("puts", BIO_puts(m, "line one\nline two\nline"), m);
    getsn(f, 5);
    say("lines", BIO_get_buffer_num_lines(f), f);
    getsn(f, 50);
    getsn(f, 50);
    getsn(f, 50);
    getsn(f, 50);
    say("size", BIO_set_buffer_size(f, 10), f);
    say("read data", BIO_set_buffer_read_data(f, "preset", 6), f);
    say("peek", BIO_buffer_peek(f, buf, 3), f);
    readn(f, 6);
    d = BIO_dup_chain(f);
    printf("dup %x %x %d\n", BIO_method_type(d), BIO_method_type(BIO_next(d)), BIO_next(BIO_next(d)) == NULL);
    BIO_free_all(d);
    say("reset", BIO_reset(f), f);
    BIO_free_all(f);
}

static void files(void)
{
    char name[] = "/tmp/openssl-shim-XXXXXX";
    BIO *b;
    close(mkstemp(name));
    b = BIO_new_file("/nonexistent/file", "r");
    printf("missing %d\n", b == NULL);
    errors();
    b = BIO_new_file("/tmp", "w");
    printf("directory %d\n", b == NULL);
    errors();
    b = BIO_new_file(name, "q");
    printf("mode %d\n", b == NULL);
    ERR_clear_error();
    b = BIO_new_file(name, "w");
    printf("file %x %s\n", BIO_method_type(b), BIO_method_name(b));
    say("puts", BIO_puts(b, "line one\nline two\n"), b);
    say("write", BIO_write(b, "tail", 4), b);
    say("tell", BIO_tell(b), b);
    say("flush", BIO_flush(b), b);
    say("pending", BIO_pending(b), b);
    say("close", BIO_get_close(b), b);
    BIO_free(b);
    b = BIO_new_file(name, "r");
    getsn(b, 50);
    say("eof", BIO_eof(b), b);
    getsn(b, 5);
    readn(b, 100);
    say("eof", BIO_eof(b), b);
    readn(b, 100);
    getsn(b, 100);
    say("reset", BIO_reset(b), b);
    say("eof", BIO_eof(b), b);
    readn(b, 4);
    say("seek", BIO_seek(b, 9), b);
    say("tell", BIO_tell(b), b);
    readn(b, 8);
    BIO_free(b);
    b = BIO_new(BIO_s_file());
    printf("init %d\n", BIO_get_init(b));
    readn(b, 1);
    say("name", BIO_read_filename(b, "/nonexistent/file"), b);
    say("flags", BIO_ctrl(b, BIO_C_SET_FILENAME, BIO_CLOSE, name), b);
    say("append", BIO_append_filename(b, name), b);
    say("puts", BIO_puts(b, "+"), b);
    say("rw", BIO_rw_filename(b, name), b);
    readn(b, 100);
    BIO_free(b);
    unlink(name);
}

static int dump_cb(const void *data, size_t len, void *u)
{
    printf("%.*s", (int)len, (const char *)data);
    return (int)len;
}

static void dumps(void)
{
    int i;
    BIO *b = BIO_new(BIO_s_mem());
    for (i = 0; i < 300; i++) buf[i] = (char)i;
    printf("dump %d\n", BIO_dump_cb(dump_cb, NULL, buf, 300));
    for (i = 0; i < 70; i += 5) printf("dump %d\n", BIO_dump_indent_cb(dump_cb, NULL, buf + 60, 20, i));
    printf("dump %d\n", BIO_dump_cb(dump_cb, NULL, buf, 0));
    say("hex", BIO_hex_string(b, 2, 4, buf + 1, 10), b);
    say("hex", BIO_hex_string(b, 2, 4, buf + 1, 0), b);
    say("indent", BIO_indent(b, 5, 3), b);
    say("indent", BIO_indent(b, -5, 3), b);
    BIO_puts(b, "|line\nnext");
    while (BIO_gets(b, buf, 100) > 0) printf("<%s>\n", buf);
    BIO_puts(b, "by byte\nx");
    say("get line", BIO_get_line(b, buf, 100), b);
    say("get line", BIO_get_line(b, buf, 100), b);
    say("get line", BIO_get_line(b, buf, 0), b);
    BIO_free(b);
}

static void formats(void)
{
#define F(...) do { int r = BIO_snprintf(buf, 60, __VA_ARGS__); printf("<%s> %d\n", buf, r); } while (0)
    F("%d %i %u %ld %lld %zu", -1, 2, 3u, -4L, -5LL, (size_t)6);
    F("%x %X %#x %o %#o %08lX %lx", 255, 255, 255, 8, 8, 0xABCDEFUL, 0xFFFFFFFFFUL);
    F("[%5d][%-5d][%05d][%+d][% d][%.3d][%8.3d]", 42, 42, 42, 42, 42, 7, 7);
    F("[%s][%10s][%-10s][%.2s][%*s]", "abc", "abc", "abc", "abc", 6, "abc");
    F("%c%c%%", 'a', 'b');
    F("%f %.2f %8.3f %.0f %e", 1.5, 2.345678, 3.16227, 2.5, 12345.678);
    F("%u %x", -1, -1);
    F("%s", "a text that is longer than the sixty bytes which the buffer has room for");
    F("%hd %hu", 70000, 70000);
    F("[%05s][%-05d][%+05d]", "ab", 3, 3);
}

static void line_filter(void)
{
    BIO *f = BIO_new(BIO_f_linebuffer()), *m = BIO_new(BIO_s_mem()), *a, *b, *g;
    char *p;
    int i;
    printf("linebuffer type %x name %s init %d\n", BIO_method_type(f), BIO_method_name(f), BIO_get_init(f));
    say("write alone", BIO_write(f, "x", 1), f);
    say("read alone", BIO_read(f, buf, 1), f);
    ctrls(f);
    BIO_push(f, m);
    say("write", BIO_write(f, "half", 4), f);
    say("wpending", BIO_wpending(f), f);
    printf("below %ld\n", BIO_get_mem_data(m, &p));
    say("write", BIO_write(f, " line\nmore\nrest", 15), f);
    i = BIO_get_mem_data(m, &p);
    printf("below <%.*s>\n", i, p);
    say("puts", BIO_puts(f, "!"), f);
    say("info", BIO_ctrl(f, BIO_CTRL_INFO, 0, NULL), f);
    say("gets", BIO_gets(f, buf, 100), f);
    say("flush", BIO_flush(f), f);
    i = BIO_get_mem_data(m, &p);
    printf("below <%.*s>\n", i, p);
    memset(buf, 'a', 30000);
    say("long", BIO_write(f, buf, 30000), f);
    printf("below %ld kept %ld\n", BIO_get_mem_data(m, &p), BIO_ctrl(f, BIO_CTRL_INFO, 0, NULL));
    say("long", BIO_write(f, buf, 10000), f);
    printf("below %ld kept %ld\n", BIO_get_mem_data(m, &p), BIO_ctrl(f, BIO_CTRL_INFO, 0, NULL));
    say("size", BIO_set_buffer_size(f, 20000), f);
    say("long", BIO_write(f, buf, 15000), f);
    printf("below %ld kept %ld\n", BIO_get_mem_data(m, &p), BIO_ctrl(f, BIO_CTRL_INFO, 0, NULL));
    g = BIO_dup_chain(f);
    printf("copied %d\n", g != NULL);
    errors();
    say("reset", BIO_reset(f), f);
    say("wpending", BIO_wpending(f), f);
    BIO_free_all(f);

    BIO_new_bio_pair(&a, 8, &b, 8);
    f = BIO_push(BIO_new(BIO_f_linebuffer()), a);
    say("write", BIO_write(f, "a line that is long\n", 20), f);
    for (i = 0; i < 5; i++) {
        readn(b, 100);
        say("flush", BIO_flush(f), f);
    }
    BIO_free_all(f);
    BIO_free(b);
}

static void prefixes(void)
{
    BIO *f = BIO_new(BIO_f_prefix()), *m = BIO_new(BIO_s_mem());
    char *p;
    int n;
    printf("prefix type %x name %s init %d\n", BIO_method_type(f), BIO_method_name(f), BIO_get_init(f));
    say("indent", BIO_get_indent(f), f);
    BIO_push(f, m);
    say("puts", BIO_puts(f, "plain"), f);
    say("prefix", BIO_set_prefix(f, "# "), f);
    say("puts", BIO_puts(f, " goes on\nnew\n\nlast"), f);
    say("indent", BIO_set_indent(f, 3), f);
    say("indent", BIO_set_indent(f, -3), f);
    say("indent", BIO_get_indent(f), f);
    say("puts", BIO_puts(f, "\none\ntwo\n"), f);
    say("prefix", BIO_set_prefix(f, NULL), f);
    say("puts", BIO_puts(f, "three\n"), f);
    say("pending", BIO_pending(f), f);
    n = BIO_get_mem_data(m, &p);
    printf("<%.*s>\n", n, p);
    getsn(f, 50);
    readn(f, 5);
    say("reset", BIO_reset(f), f);
    ctrls(f);
    BIO_free_all(f);
}

static void read_filter(void)
{
    BIO *f = BIO_new(BIO_f_readbuffer()), *m = BIO_new(BIO_s_mem());
    printf("readbuffer type %x name %s init %d\n", BIO_method_type(f), BIO_method_name(f), BIO_get_init(f));
    ctrls(f);
    BIO_push(f, m);
    BIO_puts(m, "first\nsecond\nthird");
    say("write", BIO_write(f, "x", 1), f);
    getsn(f, 50);
    say("tell", BIO_tell(f), f);
    readn(f, 4);
    say("tell", BIO_tell(f), f);
    say("reset", BIO_reset(f), f);
    getsn(f, 4);
    getsn(f, 50);
    getsn(f, 50);
    getsn(f, 50);
    getsn(f, 50);
    say("eof", BIO_eof(f), f);
    say("seek", BIO_seek(f, 6), f);
    say("eof", BIO_eof(f), f);
    say("pending", BIO_pending(f), f);
    readn(f, 100);
    say("seek", BIO_seek(f, 100), f);
    say("seek", BIO_seek(f, -1), f);
    say("flush", BIO_flush(f), f);
    BIO_free_all(f);
}

static void chance(void)
{
    BIO *f = BIO_new(BIO_f_nbio_test()), *m = BIO_new(BIO_s_mem());
    int i, ok = 1, total = 0, r;
    printf("nbio type %x name %s init %d\n", BIO_method_type(f), BIO_method_name(f), BIO_get_init(f));
    ctrls(f);
    BIO_push(f, m);
    for (i = 0; i < 1000; i++) {
        r = BIO_write(f, "abcdefghij", 10);
        ok &= r == -1 ? BIO_should_write(f) && BIO_should_retry(f) : r >= 1 && r <= 7;
        if (r > 0) total += r;
    }
    printf("in order %d all there %d\n", ok, BIO_pending(m) == total);
    while (total > 0) {
        r = BIO_read(f, buf, 100);
        ok &= r == -1 ? BIO_should_read(f) && BIO_should_retry(f) : r >= 1 && r <= 7;
        if (r > 0) total -= r;
    }
    printf("in order %d\n", ok);
    say("puts", BIO_puts(f, "all of it\n"), m);
    getsn(f, 50);
    BIO_free_all(f);
}

static int info(BIO *b, int state, int ret) { return ret; }

static int formatted(BIO *b, const char *format, ...)
{
    va_list args;
    int ret;
    va_start(args, format);
    ret = BIO_vprintf(b, format, args);
    va_end(args);
    return ret;
}

static int formatted_into(char *out, size_t n, const char *format, ...)
{
    va_list args;
    int ret;
    va_start(args, format);
    ret = BIO_vsnprintf(out, n, format, args);
    va_end(args);
    return ret;
}

static void rest(void)
{
    char name[] = "/tmp/openssl-shim-XXXXXX";
    BIO *a, *b, *f, *log = BIO_new(BIO_s_mem());
    BIO_info_cb *cb = info;
    BIO_ADDR *addr = BIO_ADDR_new();
    unsigned char ip[4] = { 192, 0, 2, 1 };
    FILE *fp;
    int which;
    close(mkstemp(name));

    b = BIO_new_ex(NULL, BIO_s_mem());
    say("formatted", formatted(b, "%d-%s", 7, "x"), b);
    getsn(b, 50);
    memset(buf, 0, 50);
    printf("into %d <%s>\n", formatted_into(buf, 50, "%05.1f", 2.25), buf);
    printf("cut %d <%s>\n", formatted_into(buf, 3, "%s", "abcdef"), buf);
    printf("ktls %d %d\n", BIO_get_ktls_send(b), BIO_get_ktls_recv(b));
    BIO_set_callback(b, BIO_debug_callback);
    printf("callback %d\n", BIO_get_callback(b) == BIO_debug_callback);
    BIO_set_callback_arg(b, (char *)log);
    say("write", BIO_write(b, "abc", 3), b);
    say("puts", BIO_puts(b, "de\n"), b);
    readn(b, 2);
    say("pending", BIO_pending(b), b);
    BIO_free(b);
    while (BIO_gets(log, buf, 100) > 0) printf("%s", strchr(buf, ':'));
    BIO_free(log);

    fp = fopen(name, "w+");
    printf("dump %d\n", BIO_dump_fp(fp, "some bytes", 10));
    printf("dump %d\n", BIO_dump_indent_fp(fp, "some more bytes", 15, 4));
    fclose(fp);
    f = BIO_new_file(name, "r");
    while (BIO_gets(f, buf, 100) > 0) printf("<%s>\n", buf);
    BIO_free(f);
    f = BIO_new(BIO_s_file());
    say("write_filename", BIO_write_filename(f, name), f);
    say("puts", BIO_puts(f, "short"), f);
    BIO_free(f);
    f = BIO_new(BIO_s_file());
    fp = fopen(name, "r");
    say("set_fp", BIO_set_fp(f, fp, BIO_CLOSE), f);
    readn(f, 50);
    BIO_free(f);
    unlink(name);

    BIO_new_bio_pair(&a, 10, &b, 10);
    say("guarantee", BIO_ctrl_get_write_guarantee(a), a);
    say("write", BIO_write(a, "1234", 4), a);
    say("guarantee", BIO_ctrl_get_write_guarantee(a), a);
    f = BIO_push(BIO_new(BIO_f_buffer()), b);
    say("read size", BIO_set_read_buffer_size(f, 10000), f);
    say("write size", BIO_set_write_buffer_size(f, 10000), f);
    say("lines", BIO_buffer_get_num_lines(f), f);
    BIO_write(f, "0123456789abcdef", 16);
    say("wpending", BIO_wpending(f), f);
    BIO_free_all(f);
    BIO_free(a);

    a = BIO_new(BIO_s_connect());
    b = BIO_new(BIO_s_connect());
    BIO_ADDR_rawmake(addr, AF_INET, ip, 4, htons(443));
    say("set address", BIO_set_conn_address(a, addr), a);
    printf("%s %s\n", BIO_get_conn_hostname(a), BIO_get_conn_port(a));
    printf("address %d\n", BIO_get_conn_address(a) != NULL);
    say("mode", BIO_set_conn_mode(a, BIO_SOCK_NODELAY), a);
    say("callback", BIO_set_info_callback(a, info), a);
    say("dup", BIO_dup_state(a, b), b);
    printf("%s %s\n", BIO_get_conn_hostname(b), BIO_get_conn_port(b));
    cb = NULL;
    say("callback", BIO_get_info_callback(b, &cb), b);
    printf("same %d\n", cb == info);
    BIO_ADDR_clear(addr);
    say("set address", BIO_set_conn_address(a, addr), a);
    printf("ptr %s\n", (char *)BIO_ptr_ctrl(a, BIO_C_GET_CONNECT, 1));
    printf("ptr %d\n", BIO_ptr_ctrl(a, BIO_C_GET_CONNECT, 9) == NULL);
    BIO_free(a);
    BIO_free(b);
    a = BIO_new(BIO_s_accept());
    say("name", BIO_set_accept_name(a, "localhost:80"), a);
    say("name", BIO_set_accept_name(a, "a:b:c"), a);
    printf("type %d\n", BIO_method_type(a) == BIO_TYPE_ACCEPT);
    BIO_free(a);
    a = BIO_new(BIO_s_socket());
    say("fd", BIO_get_fd(a, NULL), a);
    say("read", BIO_read(a, buf, 1), a);
    BIO_free(a);
    for (which = -2; which < 3; which++) {
        errno = EAGAIN;
        printf("fd should retry %d %d\n", which, BIO_fd_should_retry(which));
    }
    errno = EBADF;
    printf("fd should retry %d\n", BIO_fd_should_retry(-1));
    BIO_ADDR_free(addr);
}

int main(void)
{
    puts(OpenSSL_version(OPENSSL_VERSION));
    memory();
    pair();
    callbacks();
    debug();
    custom();
    chains();
    files();
    dumps();
    formats();
    line_filter();
    prefixes();
    read_filter();
    chance();
    rest();
    return 0;
}

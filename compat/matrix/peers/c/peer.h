/*
 * What the C peers have in common: options, sockets, the conversation, and the lines that tell what happened.
 * A peer is this file and the ten functions declared below, for one library. One that speaks over associations of
 * SCTP says so by WITH_SCTP, and has three more.
 *
 * Options are name=value. A server prints "ready"; each connection is told by lines "name value" and ends with
 * "done"; then the client sends messages of the sizes asked for, and the server echoes. Exit status 77 and a line
 * "lacks ..." is said by a library that has not got what was asked for; 1 and "failed ..." is a failure.
 */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LACKS = 77, BUFFER = 20000, PATIENCE = 30 };

static int option_count;
static char **option_list;

/* The value of an option, or NULL. */
static const char *opt(const char *name)
{
    size_t length = strlen(name);
    for (int i = 0; i < option_count; i++)
        if (!strncmp(option_list[i], name, length) && option_list[i][length] == '=')
            return option_list[i] + length + 1;
    return NULL;
}

static int opt_is(const char *name, const char *value)
{
    const char *given = opt(name);
    return given && !strcmp(given, value);
}

static int datagrams(void) { return opt("version")[0] == 'D'; }
/* 2 for 1.2, 1 for 1.1, 0 for 1.0; DTLS 1.0 is the sibling of TLS 1.1. */
static int minor(void)
{
    const char *dot = strchr(opt("version"), '.');
    return dot ? dot[1] - '0' : datagrams() ? 1 : 0;
}
static int is_server;
static int connection;
/* The socket of the connection. */
static int transport = -1;
static int associations(void) { return opt_is("over", "sctp"); }

static void tell(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
    fflush(stdout);
}

#define stop(status, word, ...)                                                                                        \
    do {                                                                                                               \
        printf(word " ");                                                                                              \
        tell(__VA_ARGS__);                                                                                             \
        exit(status);                                                                                                  \
    } while (0)
#define fail(...) stop(1, "failed", __VA_ARGS__)
#define lack(...) stop(LACKS, "lacks", __VA_ARGS__)

static void tell_hex(const char *name, const unsigned char *bytes, size_t length)
{
    printf("%s ", name);
    for (size_t i = 0; i < length; i++) printf("%02x", bytes[i]);
    tell("");
}

/* The bytes of the option psk; returns how many. */
static size_t psk_bytes(unsigned char *out, size_t room)
{
    const char *hex = opt("psk");
    size_t length = hex ? strlen(hex) / 2 : 0;
    if (length > room) fail("the key is too long");
    for (size_t i = 0; i < length; i++) sscanf(hex + 2 * i, "%2hhx", &out[i]);
    return length;
}

static unsigned cipher_id(void) { return opt("cipher") ? (unsigned)strtoul(opt("cipher"), NULL, 16) : 0; }

/* The library's part. All block, and end the program when they fail. A server's renegotiation asks for it, and returns
 * when it is done: the client says nothing meanwhile. */
static void library_setup(void);
static void session_open(int fd);
static void session_report(void);
static void session_renegotiate(void);
static void session_heartbeat(void);
/* Bytes; 0: the peer's close_notify; -1: it went without a word. */
static int session_read(unsigned char *buffer, int room);
static void session_write(const unsigned char *bytes, int length);
/* Sends close_notify; keeps what a next connection resumes. */
static void session_close(void);
static void session_free(void);

#ifdef WITH_SCTP
#include <netinet/sctp.h>
/* Before the socket of an association is connected or listens. */
static void sctp_prepare(int fd);
/* The stream of what was read last, and the one of what is written next. */
static int sctp_stream_read(void);
static void sctp_stream_write(int stream);

static int sctp_socket(void)
{
    struct sctp_initmsg init = { 10, 10, 0, 0 };
    int on = 1, fd = socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP);
    if (fd < 0) lack("SCTP");
    setsockopt(fd, IPPROTO_SCTP, SCTP_INITMSG, &init, sizeof init);
    setsockopt(fd, IPPROTO_SCTP, SCTP_RECVRCVINFO, &on, sizeof on);
    sctp_prepare(fd);
    return fd;
}

/* The number of the key that SCTP-AUTH has in use (RFC 6083 section 4.8). */
static void tell_auth_key(const char *name)
{
    struct sctp_authkeyid key = { 0 };
    socklen_t size = sizeof key;
    if (!associations()) return;
    if (getsockopt(transport, IPPROTO_SCTP, SCTP_AUTH_ACTIVE_KEY, &key, &size)) fail("SCTP_AUTH_ACTIVE_KEY");
    tell("%s %d", name, key.scact_keynumber);
}
#else
static int sctp_socket(void)
{
    lack("SCTP");
    return -1;
}
static int sctp_stream_read(void) { return 0; }
static void sctp_stream_write(int stream) {}
static void tell_auth_key(const char *name) {}
#endif

static struct sockaddr_in loopback(int port)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port) };
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

static int listening = -1;

/* All connections of a run over UDP use one socket on either side. */
static int one_socket(void) { return datagrams() && !associations(); }

static int new_socket(void)
{
    return associations() ? sctp_socket() : socket(AF_INET, datagrams() ? SOCK_DGRAM : SOCK_STREAM, 0);
}

static int open_socket(int kept)
{
    struct sockaddr_in address = loopback(atoi(opt("port")));
    if (one_socket() && kept != -1) return kept;
    if (is_server && listening == -1) {
        int yes = 1;
        listening = new_socket();
        setsockopt(listening, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
        if (bind(listening, (struct sockaddr *)&address, sizeof address)) fail("bind");
        if (!one_socket() && listen(listening, 1)) fail("listen");
        tell("ready");
    }
    if (!is_server) {
        int fd = new_socket();
        if (connect(fd, (struct sockaddr *)&address, sizeof address)) fail("connect");
        return fd;
    }
    if (!one_socket()) return accept(listening, NULL, NULL);
    struct sockaddr_in client;
    socklen_t size = sizeof client;
    char byte;
    recvfrom(listening, &byte, 1, MSG_PEEK, (struct sockaddr *)&client, &size);
    connect(listening, (struct sockaddr *)&client, size);
    return listening;
}

/* The server's close_notify comes to the socket of the next connection, and is not a part of that. */
static void hear_farewell(void)
{
    struct timeval patience = { 1, 0 }, none = { 0, 0 };
    char byte;
    setsockopt(transport, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    recv(transport, &byte, 1, 0);
    setsockopt(transport, SOL_SOCKET, SO_RCVTIMEO, &none, sizeof none);
}

/* The streams of the messages that have come, as text. */
static char streams[200];

static void note_message(void)
{
    size_t length = strlen(streams);
    if (length + 5 < sizeof streams) sprintf(streams + length, "%s%d", length ? "," : "", sctp_stream_read());
    if (opt("renegotiate")) tell_auth_key("endkey");
}

static void echo_one(int size)
{
    static unsigned char sent[BUFFER], heard[BUFFER];
    static int number;
    int length = 0;
    if (opt("streams")) sctp_stream_write(number++ % atoi(opt("streams")));
    for (int i = 0; i < size; i++) sent[i] = (unsigned char)(i * 7 + size);
    session_write(sent, size);
    while (length < size) {
        int n = session_read(heard + length, BUFFER - length);
        if (n <= 0) fail("the connection ended before the echo of %d bytes", size);
        length += n;
    }
    if (length != size || memcmp(sent, heard, size)) fail("the echo of %d bytes is another", size);
    note_message();
    tell("echoed %d", size);
}

static void renegotiate(void)
{
    session_renegotiate();
    tell("renegotiated 1");
}

static void be_client(void)
{
    char *sizes = strdup(opt("sizes"));
    if (opt("wait") && getchar() == EOF) fail("nobody said go");
    if (opt_is("renegotiate", "client")) renegotiate();
    if (opt("heartbeat")) {
        session_heartbeat();
        tell("heartbeat 1");
    }
    for (char *size = strtok(sizes, ","); size; size = strtok(NULL, ",")) echo_one(atoi(size));
    free(sizes);
    if (!opt("close")) session_close();
}

/* Bytes of all messages, after which a client that is silent will say nothing more. */
static int total(void)
{
    int sum = 0;
    char *sizes = strdup(opt("sizes"));
    for (char *size = strtok(sizes, ","); size; size = strtok(NULL, ",")) sum += atoi(size);
    free(sizes);
    return sum;
}

static void be_server(void)
{
    static unsigned char buffer[BUFFER];
    int length, left = opt_is("close", "silent") ? total() : -1, asks = opt_is("renegotiate", "server");
    while (left && (length = session_read(buffer, BUFFER)) > 0) {
        if (asks) renegotiate();
        asks = 0;
        if (opt("streams")) sctp_stream_write(sctp_stream_read());
        session_write(buffer, length);
        note_message();
        if (left > 0) left -= length < left ? length : left;
    }
    if (!left) {
        tell("closed silent");
        return;
    }
    tell("closed %s", length == 0 ? "notify" : "raw");
    if (length == 0) session_close();
}

int main(int argc, char **argv)
{
    int connections;
    option_count = argc;
    option_list = argv;
    alarm(opt("patience") ? atoi(opt("patience")) / 1000 : PATIENCE);
    is_server = opt_is("role", "server");
    connections = opt("resume") ? 2 : 1;
    library_setup();
    for (connection = 1; connection <= connections; connection++) {
        transport = open_socket(transport);
        session_open(transport);
        tell("connection %d", connection);
        session_report();
        tell_auth_key("authkey");
        tell("done");
        if (is_server) be_server();
        else be_client();
        if (opt("streams")) tell("streams %s", streams);
        session_free();
        if (!one_socket()) close(transport);
        else if (!is_server && connection < connections) hear_farewell();
    }
    tell("end");
    return 0;
}

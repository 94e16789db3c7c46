#include "cli/serve.h"

#include "cli/command.h"
#include "reports/baseline.h"
#include "reports/site.h"
#include "supervisor/interrupt.h"

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONNECTIONS_MAX 32u
#define IDLE_S          5u
#define REQUEST_BYTES   ((size_t)32 << 10) /* of one connection: its request line and headers */
#define LOOK_MS         500
#define BACKLOG         16

struct server {
    struct ts_website site;
    uint16_t port;
    struct MHD_Daemon *daemon;
};

/* --- answers --- */

/* The names by which this machine calls itself. */
static bool is_own_host(const struct server *server, const char *host)
{
    static const char *const names[] = {"127.0.0.1", "localhost"};
    char own[64];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(own, sizeof own, "%s:%u", names[i], (unsigned)server->port);
        if (strcmp(host, own) == 0 || (server->port == 80 && strcmp(host, names[i]) == 0)) {
            return true;
        }
    }
    return false;
}

static bool add_headers(struct MHD_Response *response, const struct ts_site_answer *page)
{
    char policy[256];
    snprintf(policy, sizeof policy,
             "default-src 'none'; style-src %s; script-src %s; img-src data:; form-action 'self'; base-uri "
             "'none'; "
             "frame-ancestors 'none'",
             page->style, page->script);
    const char *const headers[][2] = {
        {"Content-Type", page->type},
        {"Content-Security-Policy", policy},
        {"X-Content-Type-Options", "nosniff"},
        {"X-Frame-Options", "DENY"},
        {"Referrer-Policy", "no-referrer"},
        {"Cross-Origin-Resource-Policy", "same-origin"},
        {"Cross-Origin-Opener-Policy", "same-origin"},
        {"Cache-Control", "no-store"},
    };
    bool good = true;
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
        good = good && MHD_add_response_header(response, headers[i][0], headers[i][1]) == MHD_YES;
    }
    return good;
}

static enum MHD_Result answer(struct MHD_Connection *connection, const struct ts_site_answer *page,
                              char *text, size_t size)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(size, text, MHD_RESPMEM_MUST_FREE);
    if (response == NULL) {
        free(text);
        return MHD_NO;
    }
    bool good = add_headers(response, page);
    if (page->status == MHD_HTTP_METHOD_NOT_ALLOWED) {
        good = good && MHD_add_response_header(response, "Allow", "GET, HEAD") == MHD_YES;
    }
    enum MHD_Result queued = good ? MHD_queue_response(connection, page->status, response) : MHD_NO;
    MHD_destroy_response(response);
    return queued;
}

static enum MHD_Result refuse(struct MHD_Connection *connection, unsigned status, const char *why)
{
    const struct ts_site_answer page = {
        .status = status, .type = "text/plain; charset=utf-8", .style = "'none'", .script = "'none'"};
    char *text = strdup(why);
    return text == NULL ? MHD_NO : answer(connection, &page, text, strlen(text));
}

static enum MHD_Result answer_page(struct server *server, struct MHD_Connection *connection, const char *path)
{
    struct ts_site_query query = {
        .a = MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "a"),
        .b = MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "b"),
    };
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL) {
        return MHD_NO;
    }
    struct ts_site_answer page = ts_site_page(&server->site, path, &query, out);
    if (fclose(out) != 0) {
        free(text);
        return refuse(connection, MHD_HTTP_INTERNAL_SERVER_ERROR, "no memory\n");
    }
    return answer(connection, &page, text, size);
}

static enum MHD_Result on_request(void *user_data, struct MHD_Connection *connection, const char *path,
                                  const char *method, const char *version, const char *upload,
                                  size_t *upload_size, void **state)
{
    struct server *server = user_data;
    const char *host = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Host");
    (void)version;
    (void)upload;
    (void)upload_size;
    (void)state;
    if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0) {
        return refuse(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "only GET and HEAD\n");
    }
    if (host == NULL || !is_own_host(server, host)) {
        return refuse(connection, MHD_HTTP_MISDIRECTED_REQUEST, "this is not that host\n");
    }
    if (path[0] != '/') {
        return refuse(connection, MHD_HTTP_BAD_REQUEST, "not a path\n");
    }
    return answer_page(server, connection, path);
}

/* --- the command --- */

bool ts_serve_is_wanted(int count, char **arguments)
{
    for (int i = 1; i < count && strcmp(arguments[i], "--") != 0; i++) {
        if (strcmp(arguments[i], "--serve") == 0) {
            return true;
        }
    }
    return false;
}

static int parse(struct server *server, int count, char **arguments)
{
    static const struct option options[] = {{"serve", no_argument, NULL, 's'},
                                            {"port", required_argument, NULL, 'p'},
                                            {"history", required_argument, NULL, 'h'},
                                            {"baseline", required_argument, NULL, 'b'},
                                            {NULL, 0, NULL, 0}};
    static const char *const usual[] = {"runs"};
    const char *from_environment = getenv("TICKSTORM_HISTORY");
    server->site.history =
        from_environment != NULL && from_environment[0] != '\0' ? from_environment : "runs/history.db";
    opterr = 0;
    for (int letter; (letter = getopt_long(count, arguments, ":", options, NULL)) != -1;) {
        char *end = NULL;
        if (letter == 'p') {
            unsigned long port = strtoul(optarg, &end, 10);
            if (optarg[0] < '0' || optarg[0] > '9' || *end != '\0' || port > UINT16_MAX) {
                return ts_usage("report", "bad port '%s': 0 to 65535, 0 for any", optarg);
            }
            server->port = (uint16_t)port;
        } else if (letter == 'h') {
            server->site.history = optarg;
        } else if (letter == 'b') {
            server->site.baseline = optarg;
        } else if (letter != 's') {
            return ts_usage("report", letter == ':' ? "%s needs a value" : "unknown option '%s' of --serve",
                            arguments[optind - 1]);
        }
    }
    server->site.folder_count = (size_t)(count - optind);
    server->site.folders = (const char *const *)(arguments + optind);
    if (server->site.folder_count == 0) {
        server->site.folders = usual;
        server->site.folder_count = 1;
    }
    return TS_EXIT_OK;
}

/* A socket of this machine's own; -1: it said why. */
static int listen_here(struct server *server)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(server->port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int yes = 1;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    bool good = listener >= 0 && setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) == 0 &&
                bind(listener, (const struct sockaddr *)&address, sizeof address) == 0 &&
                listen(listener, BACKLOG) == 0 &&
                getsockname(listener, (struct sockaddr *)&address, &size) == 0;
    if (!good) {
        fprintf(stderr, "tickstorm report: listen on 127.0.0.1:%u: %s\n", (unsigned)server->port,
                strerror(errno));
        if (listener >= 0) {
            close(listener);
        }
        return -1;
    }
    server->port = ntohs(address.sin_port);
    return listener;
}

static int run(struct server *server)
{
    int listener = listen_here(server);
    if (listener < 0) {
        return TS_EXIT_ENVIRONMENT;
    }
    server->daemon =
        MHD_start_daemon(MHD_USE_AUTO, 0, NULL, NULL, on_request, server, MHD_OPTION_LISTEN_SOCKET, listener,
                         MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS_MAX, MHD_OPTION_CONNECTION_TIMEOUT, IDLE_S,
                         MHD_OPTION_CONNECTION_MEMORY_LIMIT, REQUEST_BYTES, MHD_OPTION_END);
    if (server->daemon == NULL) {
        fprintf(stderr, "tickstorm report: the server does not start\n");
        close(listener);
        return TS_EXIT_ENVIRONMENT;
    }
    printf("http://127.0.0.1:%u/\n", (unsigned)server->port);
    fflush(stdout);
    while (ts_interrupt_count() == 0 && MHD_run_wait(server->daemon, LOOK_MS) == MHD_YES) {
    }
    MHD_stop_daemon(server->daemon);
    return TS_EXIT_OK;
}

/* Told before anybody asks for a page. */
static int check_baseline(const char *file)
{
    struct ts_baseline *baseline = NULL;
    struct ts_diag diag;
    if (file != NULL && ts_baseline_load(file, &baseline, &diag) != TS_OK) {
        ts_complain("report", &diag);
        return TS_EXIT_INPUT;
    }
    ts_baseline_free(baseline);
    return TS_EXIT_OK;
}

int ts_serve(int count, char **arguments)
{
    struct server server = {0};
    int code = parse(&server, count, arguments);
    if (code == TS_EXIT_OK) {
        code = check_baseline(server.site.baseline);
    }
    if (code == TS_EXIT_OK) {
        ts_interrupt_install();
        code = run(&server);
    }
    return code;
}

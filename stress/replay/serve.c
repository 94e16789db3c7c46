#include "base/clock.h"
#include "replay/program.h"
#include "replay/server.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct request {
    const char *tape;
    uint64_t passes;
    struct ts_server_options server;
};

static bool parse_speed(const char *text, double *speed)
{
    char *end = NULL;
    if (text != NULL && strcmp(text, "flat") == 0) {
        *speed = 0;
        return true;
    }
    double value = text != NULL ? strtod(text, &end) : 0;
    if (!(value >= 0.001 && value <= 1e6) || strcmp(end, "x") != 0) {
        ts_program_usage("--speed takes flat or a factor, as 1x or 10x");
        return false;
    }
    *speed = value;
    return true;
}

static bool parse_fault(const char *text, struct ts_server_options *server, int *code)
{
    struct ts_diag diag;
    if (text == NULL || server->fault_count == TS_FEED_FAULTS_MAX) {
        *code = ts_program_usage("--fault takes a fault, up to %d of them", TS_FEED_FAULTS_MAX);
        return false;
    }
    if (ts_feed_fault_parse(text, &server->faults[server->fault_count], &diag) != TS_OK) {
        *code = ts_program_complain(&diag);
        return false;
    }
    server->fault_count++;
    return true;
}

static int parse(int count, char **arguments, struct request *request)
{
    struct ts_server_options *server = &request->server;
    int code = TS_PROGRAM_USAGE;
    for (int i = 1; i < count; i++) {
        const char *option = arguments[i];
        if (strcmp(option, "--exit-at-end") == 0) {
            server->exit_at_end = true;
            continue;
        }
        const char *value = i + 1 < count ? arguments[++i] : NULL;
        uint64_t number = 0;
        bool good = true;
        if (strcmp(option, "--tape") == 0) {
            request->tape = value;
            good = value != NULL || ts_program_usage("--tape takes a file") == TS_PROGRAM_OK;
        } else if (strcmp(option, "--speed") == 0) {
            good = parse_speed(value, &server->speed);
        } else if (strcmp(option, "--fault") == 0) {
            good = parse_fault(value, server, &code);
        } else if (strcmp(option, "--for") == 0) {
            good = ts_program_duration(option, value, &server->for_ns);
        } else if (strcmp(option, "--ping") == 0) {
            good = ts_program_duration(option, value, &server->ping_ns);
        } else if (strcmp(option, "--pong") == 0) {
            good = ts_program_duration(option, value, &server->pong_ns);
        } else if (strcmp(option, "--port") == 0) {
            good = ts_program_number(option, value, 65535, &number);
            server->port = (int)number;
        } else if (strcmp(option, "--room") == 0) {
            good = ts_program_number(option, value, 1u << 20, &number) &&
                   (number > 0 || ts_program_usage("--room takes at least 1 message") == TS_PROGRAM_OK);
            server->room_messages = (uint32_t)number;
        } else if (strcmp(option, "--passes") == 0) {
            good = ts_program_number(option, value, UINT32_MAX, &request->passes);
        } else if (strcmp(option, "--seed") == 0) {
            good = ts_program_number(option, value, UINT64_MAX, &server->seed);
        } else {
            return ts_program_usage("serve: unknown option '%s'", option);
        }
        if (!good) {
            return code;
        }
    }
    return TS_PROGRAM_OK;
}

static void report(const struct ts_server *server)
{
    const struct ts_server_counts *counts = ts_server_counts(server);
    const struct ts_feed_fault *faults = ts_server_faults(server);
    json_t *root = json_object(), *fired = json_object();
    const struct {
        const char *name;
        uint64_t value;
    } rows[] = {
        {"depth", counts->events[TS_REPLAY_DEPTH]},
        {"bookTicker", counts->events[TS_REPLAY_TICKER]},
        {"trade", counts->events[TS_REPLAY_TRADE]},
        {"passes", counts->passes},
        {"sent", counts->sent},
        {"left_out", counts->left_out},
        {"garbled", counts->garbled},
        {"readers", counts->readers},
        {"refused", counts->refused},
        {"snapshots", counts->snapshots},
        {"snapshots_refused", counts->snapshots_refused},
        {"pings", counts->pings},
        {"pongs", counts->pongs},
        {"no_pong", counts->no_pong},
        {"slow_readers", counts->slow_readers},
        {"chatter", counts->chatter},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        json_object_set_new(root, rows[i].name, json_integer((json_int_t)rows[i].value));
    }
    for (unsigned i = 0; i < TS_FEED_FAULTS_MAX && faults[i].fired > 0; i++) {
        const char *name = ts_feed_fault_names[faults[i].kind];
        json_int_t before = json_integer_value(json_object_get(fired, name));
        json_object_set_new(fired, name, json_integer(before + (json_int_t)faults[i].fired));
    }
    json_object_set_new(root, "faults", fired);
    json_object_set_new(root, "ended", json_boolean(counts->ended));
    char *text = json_dumps(root, JSON_COMPACT);
    puts(text != NULL ? text : "{}");
    free(text);
    json_decref(root);
}

int ts_program_serve(int count, char **arguments)
{
    struct request request = {.passes = 1,
                              .server = {.speed = 1,
                                         .ping_ns = 20 * TS_NS_PER_S,
                                         .pong_ns = 60 * TS_NS_PER_S,
                                         .room_messages = 10000,
                                         .seed = 1,
                                         .stop = &ts_program_stop}};
    struct ts_exchange *exchange = NULL;
    struct ts_server *server = NULL;
    struct ts_diag diag;
    int code = parse(count, arguments, &request);
    if (code != TS_PROGRAM_OK) {
        return code;
    }
    ts_err err = request.tape != NULL
                     ? ts_exchange_open_recording(request.tape, (uint32_t)request.passes, &exchange, &diag)
                     : ts_exchange_open_synthetic(request.server.seed, &exchange, &diag);
    if (err == TS_OK) {
        err = ts_server_create(&request.server, exchange, &server, &diag);
    }
    if (err == TS_OK) {
        printf("serving %s of %s on 127.0.0.1:%d\n", ts_exchange_symbol(exchange),
               ts_exchange_is_futures(exchange) ? "usdm" : "spot", ts_server_port(server));
        fflush(stdout);
        err = ts_server_run(server, &diag);
        report(server);
    }
    if (server != NULL) {
        ts_server_destroy(server);
    }
    ts_exchange_close(exchange);
    return err == TS_OK ? ts_program_end() : ts_program_complain(&diag);
}

/* tickstorm-feed: a replay server of Binance's combined streams, and a reader of it. */
#include "replay/program.h"
#include "supervisor/duration.h"

#include "base/clock.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

volatile sig_atomic_t ts_program_stop;

static const char help[] =
    "Usage: tickstorm-feed serve [options]      an exchange on 127.0.0.1, from a recording or synthetic\n"
    "       tickstorm-feed watch [options]      a reader of one: the live feed of lib/trader\n"
    "\n"
    "serve speaks Binance's combined streams and answers snapshot requests:\n"
    "  ws://127.0.0.1:PORT/stream?streams=btcusdt@depth@100ms/btcusdt@bookTicker/btcusdt@trade\n"
    "  http://127.0.0.1:PORT/fapi/v1/depth?symbol=BTCUSDT&limit=1000       (spot: /api/v3/depth)\n"
    "Its first line of output names the port, its last one is what it did, as JSON.\n"
    "  --tape FILE          a recording (.gz); without one, synthetic ticks of ts0000_usdt, spot\n"
    "  --port N             0 (default): any free one\n"
    "  --speed 1x|10x|flat  pace of the tape (default 1x); it begins with the first reader. At a speed it "
    "goes on\n"
    "                       whoever listens; flat out it waits for its readers\n"
    "  --passes N           of the tape (default 1; 0: no end); between two all readers are cut off\n"
    "  --exit-at-end        say goodbye when the tape is through; else the connections stay, and are pinged\n"
    "  --for T              end after this time\n"
    "  --ping T, --pong T   ping readers so often (20s), and cut them off without a pong (60s)\n"
    "  --room N             messages a reader may leave untaken before it is cut off (default 10000)\n"
    "  --seed N             of the faults and the synthetic ticks\n"
    "  --fault KIND[:every=T|N][,for=T][,count=N]   again for more; T as 5s, N in events of the tape\n"
    "      disconnect   cut everybody off, with or without a close frame\n"
    "      gap          leave `count` events out\n"
    "      malformed    say something else instead of an event\n"
    "      silence      say nothing more to those connected, and answer no ping\n"
    "      slow         stand still `for` so long, then say all at once\n"
    "      refuse       cut everybody off and let nobody in `for` so long\n"
    "      no-pong      answer no ping of those connected, but go on\n"
    "\n"
    "watch connects, follows and reports what it saw and how long a tick took from the network to the "
    "callback:\n"
    "  --port N             of the server\n"
    "  --symbol NAME        as in the streams (default btcusdt); --futures for USD-M\n"
    "  --for T              end after this time (default 10s)\n"
    "  --ticks N            end after so many ticks of all kinds\n"
    "  --quiet-for T        end when no tick came for so long, after the first\n"
    "  --ping T, --silence T   ping after so long without a sign of life, and give the connection up (5s, "
    "15s)\n"
    "  --lag T              an event this old when it is taken is old news (1s)\n"
    "  --backoff T          the longest wait before another attempt (30s; the first is 100ms)\n"
    "  --slow T             spend this time in every 1000th callback\n"
    "  --seed N             of the back-off's jitter\n"
    "\n"
    "Exit codes: 0 as asked, 2 usage, 3 a tape that was refused, 4 environment (the port, the library, a "
    "full "
    "disk)\n"
    "\n"
    "An example, in two terminals:\n"
    "  tickstorm-feed serve --tape usdm_btcusdt_20240808.gz --port 9443 --speed 10x --fault "
    "disconnect:every=5s\n"
    "  tickstorm-feed watch --port 9443 --futures --for 30s\n";

static void on_signal(int number)
{
    (void)number;
    ts_program_stop = 1;
}

int ts_program_usage(const char *format, ...)
{
    va_list arguments;
    fputs("tickstorm-feed: ", stderr);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputs(" (see --help)\n", stderr);
    return TS_PROGRAM_USAGE;
}

int ts_program_complain(const struct ts_diag *diag)
{
    char line[512];
    fprintf(stderr, "tickstorm-feed: %s\n", ts_diag_line(diag, line, sizeof line));
    switch (diag->code) {
    case TS_INVALID:
    case TS_UNKNOWN:
        return TS_PROGRAM_USAGE;
    case TS_MALFORMED:
    case TS_TRUNCATED:
    case TS_NOT_FOUND:
    case TS_LIMIT:
        return TS_PROGRAM_INPUT;
    default:
        return TS_PROGRAM_ENVIRONMENT;
    }
}

int ts_program_end(void)
{
    if (fflush(stdout) == 0 && ferror(stdout) == 0) {
        return TS_PROGRAM_OK;
    }
    fputs("tickstorm-feed: stdout: it does not take the report\n", stderr);
    return TS_PROGRAM_ENVIRONMENT;
}

bool ts_program_duration(const char *option, const char *text, int64_t *value_ns)
{
    int64_t value_ms = 0;
    if (text == NULL || !ts_parse_duration(text, &value_ms)) {
        ts_program_usage("%s takes a time, as 500ms, 10s or 2m", option);
        return false;
    }
    *value_ns = value_ms * TS_NS_PER_MS;
    return true;
}

bool ts_program_number(const char *option, const char *text, uint64_t most, uint64_t *value)
{
    uint64_t number = 0;
    if (text == NULL || !ts_parse_seed(text, &number) || number > most) {
        ts_program_usage("%s takes a number up to %llu", option, (unsigned long long)most);
        return false;
    }
    *value = number;
    return true;
}

int main(int count, char **arguments)
{
    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    for (int i = 1; i < count; i++) {
        if (strcmp(arguments[i], "--help") == 0 || strcmp(arguments[i], "-h") == 0) {
            fputs(help, stdout);
            return ts_program_end();
        }
    }
    if (count >= 2 && strcmp(arguments[1], "serve") == 0) {
        return ts_program_serve(count - 1, arguments + 1);
    }
    if (count >= 2 && strcmp(arguments[1], "watch") == 0) {
        return ts_program_watch(count - 1, arguments + 1);
    }
    return ts_program_usage("serve or watch?");
}

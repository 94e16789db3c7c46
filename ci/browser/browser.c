/*
 * browser CHROMIUM: opens pages in a headless Chromium and holds what they do against a script on stdin.
 *
 * Speaks the DevTools protocol over the browser's own pipe (descriptors 3 and 4, JSON messages that end in a
 * NUL), so nothing listens on the network. One command a line:
 *
 *   allow PREFIX      requests may go to addresses that begin so (data: may always)
 *   open URL          loads the page
 *   true EXPRESSION   what JavaScript makes of it must be true
 *   key NAME          presses Tab, Enter or another key of that name
 *   media TYPE SCHEME screen or print; light or dark
 *   size WIDTH HEIGHT of the window, in pixels
 *   shot FILE         the whole page as a PNG
 *   print FILE        on A4, as a PDF
 *   quiet             nothing was said on the console, nothing thrown, nothing blocked, nothing asked for
 * elsewhere
 *
 * Threads: one. Exit status: 0 all held, 1 something did not (each is told), 2 usage, 4 the browser does not
 * work.
 */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define ANSWER_MS     30000
#define PREFIXES_MAX  8
#define COMPLAINT_MAX 16 /* that are printed; all are counted */

enum { EXIT_HELD = 0, EXIT_FAILED = 1, EXIT_USAGE = 2, EXIT_NO_BROWSER = 4 };

static struct {
    pid_t process;
    int to, from;
    char *text; /* read and not taken yet */
    size_t size, room;
    json_int_t last; /* number of the last message sent */
    char session[80];
    bool loaded;
    char *prefixes[PREFIXES_MAX];
    size_t prefix_count;
    unsigned complaints; /* since the last `quiet` */
    unsigned failures;
    unsigned checks;
} browser;

static _Noreturn void give_up(const char *what)
{
    fprintf(stderr, "browser: %s\n", what);
    if (browser.process > 0) {
        kill(browser.process, SIGKILL);
    }
    exit(EXIT_NO_BROWSER);
}

static void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("FAILED: ", stdout);
    vprintf(format, arguments);
    putchar('\n');
    va_end(arguments);
    browser.failures++;
}

/* --- the protocol --- */

static void complain(const char *what, const char *text)
{
    if (browser.complaints++ < COMPLAINT_MAX) {
        printf("page: %s: %s\n", what, text != NULL ? text : "?");
    }
}

static bool is_allowed(const char *url)
{
    bool allowed = url != NULL && strncmp(url, "data:", 5) == 0;
    for (size_t i = 0; i < browser.prefix_count && url != NULL; i++) {
        allowed = allowed || strncmp(url, browser.prefixes[i], strlen(browser.prefixes[i])) == 0;
    }
    return allowed;
}

static const char *text_at(const json_t *object, const char *first, const char *second)
{
    return json_string_value(json_object_get(json_object_get(object, first), second));
}

static void take_event(const json_t *message)
{
    const char *method = json_string_value(json_object_get(message, "method"));
    const json_t *parameters = json_object_get(message, "params");
    if (method == NULL) {
        return;
    }
    if (strcmp(method, "Page.loadEventFired") == 0) {
        browser.loaded = true;
    } else if (strcmp(method, "Runtime.consoleAPICalled") == 0) {
        const json_t *said = json_array_get(json_object_get(parameters, "args"), 0);
        complain("console", json_string_value(json_object_get(said, "value")));
    } else if (strcmp(method, "Runtime.exceptionThrown") == 0) {
        complain("exception", text_at(parameters, "exceptionDetails", "text"));
    } else if (strcmp(method, "Log.entryAdded") == 0) {
        complain("log", text_at(parameters, "entry", "text"));
    } else if (strcmp(method, "Page.javascriptDialogOpening") == 0) {
        complain("dialog", json_string_value(json_object_get(parameters, "message")));
    } else if (strcmp(method, "Network.requestWillBeSent") == 0 &&
               !is_allowed(text_at(parameters, "request", "url"))) {
        complain("request", text_at(parameters, "request", "url"));
    }
}

static void fill(int timeout_ms)
{
    struct pollfd ready = {.fd = browser.from, .events = POLLIN};
    if (browser.room - browser.size < 65536) {
        browser.room = browser.room * 2 + 131072;
        browser.text = realloc(browser.text, browser.room);
        if (browser.text == NULL) {
            give_up("no memory");
        }
    }
    if (poll(&ready, 1, timeout_ms) <= 0) {
        give_up("the browser does not answer");
    }
    ssize_t got = read(browser.from, browser.text + browser.size, browser.room - browser.size);
    if (got <= 0) {
        give_up("the browser has ended");
    }
    browser.size += (size_t)got;
}

static json_t *next_message(void)
{
    char *end;
    while ((end = browser.size > 0 ? memchr(browser.text, '\0', browser.size) : NULL) == NULL) {
        fill(ANSWER_MS);
    }
    json_t *message = json_loads(browser.text, 0, NULL);
    size_t used = (size_t)(end - browser.text) + 1;
    memmove(browser.text, browser.text + used, browser.size - used);
    browser.size -= used;
    return message;
}

/* Sends a command and waits for its result, which is the caller's; steals the parameters. */
static json_t *call(const char *method, json_t *parameters)
{
    json_t *message = json_pack("{sI ss so}", "id", ++browser.last, "method", method, "params",
                                parameters != NULL ? parameters : json_object());
    if (browser.session[0] != '\0') {
        json_object_set_new(message, "sessionId", json_string(browser.session));
    }
    char *text = json_dumps(message, JSON_COMPACT);
    json_decref(message);
    if (text == NULL) {
        give_up("no memory");
    }
    size_t size = strlen(text) + 1;
    for (size_t sent = 0; sent < size;) {
        ssize_t written = write(browser.to, text + sent, size - sent);
        if (written <= 0) {
            give_up("the browser takes no commands");
        }
        sent += (size_t)written;
    }
    free(text);
    for (;;) {
        json_t *answer = next_message();
        if (json_integer_value(json_object_get(answer, "id")) == browser.last) {
            json_t *result = json_incref(json_object_get(answer, "result"));
            if (result == NULL) {
                fail("%s: %s", method, text_at(answer, "error", "message"));
                result = json_object();
            }
            json_decref(answer);
            return result;
        }
        take_event(answer);
        json_decref(answer);
    }
}

static void tell(const char *method, json_t *parameters)
{
    json_decref(call(method, parameters));
}

/* --- the browser --- */

static void start(const char *program, const char *profile)
{
    int there[2], back[2];
    char folder[512];
    snprintf(folder, sizeof folder, "--user-data-dir=%s", profile);
    if (pipe2(there, O_CLOEXEC) != 0 || pipe2(back, O_CLOEXEC) != 0) {
        give_up("no pipe");
    }
    browser.process = fork();
    if (browser.process == 0) {
        /* Out of the way of 3 and 4 first, which may be among them. */
        int in = fcntl(there[0], F_DUPFD, 10), out = fcntl(back[1], F_DUPFD, 10);
        int nothing = open("/dev/null", O_RDWR);
        if (in < 0 || out < 0 || nothing < 0 || dup2(nothing, 0) < 0 || dup2(nothing, 1) < 0 ||
            dup2(nothing, 2) < 0 || dup2(in, 3) < 0 || dup2(out, 4) < 0) {
            _exit(127);
        }
        close(in);
        close(out);
        execl(program, program, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
              "--remote-debugging-pipe", "--no-first-run", "--disable-background-networking",
              "--disable-component-update", "--disable-sync", "--disable-extensions", "--hide-scrollbars",
              "--proxy-server=127.0.0.1:9", "--proxy-bypass-list=127.0.0.1", folder, (char *)NULL);
        _exit(127);
    }
    close(there[0]);
    close(back[1]);
    browser.to = there[1];
    browser.from = back[0];
}

static void attach(void)
{
    json_t *made = call("Target.createTarget", json_pack("{ss}", "url", "about:blank"));
    json_t *attached =
        call("Target.attachToTarget",
             json_pack("{sO sb}", "targetId", json_object_get(made, "targetId"), "flatten", 1));
    const char *session = json_string_value(json_object_get(attached, "sessionId"));
    if (session == NULL || strlen(session) >= sizeof browser.session) {
        give_up("the browser opens no page");
    }
    strcpy(browser.session, session);
    json_decref(attached);
    json_decref(made);
    static const char *const domains[] = {"Page.enable", "Runtime.enable", "Log.enable", "Network.enable"};
    for (size_t i = 0; i < sizeof domains / sizeof *domains; i++) {
        tell(domains[i], NULL);
    }
}

/* --- the script's commands --- */

static void open_page(const char *url)
{
    browser.loaded = false;
    json_t *result = call("Page.navigate", json_pack("{ss}", "url", url));
    const char *error = json_string_value(json_object_get(result, "errorText"));
    if (error != NULL) {
        fail("open %s: %s", url, error);
        browser.loaded = true;
    }
    json_decref(result);
    while (!browser.loaded) {
        json_t *message = next_message();
        take_event(message);
        json_decref(message);
    }
}

static void hold(const char *expression)
{
    json_t *result =
        call("Runtime.evaluate", json_pack("{ss sb}", "expression", expression, "returnByValue", 1));
    const json_t *value = json_object_get(json_object_get(result, "result"), "value");
    if (!json_is_true(value)) {
        char *text = value != NULL ? json_dumps(value, JSON_ENCODE_ANY) : NULL;
        fail("%s is %s", expression, text != NULL ? text : "no value");
        free(text);
    }
    browser.checks++;
    json_decref(result);
}

static void press(const char *name)
{
    static const struct {
        const char *name;
        int code;
        const char *text;
    } keys[] = {{"Tab", 9, ""}, {"Enter", 13, "\r"}, {"PageDown", 34, ""}};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        if (strcmp(keys[i].name, name) == 0) {
            tell("Input.dispatchKeyEvent",
                 json_pack("{ss ss ss si ss}", "type", "keyDown", "key", name, "code", name,
                           "windowsVirtualKeyCode", keys[i].code, "text", keys[i].text));
            tell("Input.dispatchKeyEvent", json_pack("{ss ss ss si}", "type", "keyUp", "key", name, "code",
                                                     name, "windowsVirtualKeyCode", keys[i].code));
            return;
        }
    }
    fail("no key '%s'", name);
}

static int digit(char c)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c != '\0' ? strchr(digits, c) : NULL;
    return at != NULL ? (int)(at - digits) : -1;
}

/* The "data" that a method answers, decoded, into a file. */
static void save(const char *method, json_t *parameters, const char *path)
{
    json_t *result = call(method, parameters);
    const char *data = json_string_value(json_object_get(result, "data"));
    FILE *out = fopen(path, "we");
    unsigned bits = 0, held = 0;
    for (; out != NULL && data != NULL && digit(*data) >= 0; data++) {
        bits = (bits << 6 | (unsigned)digit(*data)) & 0xffffff;
        held += 6;
        if (held >= 8) {
            held -= 8;
            fputc((int)(bits >> held & 0xff), out);
        }
    }
    if (out == NULL || fclose(out) != 0) {
        fail("%s: %s", path, strerror(errno));
    }
    json_decref(result);
}

static void shoot(const char *path)
{
    save("Page.captureScreenshot", json_pack("{ss sb}", "format", "png", "captureBeyondViewport", 1), path);
}

static void print(const char *path)
{
    save("Page.printToPDF",
         json_pack("{sf sf sb}", "paperWidth", 8.27, "paperHeight", 11.69, "printBackground", 0), path);
}

static void set_media(const char *text)
{
    char type[16] = "", scheme[16] = "";
    if (sscanf(text, "%15s %15s", type, scheme) != 2) {
        fail("media '%s'", text);
        return;
    }
    tell("Emulation.setEmulatedMedia", json_pack("{ss s[{ss ss}]}", "media", type, "features", "name",
                                                 "prefers-color-scheme", "value", scheme));
}

static void set_size(const char *text)
{
    int width = 0, height = 0;
    if (sscanf(text, "%d %d", &width, &height) != 2) {
        fail("size '%s'", text);
        return;
    }
    tell("Emulation.setDeviceMetricsOverride",
         json_pack("{si si si sb}", "width", width, "height", height, "deviceScaleFactor", 1, "mobile", 0));
}

/* What came after the load comes before the answer to this. */
static void expect_quiet(void)
{
    json_decref(
        call("Runtime.evaluate", json_pack("{ss sb}", "expression",
                                           "new Promise(done => setTimeout(done, 100))", "awaitPromise", 1)));
    if (browser.complaints > 0) {
        fail("the page was not quiet: %u", browser.complaints);
    }
    browser.checks++;
    browser.complaints = 0;
}

static bool obey(char *line)
{
    char *rest = line + strcspn(line, " ");
    if (*rest == ' ') {
        *rest++ = '\0';
    }
    if (line[0] == '\0' || line[0] == '#') {
        return true;
    }
    if (strcmp(line, "allow") == 0 && browser.prefix_count < PREFIXES_MAX) {
        browser.prefixes[browser.prefix_count++] = strdup(rest);
    } else if (strcmp(line, "open") == 0) {
        open_page(rest);
    } else if (strcmp(line, "true") == 0) {
        hold(rest);
    } else if (strcmp(line, "key") == 0) {
        press(rest);
    } else if (strcmp(line, "media") == 0) {
        set_media(rest);
    } else if (strcmp(line, "size") == 0) {
        set_size(rest);
    } else if (strcmp(line, "shot") == 0) {
        shoot(rest);
    } else if (strcmp(line, "print") == 0) {
        print(rest);
    } else if (strcmp(line, "quiet") == 0) {
        expect_quiet();
    } else {
        fprintf(stderr, "browser: unknown command '%s'\n", line);
        return false;
    }
    return true;
}

int main(int count, char **arguments)
{
    char *line = NULL;
    size_t room = 0;
    bool known = true;
    if (count != 3) {
        fprintf(stderr, "usage: browser CHROMIUM PROFILE-FOLDER <script\n");
        return EXIT_USAGE;
    }
    signal(SIGPIPE, SIG_IGN);
    start(arguments[1], arguments[2]);
    attach();
    for (ssize_t length; known && (length = getline(&line, &room, stdin)) > 0;) {
        line[length - 1] = line[length - 1] == '\n' ? '\0' : line[length - 1];
        known = obey(line);
    }
    free(line);
    browser.session[0] = '\0';
    tell("Browser.close", NULL);
    waitpid(browser.process, NULL, 0);
    free(browser.text);
    printf("%u checks, %u failed\n", browser.checks, browser.failures);
    return !known ? EXIT_USAGE : browser.failures > 0 ? EXIT_FAILED : EXIT_HELD;
}

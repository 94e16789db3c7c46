#include "market/message_inside.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static struct ts_message message;
static struct ts_diag diag;

/* From a block of exactly that length: a byte read past it is seen. */
static ts_err parse(const char *json)
{
    size_t length = strlen(json);
    char *block = malloc(length);
    cr_assert_not_null(block);
    memcpy(block, json, length);
    ts_err err = ts_message_parse(&message, 7, block, length, "the wire", &diag);
    free(block);
    return err;
}

Test(message, a_diff_of_futures_says_which_it_follows)
{
    cr_assert_eq(parse("{\"stream\":\"btcusdt@depth@100ms\",\"data\":{\"e\":\"depthUpdate\",\"E\":5,\"T\":4,"
                       "\"s\":\"BTCUSDT\",\"U\":10,\"u\":12,\"pu\":8,\"b\":[[\"1.5\",\"2\"]],\"a\":[]}}"),
                 TS_OK);
    cr_assert(message.kind == TS_MESSAGE_DIFF && message.futures && message.receive_ns == 7);
    cr_assert(message.first_id == 10 && message.last_id == 12 && message.previous_id == 8);
    cr_assert(message.event_ns == 5000000 && message.change_count == 1);
    cr_assert(message.changes[0].price == 1.5 && message.changes[0].quantity == 2);
    cr_assert_str_eq(message.symbol, "btcusdt");
    ts_message_fini(&message);
}

Test(message, trades_come_single_and_aggregated_of_either_market)
{
    cr_assert_eq(
        parse("{\"stream\":\"btcusdt@aggTrade\",\"data\":{\"e\":\"aggTrade\",\"E\":5,\"s\":\"BTCUSDT\","
              "\"a\":99,\"p\":\"100.5\",\"q\":\"2\",\"f\":1,\"l\":3,\"T\":4,\"m\":true}}"),
        TS_OK);
    cr_assert(message.kind == TS_MESSAGE_TRADE && message.futures && message.trade.trade_id == 99);
    cr_assert(message.trade.price == 100.5 && message.trade.side == WINGCHUN_SELL);
    cr_assert_eq(message.trade.trade_time_ns, 4000000);
    cr_assert_eq(parse("{\"stream\":\"ethusdt@trade\",\"data\":{\"e\":\"trade\",\"E\":5,\"s\":\"ETHUSDT\","
                       "\"t\":7,\"p\":\"1\",\"q\":\"2\",\"T\":4,\"m\":false,\"M\":true}}"),
                 TS_OK);
    cr_assert(!message.futures && message.trade.trade_id == 7 && message.trade.side == WINGCHUN_BUY);
    ts_message_fini(&message);
}

Test(message, what_does_not_parse_is_told_and_does_no_harm)
{
    static const char *const bad[] = {
        "",
        "null",
        "[]",
        "{}",
        "\xff\xfe\x00",
        "{\"stream\":\"btcusdt@depth\"",
        "{\"stream\":\"btcusdt@depth\",\"data\":7}",
        "{\"stream\":7,\"data\":{}}",
        "{\"stream\":\"btcusdt\",\"data\":{}}",
        "{\"stream\":\"btcusdt@kline_1m\",\"data\":{\"s\":\"BTCUSDT\"}}",
        "{\"stream\":\"btcusdt@trade\",\"data\":{\"s\":\"BTCUSDT\",\"t\":1,\"p\":\"nan\",\"q\":\"1\",\"m\":"
        "true}}",
        "{\"stream\":\"btcusdt@trade\",\"data\":{\"s\":\"BTCUSDT\",\"t\":1,\"p\":\"1e5\",\"q\":\"1\",\"m\":"
        "true}}",
        "{\"stream\":\"btcusdt@trade\",\"data\":{\"s\":\"BTCUSDT\",\"t\":1,\"p\":5,\"q\":\"1\",\"m\":true}}",
        "{\"stream\":\"btcusdt@trade\",\"data\":{\"s\":\"BTCUSDT\",\"t\":-1,\"p\":\"1\",\"q\":\"1\",\"m\":"
        "true}}",
        "{\"stream\":\"b@depth\",\"data\":{\"s\":\"B\",\"U\":3,\"u\":2,\"b\":[],\"a\":[]}}",
        "{\"stream\":\"b@depth\",\"data\":{\"s\":\"B\",\"U\":1,\"u\":2,\"b\":[[\"1\"]],\"a\":[]}}",
        "{\"lastUpdateId\":1,\"bids\":[[\"0\",\"1\"]],\"asks\":[]}",
        "{\"lastUpdateId\":1,\"lastUpdateId\":2,\"bids\":[],\"asks\":[]}",
        "{\"result\":null,\"id\":1}",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        diag = (struct ts_diag){0};
        cr_assert_eq(parse(bad[i]), TS_MALFORMED, "%s", bad[i]);
        cr_assert(diag.code == TS_MALFORMED && diag.text[0] != '\0', "%s", bad[i]);
        cr_assert_str_eq(diag.subject, "the wire");
    }
    cr_assert_eq(parse("{\"lastUpdateId\":1,\"bids\":[],\"asks\":[]}"), TS_OK);
    ts_message_fini(&message);
}

/* What the parser for flat messages takes, the other one takes, and makes the same of it. */
static void agree(const char *json, bool flat)
{
    struct ts_message one = {0}, other = {0};
    size_t length = strlen(json);
    cr_assert_eq(ts_message_parse_flat(&one, 7, json, length), flat, "%s", json);
    ts_err err = ts_message_parse_any(&other, 7, json, length, "the wire", &diag);
    if (flat) {
        cr_assert_eq(err, TS_OK, "%s", json);
        cr_assert(memcmp(&one, &other, sizeof one) == 0, "%s", json);
    }
    ts_message_fini(&other);
}

#define TRADE(rest) "{\"stream\":\"b@trade\",\"data\":{\"s\":\"B\",\"t\":1,\"m\":true," rest "}}"
#define TICKER(rest)                                                                                         \
    "{\"stream\":\"b@bookTicker\",\"data\":{\"s\":\"BtC\",\"b\":\"1\",\"B\":\"2.5\",\"a\":\"3\"," rest "}}"

Test(message, two_parsers_agree)
{
    agree(TRADE("\"p\":\"61800.30\",\"q\":\"0.00200000\",\"T\":1723161256322,\"E\":5,\"X\":\"MARKET\""),
          true);
    agree(TRADE("\"p\":\"0.1\",\"q\":\"123456789012345\",\"M\":true"), true);
    agree(TRADE("\"p\":\"0.00000001\",\"q\":\"9999999.99999999\",\"M\":true"), true);
    agree(TICKER("\"A\":\"0\""), true);
    agree(TICKER("\"A\":\"00.50\",\"T\":0,\"u\":123456789012345678"), true);
    agree("{\"stream\":\"b@aggTrade\",\"data\":{\"s\":\"B\",\"a\":9,\"m\":false,\"p\":\"1\",\"q\":\"2\"}}",
          true);
    agree("{\"stream\":\"b@trade@x\",\"data\":{\"s\":\"B\",\"t\":1,\"m\":true,\"p\":\"1\",\"q\":\"2\"}}",
          true);
    agree(TRADE("\"p\":\"1234567890123456\",\"q\":\"1\""), false); /* more digits than are exact */
    agree(TRADE("\"p\":\"1\",\"p\":\"1\",\"q\":\"1\""), false);
    agree(TRADE("\"p\":\".5\",\"q\":\"1\""), false);
    agree(TRADE("\"p\":\"1.2.3\",\"q\":\"1\""), false);
    agree(TRADE("\"p\":\"1\",\"q\":\"1\",\"E\":-1"), false);
    agree(TRADE("\"p\":\"1\",\"q\":\"1\",\"E\":01"), false);
    agree(TRADE("\"p\":\"1\",\"q\":\"1\",\"E\":9999999999999999"), false);
    agree(TRADE("\"p\":\"1\",\"q\":\"1\",\"XX\":1"), false);
    agree(TRADE("\"p\":\"1\", \"q\":\"1\""), false);
    agree(TRADE("\"p\":\"1\",\"q\":\"1\"") " ", false);
    agree(TRADE("\"p\":\"1\",\"q\":\"1\\u0031\""), false);
    agree(TRADE("\"p\":\"1\""), false);
    agree("{\"stream\":\"b@trades\",\"data\":{\"s\":\"B\",\"t\":1,\"m\":true,\"p\":\"1\",\"q\":\"2\"}}",
          false);
}

/* Connections: both directions in, transactions out; gaps, conflicts, ends; who owns what. */
#include "check.h"

static sidewatch_connection *connection_of(const sidewatch_engine *engine) {
    sidewatch_connection *connection = NULL;
    OK(sidewatch_connection_new(engine, &connection));
    OK(sidewatch_connection_set_time(connection, UINT64_C(1700000000000000000)));
    OK(sidewatch_connection_set_addresses(connection, TEXT("192.0.2.7"), 40312, TEXT("2001:db8::1"), 80));
    return connection;
}

static sidewatch_transaction *next_of(sidewatch_connection *connection) {
    sidewatch_transaction *tx = NULL;
    OK(sidewatch_connection_next_transaction(connection, &tx));
    return tx;
}

static int event_holds(sidewatch_transaction *tx, const char *part) {
    const uint8_t *event = NULL;
    size_t len = 0;
    char *text;
    int found;
    OK(sidewatch_transaction_event_json(tx, &event, &len));
    text = malloc(len + 1);
    CHECK(text != NULL);
    memcpy(text, event, len);
    text[len] = 0;
    found = strstr(text, part) != NULL;
    if (!found) {
        fprintf(stderr, "%s\n", text);
    }
    free(text);
    return found;
}

static void both_directions_make_transactions(void) {
    sidewatch_engine *engine = engine_of("");
    sidewatch_connection *connection = connection_of(engine);
    sidewatch_transaction *tx;
    uint32_t verdict = 99;
    static const char start[] = "GET /?q=1'+union+select+a,b+from+c-- HT", rest[] = "TP/1.1\r\nHost: a.example\r\n\r\n";
    static const char reply[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    int round;
    for (round = 0; round < 3; round++) {
        OK(sidewatch_connection_client_bytes(connection, TEXT(start)));
        CHECK(next_of(connection) == NULL);
        OK(sidewatch_connection_client_bytes(connection, TEXT(rest)));
        OK(sidewatch_connection_server_bytes(connection, TEXT(reply)));
        tx = next_of(connection);
        CHECK(tx != NULL);
        OK(sidewatch_transaction_verdict(tx, &verdict));
        CHECK(verdict == SIDEWATCH_VERDICT_ATTACK);
        CHECK(event_holds(tx, "\"client\":{\"ip\":\"192.0.2.7\",\"port\":40312}"));
        CHECK(event_holds(tx, "\"server\":{\"ip\":\"2001:db8::1\",\"port\":80}"));
        CHECK(event_holds(tx, "\"time\":\"2023-11-14T22:13:20"));
        CHECK(event_holds(tx, "\"status\":200"));
        OK(sidewatch_connection_recycle(connection, tx));
        CHECK(next_of(connection) == NULL);
    }
    CHECK(statistics_of(engine).transactions == 3 && statistics_of(engine).connections == 1);
    CHECK(statistics_of(engine).attacks == 3 && statistics_of(engine).responses == 3);
    CHECK(statistics_of(engine).bytes == 3 * (sizeof start + sizeof rest + sizeof reply - 3));
    sidewatch_connection_free(connection);
    sidewatch_engine_free(engine);
}

static void a_message_at_a_time(void) {
    static const char two[] = "GET /a HTTP/1.1\r\nHost: a\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n";
    static const char reply[] = "HTTP/1.1 204 No Content\r\n\r\n";
    sidewatch_engine *engine = engine_of("");
    sidewatch_connection *connection = connection_of(engine);
    sidewatch_transaction *tx;
    size_t used = 0, all = sizeof two - 1;
    OK(sidewatch_connection_client_message(connection, (const uint8_t *)two, all, &used));
    CHECK(used == all / 2);
    OK(sidewatch_connection_client_message(connection, (const uint8_t *)two + used, all - used, &used));
    CHECK(used == all / 2);
    OK(sidewatch_connection_server_message(connection, TEXT(reply), &used));
    CHECK(used == sizeof reply - 1);
    tx = next_of(connection);
    CHECK(tx != NULL && event_holds(tx, "\"target\":\"/a\"") && event_holds(tx, "204"));
    sidewatch_transaction_free(tx); /* instead of giving it back */
    CHECK(next_of(connection) == NULL);
    OK(sidewatch_connection_server_close(connection));
    tx = next_of(connection);
    CHECK(tx != NULL && event_holds(tx, "\"target\":\"/b\""));
    sidewatch_connection_free(connection); /* the transaction lives on */
    CHECK(event_holds(tx, "\"target\":\"/b\""));
    CHECK(statistics_of(engine).bytes == all + sizeof reply - 1);
    sidewatch_transaction_free(tx);
    sidewatch_engine_free(engine);
}

static void gaps_conflicts_and_ends(void) {
    sidewatch_engine *engine = engine_of("");
    sidewatch_connection *connection = connection_of(engine);
    sidewatch_transaction *tx;
    OK(sidewatch_connection_client_bytes(connection, TEXT("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nab")));
    OK(sidewatch_connection_client_gap(connection, 6));
    OK(sidewatch_connection_client_conflict(connection, TEXT("1' union select name, pass from users--")));
    OK(sidewatch_connection_client_bytes(connection, TEXT("yz")));
    OK(sidewatch_connection_server_bytes(connection, TEXT("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")));
    OK(sidewatch_connection_server_conflict(connection, TEXT("x")));
    OK(sidewatch_connection_server_gap(connection, 5));
    tx = next_of(connection);
    CHECK(tx != NULL && event_holds(tx, "\"gap\"") && event_holds(tx, "\"overlap_conflict\""));
    CHECK(event_holds(tx, "\"sqli\""));
    OK(sidewatch_connection_recycle(connection, tx));
    OK(sidewatch_connection_client_bytes(connection, TEXT("GET /only HTTP/1.1\r\nHost: a\r\n\r\n")));
    CHECK(next_of(connection) == NULL);
    OK(sidewatch_connection_settle(connection));
    tx = next_of(connection);
    CHECK(tx != NULL && event_holds(tx, "/only"));
    OK(sidewatch_connection_recycle(connection, tx));
    OK(sidewatch_connection_client_close(connection));
    OK(sidewatch_connection_server_close(connection));
    OK(sidewatch_connection_recycle(connection, NULL));
    sidewatch_connection_free(connection);
    sidewatch_engine_free(engine);
}

static void what_nobody_takes_is_counted_and_freed(void) {
    sidewatch_engine *engine = engine_of(""), *other = engine_of("[detection]\ndisabled = [\"sqli\"]");
    sidewatch_connection *connection = connection_of(engine);
    sidewatch_transaction *tx = NULL;
    OK(sidewatch_connection_client_bytes(connection, TEXT("GET /a HTTP/1.1\r\nHost: a\r\n\r\n")));
    OK(sidewatch_connection_server_bytes(connection, TEXT("HTTP/1.1 204 No Content\r\n\r\n")));
    /* A transaction of another engine is taken back, but never used for this one. */
    OK(sidewatch_transaction_new(other, &tx));
    verdict_of(tx, attack);
    OK(sidewatch_connection_recycle(connection, tx));
    CHECK(statistics_of(other).transactions == 1 && statistics_of(engine).transactions == 0);
    sidewatch_connection_free(connection);
    CHECK(statistics_of(engine).transactions == 1);
    sidewatch_engine_free(engine);
    sidewatch_engine_free(other);
}

static void misuse_is_refused(void) {
    sidewatch_engine *engine = engine_of("");
    sidewatch_connection *connection = NULL;
    sidewatch_transaction *tx = NULL;
    size_t used = 77;
    CHECK(sidewatch_connection_new(NULL, &connection) == SIDEWATCH_ERROR_ARGUMENT);
    CHECK(sidewatch_connection_new(engine, NULL) == SIDEWATCH_ERROR_ARGUMENT);
    OK(sidewatch_connection_new(engine, &connection));
    CHECK(sidewatch_connection_client_bytes(NULL, TEXT("a")) == SIDEWATCH_ERROR_ARGUMENT);
    CHECK(sidewatch_connection_client_bytes(connection, NULL, 3) == SIDEWATCH_ERROR_ARGUMENT);
    CHECK(sidewatch_connection_client_message(connection, TEXT("a"), NULL) == SIDEWATCH_ERROR_ARGUMENT);
    CHECK(sidewatch_connection_server_message(connection, NULL, 1, &used) == SIDEWATCH_ERROR_ARGUMENT && used == 77);
    CHECK(sidewatch_connection_set_addresses(connection, TEXT("here"), 1, TEXT("::1"), 2) == SIDEWATCH_ERROR_ARGUMENT);
    CHECK(sidewatch_connection_next_transaction(connection, NULL) == SIDEWATCH_ERROR_ARGUMENT);
    CHECK(sidewatch_connection_next_transaction(NULL, &tx) == SIDEWATCH_ERROR_ARGUMENT);
    OK(sidewatch_transaction_new(engine, &tx));
    CHECK(sidewatch_connection_recycle(NULL, tx) == SIDEWATCH_ERROR_ARGUMENT); /* freed all the same */
    sidewatch_connection_free(connection);
    sidewatch_connection_free(NULL);
    sidewatch_engine_free(engine);
}

int main(void) {
    both_directions_make_transactions();
    a_message_at_a_time();
    gaps_conflicts_and_ends();
    what_nobody_takes_is_counted_and_freed();
    misuse_is_refused();
    return passed();
}

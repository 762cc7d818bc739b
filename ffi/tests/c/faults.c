/* Panics inside the library, asked for by a field of a library built with the feature `faults`: they are caught, counted and
   told, and end nothing but their transaction. */
#include "check.h"

static char told[1024];
static int told_count;
static sidewatch_transaction *broken;

static void listen_to(void *user_data, uint32_t level, const char *message, size_t len) {
    uint64_t panics = 0;
    CHECK(user_data == &told_count && level == SIDEWATCH_LOG_ERROR && len < sizeof told);
    memcpy(told, message, len + 1);
    told_count++;
    OK(sidewatch_panic_count(&panics));
    CHECK(panics == (uint64_t)told_count);
    if (broken != NULL) { /* the call is over: even its handle may be used */
        CHECK(sidewatch_transaction_request_end(broken) == SIDEWATCH_ERROR_INTERNAL);
    }
}

static int tells(const char *call) {
    return strstr(told, call) != NULL && strstr(told, "fault asked for") != NULL && strstr(told, "fault.rs:") != NULL;
}

int main(void) {
    sidewatch_engine *engine = engine_of("");
    sidewatch_transaction *tx = NULL;
    sidewatch_connection *connection = NULL;
    sidewatch_finding finding;
    const uint8_t *event;
    uint32_t verdict = 77;
    size_t count = 77;
    CHECK(strstr(sidewatch_version(), "+faults") != NULL);
    OK(sidewatch_log_set(listen_to, &told_count, SIDEWATCH_LOG_ERROR));

    /* In a field, given as a part. */
    OK(sidewatch_transaction_new(engine, &tx));
    broken = tx;
    OK(sidewatch_transaction_request_line(tx, TEXT("GET"), TEXT("/"), SIDEWATCH_HTTP_1_1));
    OK(sidewatch_transaction_request_header(tx, TEXT("X-Sidewatch-Fault"), TEXT("none")));
    CHECK(sidewatch_transaction_request_header(tx, TEXT("x-sidewatch-fault"), TEXT("panic")) == SIDEWATCH_ERROR_INTERNAL);
    CHECK(told_count == 1 && tells("sidewatch_transaction_request_header"));
    broken = NULL;
    CHECK(statistics_of(engine).panics == 1);
    /* It has no verdict any more, and says so. */
    CHECK(sidewatch_transaction_verdict(tx, &verdict) == SIDEWATCH_ERROR_INTERNAL && verdict == 77);
    CHECK(sidewatch_transaction_finding_count(tx, &count) == SIDEWATCH_ERROR_INTERNAL && count == 77);
    CHECK(sidewatch_transaction_finding(tx, 0, &finding) == SIDEWATCH_ERROR_INTERNAL);
    CHECK(sidewatch_transaction_event_json(tx, &event, &count) == SIDEWATCH_ERROR_INTERNAL);
    /* Until it is reset: then it is as new. */
    OK(sidewatch_transaction_reset(tx));
    CHECK(verdict_of(tx, attack) == SIDEWATCH_VERDICT_ATTACK);
    OK(sidewatch_transaction_reset(tx));

    /* In bytes. */
    CHECK(sidewatch_transaction_request_bytes(tx, TEXT("GET / HTTP/1.1\r\nX-Sidewatch-Fault: panic\r\n\r\n"))
          == SIDEWATCH_ERROR_INTERNAL);
    CHECK(told_count == 2 && tells("sidewatch_transaction_request_bytes"));
    sidewatch_transaction_free(tx); /* without a reset */

    /* In a connection: others of the same engine go on. */
    OK(sidewatch_connection_new(engine, &connection));
    CHECK(sidewatch_connection_client_bytes(connection, TEXT("GET / HTTP/1.1\r\nX-Sidewatch-Fault:panic\r\n\r\n"))
          == SIDEWATCH_ERROR_INTERNAL);
    CHECK(told_count == 3 && tells("sidewatch_connection_client_bytes"));
    CHECK(sidewatch_connection_next_transaction(connection, &tx) == SIDEWATCH_ERROR_INTERNAL);
    CHECK(sidewatch_connection_client_close(connection) == SIDEWATCH_ERROR_INTERNAL);
    sidewatch_connection_free(connection);
    OK(sidewatch_transaction_new(engine, &tx));
    CHECK(verdict_of(tx, attack) == SIDEWATCH_VERDICT_ATTACK);
    sidewatch_transaction_free(tx);
    CHECK(statistics_of(engine).panics == 3 && statistics_of(engine).transactions == 4);
    sidewatch_engine_free(engine);
    OK(sidewatch_log_set(NULL, NULL, 0));
    return passed();
}

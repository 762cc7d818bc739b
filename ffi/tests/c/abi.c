/* The promises of the C ABI, asserted from C: sizes, numbers, errors, ownership, threads. Run under valgrind. */
#include "check.h"
#include <pthread.h>

HOLDS_AT_BUILD(text_is_two_words, sizeof(sidewatch_text) == 2 * sizeof(void *));
HOLDS_AT_BUILD(finding_size, sizeof(sidewatch_finding) == 5 * sizeof(sidewatch_text) + 2 * 8 + 4 * 4);
HOLDS_AT_BUILD(statistics_size, sizeof(sidewatch_statistics) == 8 + 11 * 8);
HOLDS_AT_BUILD(abi_is_one, SIDEWATCH_ABI_VERSION >> 16 == 1);
HOLDS_AT_BUILD(codes_are_frozen, SIDEWATCH_OK == 0 && SIDEWATCH_ERROR_ARGUMENT == -1 && SIDEWATCH_ERROR_POLICY == -2
                                     && SIDEWATCH_ERROR_INDEX == -3 && SIDEWATCH_ERROR_INTERNAL == -4
                                     && SIDEWATCH_ERROR_FILE == -5 && SIDEWATCH_ERROR_ABI == -6);
HOLDS_AT_BUILD(verdicts_are_frozen, SIDEWATCH_VERDICT_PASS == 0 && SIDEWATCH_VERDICT_SUSPICIOUS == 1
                                        && SIDEWATCH_VERDICT_ATTACK == 2);

HOLDS_AT_BUILD(actions_are_frozen, SIDEWATCH_ACTION_NONE == 0 && SIDEWATCH_ACTION_PASS == 1
                                       && SIDEWATCH_ACTION_BLOCK == 2);

static void versions_and_texts(void) {
    CHECK(sidewatch_abi_version() == SIDEWATCH_ABI_VERSION);
    OK(sidewatch_abi_check(SIDEWATCH_ABI_VERSION));
    CHECK(sidewatch_abi_check(SIDEWATCH_ABI_VERSION + 1) == SIDEWATCH_ERROR_ABI);
    CHECK(sidewatch_abi_check(SIDEWATCH_ABI_VERSION + 0x10000) == SIDEWATCH_ERROR_ABI);
    CHECK(sidewatch_abi_check(0) == SIDEWATCH_ERROR_ABI);
    CHECK(strchr(sidewatch_version(), '.') != NULL);
#ifndef FAULTS
    CHECK(strstr(sidewatch_version(), "faults") == NULL);
#endif
    CHECK(strcmp(sidewatch_result_text(SIDEWATCH_OK), "no error") == 0);
    CHECK(strlen(sidewatch_result_text(12345)) > 0);
}

static void a_bad_policy_is_refused_with_its_place(void) {
    char reason[200], tiny[8];
    sidewatch_engine *engine = (sidewatch_engine *)(void *)reason;
    memset(reason, 'x', sizeof reason);
    CHECK(sidewatch_engine_new(TEXT("[limits]\nfindings = 0\n"), reason, sizeof reason, &engine)
          == SIDEWATCH_ERROR_POLICY);
    CHECK(strstr(reason, "line 2, column 12") != NULL);
    CHECK(engine == (sidewatch_engine *)(void *)reason); /* written only on success */
    CHECK(sidewatch_engine_new(TEXT("colour = 1"), tiny, sizeof tiny, &engine) == SIDEWATCH_ERROR_POLICY);
    CHECK(strlen(tiny) == sizeof tiny - 1);
    CHECK(sidewatch_engine_new(TEXT("\xff"), reason, sizeof reason, &engine) == SIDEWATCH_ERROR_POLICY);
    CHECK(strstr(reason, "UTF-8") != NULL);
}

static void null_is_an_error_not_a_crash(void) {
    sidewatch_engine *engine = engine_of("");
    sidewatch_transaction *tx = NULL;
    sidewatch_finding finding;
    uint32_t verdict;
    size_t count;
    CHECK(sidewatch_engine_new(NULL, 3, NULL, 0, &engine) == SIDEWATCH_ERROR_ARGUMENT);
    CHECK(sidewatch_engine_new(NULL, 0, NULL, 0, NULL) == SIDEWATCH_ERROR_ARGUMENT);
    CHECK(sidewatch_transaction_new(NULL, &tx) == SIDEWATCH_ERROR_ARGUMENT);
    CHECK(sidewatch_transaction_new(engine, NULL) == SIDEWATCH_ERROR_ARGUMENT);
    CHECK(sidewatch_transaction_reset(NULL) == SIDEWATCH_ERROR_ARGUMENT);
    CHECK(sidewatch_transaction_verdict(NULL, &verdict) == SIDEWATCH_ERROR_ARGUMENT);
    OK(sidewatch_transaction_new(engine, &tx));
    CHECK(sidewatch_transaction_verdict(tx, NULL) == SIDEWATCH_ERROR_ARGUMENT);
    CHECK(sidewatch_transaction_request_body(tx, NULL, 1) == SIDEWATCH_ERROR_ARGUMENT);
    OK(sidewatch_transaction_request_body(tx, NULL, 0));
    CHECK(sidewatch_transaction_set_client(tx, TEXT("not an address"), 1) == SIDEWATCH_ERROR_ARGUMENT);
    OK(sidewatch_transaction_set_client(tx, TEXT("2001:db8::7"), 1));
    CHECK(sidewatch_transaction_finding(tx, 0, &finding) == SIDEWATCH_ERROR_INDEX);
    CHECK(sidewatch_transaction_finding_count(tx, NULL) == SIDEWATCH_ERROR_ARGUMENT);
    OK(sidewatch_transaction_finding_count(tx, &count));
    CHECK(count == 0);
    sidewatch_transaction_free(tx);
    sidewatch_transaction_free(NULL);
    sidewatch_engine_free(engine);
    sidewatch_engine_free(NULL);
}

static void an_attack_is_found_and_the_transaction_reused(void) {
    sidewatch_engine *engine = engine_of("");
    sidewatch_transaction *tx = NULL;
    sidewatch_finding finding;
    const uint8_t *event = NULL;
    size_t count = 0, len = 0;
    int round;
    OK(sidewatch_transaction_new(engine, &tx));
    sidewatch_engine_free(engine); /* the transaction keeps what it needs */
    for (round = 0; round < 3; round++) {
        OK(sidewatch_transaction_set_time(tx, UINT64_C(1700000000000000000)));
        OK(sidewatch_transaction_set_id(tx, TEXT("r-1")));
        CHECK(verdict_of(tx, attack) == SIDEWATCH_VERDICT_ATTACK);
        OK(sidewatch_transaction_finding_count(tx, &count));
        CHECK(count >= 1);
        OK(sidewatch_transaction_finding(tx, 0, &finding));
        CHECK(finding.class_name.len == 4 && memcmp(finding.class_name.data, "sqli", 4) == 0);
        CHECK(finding.cwe == 89 && finding.severity == 4 && finding.confidence >= 50);
        CHECK(finding.point.len == 8 && memcmp(finding.point.data, "query.id", 8) == 0);
        CHECK(finding.reason.len > 0 && finding.excerpt.len > 0);
        CHECK(sidewatch_transaction_finding(tx, count, &finding) == SIDEWATCH_ERROR_INDEX);
        OK(sidewatch_transaction_event_json(tx, &event, &len));
        CHECK(len > 2 && event[0] == '{' && event[len - 1] == '}');
        OK(sidewatch_transaction_reset(tx));
        OK(sidewatch_transaction_finding_count(tx, &count));
        CHECK(count == 0);
        CHECK(verdict_of(tx, "/items?id=42") == SIDEWATCH_VERDICT_PASS);
        OK(sidewatch_transaction_reset(tx));
    }
    sidewatch_transaction_free(tx);
}

static int event_has(sidewatch_transaction *tx, const char *text) {
    const uint8_t *event = NULL;
    size_t len = 0, i, size = strlen(text);
    OK(sidewatch_transaction_event_json(tx, &event, &len));
    for (i = 0; i + size <= len; i++) {
        if (memcmp(event + i, text, size) == 0) {
            return 1;
        }
    }
    return 0;
}

static void the_event_says_what_the_host_did(void) {
    sidewatch_engine *engine = engine_of("");
    sidewatch_transaction *tx = NULL;
    OK(sidewatch_transaction_new(engine, &tx));
    sidewatch_engine_free(engine);
    CHECK(verdict_of(tx, attack) == SIDEWATCH_VERDICT_ATTACK);
    CHECK(!event_has(tx, "\"action\""));
    OK(sidewatch_transaction_set_action(tx, SIDEWATCH_ACTION_BLOCK));
    CHECK(event_has(tx, "\"verdict\":\"attack\",\"action\":\"block\""));
    OK(sidewatch_transaction_set_action(tx, SIDEWATCH_ACTION_PASS));
    CHECK(event_has(tx, "\"action\":\"pass\""));
    CHECK(sidewatch_transaction_set_action(tx, 3) == SIDEWATCH_ERROR_ARGUMENT);
    CHECK(sidewatch_transaction_set_action(NULL, 0) == SIDEWATCH_ERROR_ARGUMENT);
    OK(sidewatch_transaction_reset(tx));
    CHECK(!event_has(tx, "\"action\""));
    sidewatch_transaction_free(tx);
}

static void *judge(void *engine) {
    sidewatch_transaction *tx = NULL;
    int i;
    OK(sidewatch_transaction_new((const sidewatch_engine *)engine, &tx));
    for (i = 0; i < 20; i++) {
        CHECK(verdict_of(tx, attack) == SIDEWATCH_VERDICT_ATTACK);
        OK(sidewatch_transaction_reset(tx));
    }
    sidewatch_transaction_free(tx);
    return NULL;
}

static void threads_share_an_engine(void) {
    sidewatch_engine *engine = engine_of("");
    pthread_t threads[4];
    int i;
    for (i = 0; i < 4; i++) {
        CHECK(pthread_create(&threads[i], NULL, judge, engine) == 0);
    }
    for (i = 0; i < 4; i++) {
        CHECK(pthread_join(threads[i], NULL) == 0);
    }
    sidewatch_engine_free(engine);
}

int main(void) {
    versions_and_texts();
    a_bad_policy_is_refused_with_its_place();
    null_is_an_error_not_a_crash();
    an_attack_is_found_and_the_transaction_reused();
    the_event_says_what_the_host_did();
    threads_share_an_engine();
    return passed();
}

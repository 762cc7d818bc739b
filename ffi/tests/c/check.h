/* What the C tests share: checks that count, and requests to feed. */
#ifndef CHECK_H
#define CHECK_H

#include <sidewatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT(literal) (const uint8_t *)(literal), sizeof(literal) - 1
#define CHECK(condition)                                                         \
    do {                                                                         \
        __atomic_fetch_add(&checks, 1, __ATOMIC_RELAXED);                        \
        if (!(condition)) {                                                      \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);      \
            exit(1);                                                             \
        }                                                                        \
    } while (0)
#define OK(call) CHECK((call) == SIDEWATCH_OK)
/* Fails to compile if the condition does not hold. */
#define HOLDS_AT_BUILD(name, condition) typedef char name[(condition) ? 1 : -1]

static int checks;

static const char attack[] = "/items?id=1'+union+select+name,password+from+users--";

static inline sidewatch_engine *engine_of(const char *policy) {
    sidewatch_engine *engine = NULL;
    OK(sidewatch_engine_new((const uint8_t *)policy, strlen(policy), NULL, 0, &engine));
    CHECK(engine != NULL);
    return engine;
}

static inline uint32_t verdict_of(sidewatch_transaction *tx, const char *target) {
    uint32_t verdict = 99;
    OK(sidewatch_transaction_request_line(tx, TEXT("GET"), (const uint8_t *)target, strlen(target),
                                          SIDEWATCH_HTTP_1_1));
    OK(sidewatch_transaction_request_header(tx, TEXT("Host"), TEXT("shop.example")));
    OK(sidewatch_transaction_request_head_end(tx));
    OK(sidewatch_transaction_request_end(tx));
    OK(sidewatch_transaction_verdict(tx, &verdict));
    return verdict;
}

static inline int same(sidewatch_text text, const char *wanted) {
    return text.len == strlen(wanted) && memcmp(text.data, wanted, text.len) == 0;
}

static inline sidewatch_statistics statistics_of(const sidewatch_engine *engine) {
    sidewatch_statistics seen;
    memset(&seen, 0xff, sizeof seen);
    seen.size = sizeof seen;
    OK(sidewatch_engine_statistics(engine, &seen));
    CHECK(seen.size == sizeof seen);
    return seen;
}

/* The last line of each program. */
static inline int passed(void) {
    printf("%d checks passed\n", checks);
    return 0;
}

#endif

/*
 * Inspects one request from C, in two pieces, and prints what was found and the event.
 *
 *   cc -Iinclude ffi/examples/inspect.c target/release/libsidewatch.a -lpthread -ldl -lm -o inspect && ./inspect
 */
#include <sidewatch.h>
#include <stdio.h>
#include <string.h>

#define TEXT(literal) (const uint8_t *)(literal), sizeof(literal) - 1

static int check(int32_t result) {
    if (result != SIDEWATCH_OK) {
        fprintf(stderr, "sidewatch: %s\n", sidewatch_result_text(result));
    }
    return result == SIDEWATCH_OK;
}

int main(void) {
    static const char policy[] = "[detection]\nsensitivity = \"default\"\n";
    char reason[256];
    sidewatch_engine *engine = NULL;
    sidewatch_transaction *tx = NULL;
    sidewatch_finding finding;
    const uint8_t *event;
    size_t count = 0, len, i;
    uint32_t verdict = 0;
    int ok;

    if (sidewatch_abi_version() >> 16 != SIDEWATCH_ABI_VERSION >> 16) {
        fprintf(stderr, "built for another version of libsidewatch than %s\n", sidewatch_version());
        return 1;
    }
    if (sidewatch_engine_new(TEXT(policy), reason, sizeof reason, &engine) != SIDEWATCH_OK) {
        fprintf(stderr, "sidewatch: %s\n", reason);
        return 1;
    }
    ok = check(sidewatch_transaction_new(engine, &tx))
        && check(sidewatch_transaction_set_client(tx, TEXT("192.0.2.7"), 40312))
        && check(sidewatch_transaction_request_line(tx, TEXT("POST"), TEXT("/login"), SIDEWATCH_HTTP_1_1))
        && check(sidewatch_transaction_request_header(tx, TEXT("Host"), TEXT("shop.example")))
        && check(sidewatch_transaction_request_header(
            tx, TEXT("Content-Type"), TEXT("application/x-www-form-urlencoded")))
        && check(sidewatch_transaction_request_head_end(tx))
        && check(sidewatch_transaction_request_body(tx, TEXT("user=admin'+or+1")))
        && check(sidewatch_transaction_request_body(tx, TEXT("%3D1--&password=x")))
        && check(sidewatch_transaction_request_end(tx))
        && check(sidewatch_transaction_verdict(tx, &verdict))
        && check(sidewatch_transaction_finding_count(tx, &count));
    printf("verdict %u, %zu finding(s)\n", (unsigned)verdict, count);
    for (i = 0; ok && i < count; i++) {
        ok = check(sidewatch_transaction_finding(tx, i, &finding));
        printf("%.*s at %.*s: %.*s\n", (int)finding.class_name.len, (const char *)finding.class_name.data,
               (int)finding.point.len, (const char *)finding.point.data, (int)finding.reason.len,
               (const char *)finding.reason.data);
    }
    if (ok && check(sidewatch_transaction_event_json(tx, &event, &len))) {
        printf("%.*s\n", (int)len, (const char *)event);
    }
    sidewatch_transaction_free(tx);
    sidewatch_engine_free(engine);
    return ok && verdict == SIDEWATCH_VERDICT_ATTACK ? 0 : 1;
}

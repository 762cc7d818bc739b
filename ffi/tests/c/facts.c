/* What can be read: summaries, details, anomalies, classes, limits. */
#include "check.h"

static int bytes_are(sidewatch_bytes bytes, const char *wanted) {
    return bytes.len == strlen(wanted) && memcmp(bytes.data, wanted, bytes.len) == 0;
}

static sidewatch_summary summary_of(const sidewatch_transaction *tx) {
    sidewatch_summary summary;
    memset(&summary, 0xff, sizeof summary);
    summary.size = sizeof summary;
    OK(sidewatch_transaction_summary(tx, &summary));
    CHECK(summary.size == sizeof summary && summary.reserved == 0);
    return summary;
}

static void a_summary_tells_what_is_known(void) {
    sidewatch_engine *engine = engine_of("[limits]\nkeep_body = 4\n");
    sidewatch_transaction *tx = NULL;
    sidewatch_summary now;
    OK(sidewatch_transaction_new(engine, &tx));
    now = summary_of(tx);
    CHECK(now.verdict == SIDEWATCH_VERDICT_PASS && now.score == 0 && !now.has_request && !now.has_response);
    CHECK(now.status == 0 && now.finding_count == 0 && bytes_are(now.method, "") && now.method.data != NULL);
    OK(sidewatch_transaction_request_line(tx, TEXT("POST"), TEXT("/a?b=1"), SIDEWATCH_HTTP_1_1));
    OK(sidewatch_transaction_request_header(tx, TEXT("Host"), TEXT("Shop.example:80")));
    OK(sidewatch_transaction_request_header(tx, TEXT("Content-Type"), TEXT("application/x-www-form-urlencoded")));
    OK(sidewatch_transaction_request_head_end(tx));
    OK(sidewatch_transaction_request_body(tx, TEXT("id=1'+union+select+name,password+from+users--")));
    OK(sidewatch_transaction_request_end(tx));
    OK(sidewatch_transaction_response_line(tx, 500, SIDEWATCH_HTTP_1_1));
    OK(sidewatch_transaction_response_header(tx, TEXT("Server"), TEXT("x")));
    OK(sidewatch_transaction_response_head_end(tx));
    OK(sidewatch_transaction_response_body(tx, TEXT("broken")));
    OK(sidewatch_transaction_response_end(tx));
    now = summary_of(tx);
    CHECK(now.verdict == SIDEWATCH_VERDICT_ATTACK && now.score >= 75 && now.has_request && now.has_response);
    CHECK(now.status == 500 && now.finding_count >= 1);
    CHECK(bytes_are(now.method, "POST") && bytes_are(now.target, "/a?b=1") && bytes_are(now.host, "Shop.example:80"));
    CHECK(now.request_body_bytes == 45 && now.response_body_bytes == 6);
    CHECK(bytes_are(now.request_body_kept, "id=1") && bytes_are(now.response_body_kept, "brok"));
    now.size = sizeof now - 8;
    CHECK(sidewatch_transaction_summary(tx, &now) == SIDEWATCH_ERROR_ARGUMENT);
    CHECK(sidewatch_transaction_summary(NULL, &now) == SIDEWATCH_ERROR_ARGUMENT);
    CHECK(sidewatch_transaction_summary(tx, NULL) == SIDEWATCH_ERROR_ARGUMENT);
    sidewatch_transaction_free(tx);
    sidewatch_engine_free(engine);
}

static void a_finding_has_details(void) {
    sidewatch_engine *engine = engine_of("");
    sidewatch_transaction *tx = NULL;
    sidewatch_finding_details more;
    sidewatch_finding finding;
    more.size = sizeof more;
    OK(sidewatch_transaction_new(engine, &tx));
    CHECK(verdict_of(tx, attack) == SIDEWATCH_VERDICT_ATTACK);
    OK(sidewatch_transaction_finding(tx, 0, &finding));
    CHECK(finding.severity == SIDEWATCH_SEVERITY_CRITICAL && finding.class_number == 1);
    OK(sidewatch_transaction_finding_details(tx, 0, &more));
    CHECK(more.size == sizeof more && more.tokens.len > 0 && more.meaning.len > 0 && more.gain.len > 0);
    CHECK(more.capec_count >= 1 && more.capec[0] > 0);
    CHECK(sidewatch_transaction_finding_details(tx, 99, &more) == SIDEWATCH_ERROR_INDEX);
    more.size = 0;
    CHECK(sidewatch_transaction_finding_details(tx, 0, &more) == SIDEWATCH_ERROR_ARGUMENT);
    sidewatch_transaction_free(tx);
    sidewatch_engine_free(engine);
}

static void anomalies_are_listed(void) {
    sidewatch_engine *engine = engine_of("[limits]\nheaders = 8\n");
    sidewatch_transaction *tx = NULL;
    sidewatch_anomaly one;
    size_t count = 99, i;
    int limits = 0, bare = 0;
    one.size = sizeof one;
    OK(sidewatch_transaction_new(engine, &tx));
    OK(sidewatch_transaction_anomaly_count(tx, &count));
    CHECK(count == 0 && sidewatch_transaction_anomaly(tx, 0, &one) == SIDEWATCH_ERROR_INDEX);
    OK(sidewatch_transaction_request_bytes(tx, TEXT("GET / HTTP/1.1\nHost: a\nA: 1\nB: 2\nC: 3\nD: 4\nE: 5\nF: 6\nG: 7\nH: 8\n\n")));
    OK(sidewatch_transaction_request_end(tx));
    OK(sidewatch_transaction_anomaly_count(tx, &count));
    CHECK(count >= 2);
    for (i = 0; i < count; i++) {
        OK(sidewatch_transaction_anomaly(tx, i, &one));
        CHECK(one.size == sizeof one && one.name.len > 0 && one.meaning.len > 0);
        bare += same(one.name, "bare_lf") && one.number == 4 && !one.is_limit;
        limits += same(one.name, "too_many_headers") && one.is_limit == 1;
    }
    CHECK(bare == 1 && limits == 1);
    CHECK(sidewatch_transaction_anomaly(tx, count, &one) == SIDEWATCH_ERROR_INDEX);
    sidewatch_transaction_free(tx);
    CHECK(statistics_of(engine).limited == 1 && statistics_of(engine).anomalous == 1);
    sidewatch_engine_free(engine);
    OK(sidewatch_anomaly_count(&count));
    for (i = 0; i < count; i++) {
        OK(sidewatch_anomaly_get(i, &one));
        CHECK(one.name.len > 0 && one.number == i);
    }
    CHECK(sidewatch_anomaly_get(count, &one) == SIDEWATCH_ERROR_INDEX);
    CHECK(sidewatch_anomaly_count(NULL) == SIDEWATCH_ERROR_ARGUMENT);
}

static void classes_are_listed(void) {
    sidewatch_engine *engine = engine_of("[detection]\nsensitivity = \"strict\"\ndisabled = [\"sqli\"]");
    sidewatch_class one;
    uint64_t findings = 99;
    uint32_t has = 99, from = 99;
    size_t count = 0, i;
    int sqli = 0;
    one.size = sizeof one;
    OK(sidewatch_class_count(&count));
    CHECK(count > 20);
    for (i = 0; i < count; i++) {
        OK(sidewatch_class_get(i, &one));
        CHECK(one.name.len > 0 && one.gain.len > 0 && one.number > 0);
        CHECK(one.severity >= SIDEWATCH_SEVERITY_LOW && one.severity <= SIDEWATCH_SEVERITY_CRITICAL);
        sqli += same(one.name, "sqli") && one.number == 1 && one.cwe == 89;
        OK(sidewatch_engine_has_class(engine, one.number, &has));
        CHECK(has == (one.number != 1));
        OK(sidewatch_engine_class_findings(engine, one.number, &findings));
        CHECK(findings == 0);
    }
    CHECK(sqli == 1);
    CHECK(sidewatch_class_get(count, &one) == SIDEWATCH_ERROR_INDEX);
    CHECK(sidewatch_class_count(NULL) == SIDEWATCH_ERROR_ARGUMENT);
    CHECK(sidewatch_engine_has_class(engine, 26, &has) == SIDEWATCH_ERROR_INDEX);
    OK(sidewatch_engine_attack_confidence(engine, &from));
    CHECK(from == 30);
    sidewatch_engine_free(engine);
}

static void limits_are_readable(void) {
    sidewatch_engine *engine = engine_of("[limits]\nfindings = 7\ninflate_bytes = 4294967296\n");
    sidewatch_limits limits;
    limits.size = sizeof limits;
    OK(sidewatch_engine_limits(engine, &limits));
    CHECK(limits.findings == 7 && limits.inflate_bytes == UINT64_C(4294967296) && limits.headers == 256);
    CHECK(limits.field == 32768 && limits.params == 10000 && limits.nesting == 128 && limits.decode_depth == 6);
    CHECK(limits.decode_factor == 4 && limits.inflate_ratio == 200 && limits.excerpt == 160);
    CHECK(limits.keep_body == 0 && limits.pipelined == 64);
    CHECK(sidewatch_engine_limits(NULL, &limits) == SIDEWATCH_ERROR_ARGUMENT);
    sidewatch_engine_free(engine);
}

int main(void) {
    a_summary_tells_what_is_known();
    a_finding_has_details();
    anomalies_are_listed();
    classes_are_listed();
    limits_are_readable();
    return passed();
}

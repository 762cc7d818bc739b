/* Policies from files, slots, statistics, the log: what a host needs that reloads while requests are under way. */
#include "check.h"
#include <pthread.h>
#include <unistd.h>

static char told[1024];
static int told_level, told_count;

static void listen_to(void *user_data, uint32_t level, const char *message, size_t len) {
    CHECK(user_data == told && message[len] == 0 && strlen(message) == len && len < sizeof told);
    memcpy(told, message, len + 1);
    told_level = (int)level;
    told_count++;
    OK(sidewatch_log_set(listen_to, told, SIDEWATCH_LOG_INFO)); /* the callback may call back */
}

static const char *write_policy(const char *text) {
    static char path[64];
    FILE *file;
    snprintf(path, sizeof path, "/tmp/sidewatch-test-%ld.toml", (long)getpid());
    file = fopen(path, "w");
    CHECK(file != NULL && fputs(text, file) >= 0 && fclose(file) == 0);
    return path;
}

static void a_policy_comes_from_a_file(void) {
    sidewatch_engine *engine = NULL;
    sidewatch_transaction *tx = NULL;
    char reason[300], place[100];
    const char *path = write_policy("[detection]\ndisabled = [\"sqli\"]\n");
    OK(sidewatch_engine_new_from_file(path, reason, sizeof reason, &engine));
    CHECK(reason[0] == 0);
    OK(sidewatch_transaction_new(engine, &tx));
    CHECK(verdict_of(tx, attack) == SIDEWATCH_VERDICT_PASS);
    sidewatch_transaction_free(tx);
    sidewatch_engine_free(engine);
    engine = NULL;
    write_policy("[limits]\nfindings = 0\n");
    CHECK(sidewatch_engine_new_from_file(path, reason, sizeof reason, &engine) == SIDEWATCH_ERROR_POLICY);
    snprintf(place, sizeof place, "%s line 2, column 12: ", path);
    CHECK(strncmp(reason, place, strlen(place)) == 0 && engine == NULL);
    write_policy("# a\n\xff\n");
    CHECK(sidewatch_engine_new_from_file(path, reason, sizeof reason, &engine) == SIDEWATCH_ERROR_POLICY);
    CHECK(strstr(reason, "line 2: not UTF-8") != NULL);
    CHECK(unlink(path) == 0);
    CHECK(sidewatch_engine_new_from_file(path, reason, sizeof reason, &engine) == SIDEWATCH_ERROR_FILE);
    CHECK(strstr(reason, path) != NULL && strstr(reason, "No such file") != NULL);
    CHECK(sidewatch_engine_new_from_file("/tmp", reason, sizeof reason, &engine) == SIDEWATCH_ERROR_FILE);
    CHECK(sidewatch_engine_new_from_file("/dev/zero", reason, sizeof reason, &engine) == SIDEWATCH_ERROR_FILE);
    CHECK(strstr(reason, "larger than") != NULL);
    CHECK(sidewatch_engine_new_from_file(NULL, reason, sizeof reason, &engine) == SIDEWATCH_ERROR_ARGUMENT);
    CHECK(sidewatch_engine_new_from_file(path, NULL, 0, NULL) == SIDEWATCH_ERROR_ARGUMENT && engine == NULL);
}

static void numbers_are_kept(void) {
    sidewatch_engine *engine = engine_of("[limits]\nheaders = 8\n");
    sidewatch_transaction *tx = NULL;
    sidewatch_statistics seen;
    sidewatch_text classes;
    uint64_t findings = 0, panics = 99;
    struct {
        sidewatch_statistics known;
        uint64_t unknown;
    } later;
    int i;
    OK(sidewatch_transaction_new(engine, &tx));
    OK(sidewatch_transaction_reset(tx));
    CHECK(statistics_of(engine).transactions == 0); /* it has seen nothing */
    verdict_of(tx, attack);
    OK(sidewatch_transaction_classes(tx, &classes));
    CHECK(same(classes, "sqli"));
    CHECK(statistics_of(engine).transactions == 0); /* it is not over */
    OK(sidewatch_transaction_reset(tx));
    OK(sidewatch_transaction_classes(tx, &classes));
    CHECK(same(classes, ""));
    seen = statistics_of(engine);
    CHECK(seen.transactions == 1 && seen.requests == 1 && seen.responses == 0 && seen.attacks == 1);
    CHECK(seen.suspicious == 0 && seen.findings >= 1 && seen.limited == 0 && seen.panics == 0);
    CHECK(seen.bytes == 3 + strlen(attack) + 4 + 12 && seen.connections == 0);
    OK(sidewatch_engine_class_findings(engine, 1, &findings));
    CHECK(findings == seen.findings);
    CHECK(sidewatch_engine_class_findings(engine, 0, &findings) == SIDEWATCH_ERROR_INDEX);
    for (i = 0; i < 9; i++) {
        OK(sidewatch_transaction_request_header(tx, TEXT("A"), TEXT("b")));
    }
    OK(sidewatch_transaction_request_raw(tx, TEXT("raw")));
    OK(sidewatch_transaction_response_line(tx, 200, SIDEWATCH_HTTP_1_1));
    OK(sidewatch_transaction_response_trailer(tx, TEXT("A"), TEXT("b")));
    sidewatch_transaction_free(tx);
    seen = statistics_of(engine);
    CHECK(seen.transactions == 2 && seen.responses == 1 && seen.bytes == 3 + strlen(attack) + 4 + 12 + 18 + 3 + 2);
    /* A program built with a later header gets what this library knows, and sees how much that is. */
    memset(&later, 0xee, sizeof later);
    later.known.size = sizeof later;
    OK(sidewatch_engine_statistics(engine, &later.known));
    CHECK(later.known.size == sizeof seen && later.known.transactions == 2);
    CHECK(later.unknown == UINT64_C(0xeeeeeeeeeeeeeeee));
    seen.size = 8;
    CHECK(sidewatch_engine_statistics(engine, &seen) == SIDEWATCH_ERROR_ARGUMENT);
    seen.size = 0;
    CHECK(sidewatch_engine_statistics(engine, &seen) == SIDEWATCH_ERROR_ARGUMENT);
    CHECK(sidewatch_engine_statistics(engine, NULL) == SIDEWATCH_ERROR_ARGUMENT);
    CHECK(sidewatch_engine_statistics(NULL, &seen) == SIDEWATCH_ERROR_ARGUMENT);
    OK(sidewatch_panic_count(&panics));
    CHECK(panics == 0 && sidewatch_panic_count(NULL) == SIDEWATCH_ERROR_ARGUMENT);
    sidewatch_engine_free(engine);
}

static void a_slot_lets_engines_change(void) {
    sidewatch_engine *first = engine_of(""), *second = engine_of("[detection]\ndisabled = [\"sqli\"]"), *held = NULL;
    sidewatch_slot *slot = NULL;
    sidewatch_transaction *before = NULL, *after = NULL;
    sidewatch_statistics seen;
    uint64_t number = 99;
    char reason[200];
    seen.size = sizeof seen;
    OK(sidewatch_slot_new(first, &slot));
    sidewatch_engine_free(first);
    OK(sidewatch_slot_transaction(slot, &before));
    OK(sidewatch_slot_swap(slot, second));
    OK(sidewatch_slot_swap(slot, second)); /* nothing changes */
    sidewatch_engine_free(second);
    OK(sidewatch_slot_swap_count(slot, &number));
    CHECK(number == 1);
    /* What began before goes on with its engine; what begins now has the new one. */
    OK(sidewatch_slot_transaction(slot, &after));
    CHECK(verdict_of(before, attack) == SIDEWATCH_VERDICT_ATTACK);
    CHECK(verdict_of(after, attack) == SIDEWATCH_VERDICT_PASS);
    OK(sidewatch_slot_reset(slot, before));
    CHECK(verdict_of(before, attack) == SIDEWATCH_VERDICT_PASS);
    OK(sidewatch_slot_reset(slot, before));
    /* A policy that is refused changes nothing. */
    CHECK(sidewatch_slot_load(slot, TEXT("colour = 1"), reason, sizeof reason) == SIDEWATCH_ERROR_POLICY);
    CHECK(strstr(reason, "policy line 1, column 1: unknown field") == reason);
    CHECK(sidewatch_slot_load_file(slot, "/nowhere", reason, sizeof reason) == SIDEWATCH_ERROR_FILE);
    OK(sidewatch_slot_swap_count(slot, &number));
    CHECK(number == 1 && verdict_of(before, attack) == SIDEWATCH_VERDICT_PASS);
    OK(sidewatch_slot_load(slot, TEXT(""), reason, sizeof reason));
    CHECK(reason[0] == 0);
    OK(sidewatch_slot_reset(slot, before));
    CHECK(verdict_of(before, attack) == SIDEWATCH_VERDICT_ATTACK);
    sidewatch_transaction_free(before);
    sidewatch_transaction_free(after);
    /* All engines that were in it are counted, once. */
    OK(sidewatch_slot_statistics(slot, &seen));
    CHECK(seen.transactions == 5 && seen.attacks == 2);
    OK(sidewatch_slot_engine(slot, &held));
    OK(sidewatch_slot_load_file(slot, write_policy(""), reason, sizeof reason));
    OK(sidewatch_slot_swap(slot, held));
    OK(sidewatch_slot_statistics(slot, &seen));
    CHECK(seen.transactions == 5 && seen.attacks == 2);
    OK(sidewatch_slot_class_findings(slot, 1, &number));
    CHECK(number == seen.findings);
    CHECK(unlink(write_policy("")) == 0);
    sidewatch_slot_free(slot);
    OK(sidewatch_transaction_new(held, &after));
    CHECK(verdict_of(after, attack) == SIDEWATCH_VERDICT_ATTACK);
    sidewatch_transaction_free(after);
    sidewatch_engine_free(held);
    sidewatch_slot_free(NULL);
    CHECK(sidewatch_slot_new(NULL, &slot) == SIDEWATCH_ERROR_ARGUMENT);
    CHECK(sidewatch_slot_load(NULL, NULL, 0, NULL, 0) == SIDEWATCH_ERROR_ARGUMENT);
    CHECK(sidewatch_slot_reset(NULL, NULL) == SIDEWATCH_ERROR_ARGUMENT);
}

static void the_host_is_told(void) {
    sidewatch_engine *engine = engine_of("");
    sidewatch_slot *slot = NULL;
    OK(sidewatch_slot_new(engine, &slot));
    OK(sidewatch_log_set(listen_to, told, SIDEWATCH_LOG_INFO));
    CHECK(sidewatch_slot_load(slot, TEXT("a\n= \n"), NULL, 0) == SIDEWATCH_ERROR_POLICY);
    CHECK(told_count == 1 && told_level == SIDEWATCH_LOG_WARNING && strstr(told, "policy line 1") != NULL);
    OK(sidewatch_slot_load(slot, TEXT(""), NULL, 0));
    CHECK(told_count == 2 && told_level == SIDEWATCH_LOG_INFO && strstr(told, "was replaced by engine") != NULL);
    OK(sidewatch_log_set(listen_to, told, SIDEWATCH_LOG_WARNING));
    OK(sidewatch_slot_load(slot, TEXT(""), NULL, 0));
    CHECK(told_count == 2);
    OK(sidewatch_log_set(NULL, NULL, 0));
    CHECK(sidewatch_slot_load(slot, TEXT("a"), NULL, 0) == SIDEWATCH_ERROR_POLICY && told_count == 2);
    CHECK(sidewatch_log_set(listen_to, told, 0) == SIDEWATCH_ERROR_ARGUMENT);
    CHECK(sidewatch_log_set(listen_to, told, 4) == SIDEWATCH_ERROR_ARGUMENT);
    sidewatch_slot_free(slot);
    sidewatch_engine_free(engine);
}

/* Threads judge while the engine is replaced again and again: each verdict is that of one of the two policies. */
enum { THREADS = 4, ROUNDS = 60, SWAPS = 40 };
static int done;

static void *judge(void *shared) {
    const sidewatch_slot *slot = shared;
    sidewatch_transaction *tx = NULL;
    int i;
    OK(sidewatch_slot_transaction(slot, &tx));
    for (i = 0; i < ROUNDS; i++) {
        uint32_t verdict = verdict_of(tx, attack);
        CHECK(verdict == SIDEWATCH_VERDICT_ATTACK || verdict == SIDEWATCH_VERDICT_PASS);
        OK(sidewatch_slot_reset(slot, tx));
    }
    sidewatch_transaction_free(tx);
    return NULL;
}

static void *watch(void *shared) {
    sidewatch_statistics seen;
    uint64_t last = 0;
    seen.size = sizeof seen;
    while (!__atomic_load_n(&done, __ATOMIC_ACQUIRE)) {
        OK(sidewatch_slot_statistics((const sidewatch_slot *)shared, &seen));
        CHECK(seen.transactions >= last); /* never less */
        last = seen.transactions;
    }
    return NULL;
}

static void engines_change_while_threads_judge(void) {
    sidewatch_engine *engine = engine_of("");
    sidewatch_slot *slot = NULL;
    sidewatch_statistics seen;
    pthread_t threads[THREADS], watcher;
    int i;
    OK(sidewatch_slot_new(engine, &slot));
    sidewatch_engine_free(engine);
    for (i = 0; i < THREADS; i++) {
        CHECK(pthread_create(&threads[i], NULL, judge, slot) == 0);
    }
    CHECK(pthread_create(&watcher, NULL, watch, slot) == 0);
    for (i = 0; i < SWAPS; i++) {
        if (i % 2 == 0) {
            OK(sidewatch_slot_load(slot, TEXT("[detection]\ndisabled = [\"sqli\"]"), NULL, 0));
        } else {
            OK(sidewatch_slot_load(slot, TEXT(""), NULL, 0));
        }
    }
    for (i = 0; i < THREADS; i++) {
        CHECK(pthread_join(threads[i], NULL) == 0);
    }
    __atomic_store_n(&done, 1, __ATOMIC_RELEASE);
    CHECK(pthread_join(watcher, NULL) == 0);
    seen.size = sizeof seen;
    OK(sidewatch_slot_statistics(slot, &seen));
    CHECK(seen.transactions == THREADS * ROUNDS); /* none is lost, none counted twice */
    sidewatch_slot_free(slot);
}

int main(void) {
    a_policy_comes_from_a_file();
    numbers_are_kept();
    a_slot_lets_engines_change();
    the_host_is_told();
    engines_change_while_threads_judge();
    return passed();
}

/*
 * Plays a script of calls on the C ABI and prints the events, one `LABEL<TAB>JSON` a line.
 *
 *   play POLICY SCRIPT
 *
 * A script is records: a line with a word and the lengths of its arguments, then the arguments one after the other and a
 * line end. conformance/script.py writes it; conformance/rust reads the same.
 */
#include <sidewatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARGUMENTS 3

typedef struct {
    uint8_t *data;
    size_t len;
} bytes;

typedef struct {
    char word[32];
    bytes argument[ARGUMENTS];
    size_t arguments;
} record;

static void fail(const char *what, const char *detail) {
    fprintf(stderr, "play: %s: %s\n", what, detail);
    exit(1);
}

static void check(const char *what, int32_t result) {
    if (result != SIDEWATCH_OK) {
        fail(what, sidewatch_result_text(result));
    }
}

static bytes read_file(const char *path) {
    bytes all = {NULL, 0};
    size_t room = 0, n;
    FILE *file = fopen(path, "rb");

    if (file == NULL) {
        fail("cannot open", path);
    }
    do {
        if (all.len == room) {
            room = room ? 2 * room : 65536;
            all.data = realloc(all.data, room);
            if (all.data == NULL) {
                fail("no memory for", path);
            }
        }
        n = fread(all.data + all.len, 1, room - all.len, file);
        all.len += n;
    } while (n > 0);
    fclose(file);
    return all;
}

/* Takes the next record off the script; 0 at its end. */
static int next(bytes *script, record *out) {
    uint8_t *end = script->len ? memchr(script->data, '\n', script->len) : NULL;
    char line[128], *word, *rest = line;
    size_t n, i;

    if (end == NULL) {
        return 0;
    }
    n = (size_t)(end - script->data);
    if (n >= sizeof line) {
        fail("a record", "its line is too long");
    }
    memcpy(line, script->data, n);
    line[n] = '\0';
    script->data += n + 1;
    script->len -= n + 1;
    word = strtok(rest, " ");
    if (word == NULL || strlen(word) >= sizeof out->word) {
        fail("a record", "no word");
    }
    strcpy(out->word, word);
    for (i = 0; (word = strtok(NULL, " ")) != NULL; i++) {
        n = (size_t)strtoul(word, NULL, 10);
        if (i == ARGUMENTS || n > script->len) {
            fail(out->word, "wrong arguments");
        }
        out->argument[i].data = script->data;
        out->argument[i].len = n;
        script->data += n;
        script->len -= n;
    }
    if (script->len == 0 || *script->data != '\n') {
        fail(out->word, "no line end after the arguments");
    }
    script->data++;
    script->len--;
    out->arguments = i;
    return 1;
}

static unsigned long number(bytes text) {
    char digits[16];

    if (text.len >= sizeof digits) {
        fail("a number", "too long");
    }
    memcpy(digits, text.data, text.len);
    digits[text.len] = '\0';
    return strtoul(digits, NULL, 10);
}

static int is(const record *r, const char *word, size_t arguments) {
    return strcmp(r->word, word) == 0 && r->arguments == arguments;
}

/* Runs one record on the transaction; 0 if it is no call on one. */
static int call(sidewatch_transaction *tx, const record *r) {
    const bytes *a = r->argument;
    int32_t result;

    if (is(r, "bytes", 1)) {
        result = sidewatch_transaction_request_bytes(tx, a[0].data, a[0].len);
    } else if (is(r, "line", 3)) {
        result = sidewatch_transaction_request_line(tx, a[0].data, a[0].len, a[1].data, a[1].len, (uint32_t)number(a[2]));
    } else if (is(r, "header", 2)) {
        result = sidewatch_transaction_request_header(tx, a[0].data, a[0].len, a[1].data, a[1].len);
    } else if (is(r, "head-end", 0)) {
        result = sidewatch_transaction_request_head_end(tx);
    } else if (is(r, "body", 1)) {
        result = sidewatch_transaction_request_body(tx, a[0].data, a[0].len);
    } else if (is(r, "trailer", 2)) {
        result = sidewatch_transaction_request_trailer(tx, a[0].data, a[0].len, a[1].data, a[1].len);
    } else if (is(r, "request-end", 0)) {
        result = sidewatch_transaction_request_end(tx);
    } else if (is(r, "status", 2)) {
        result = sidewatch_transaction_response_line(tx, (uint16_t)number(a[0]), (uint32_t)number(a[1]));
    } else if (is(r, "response-header", 2)) {
        result = sidewatch_transaction_response_header(tx, a[0].data, a[0].len, a[1].data, a[1].len);
    } else if (is(r, "response-head-end", 0)) {
        result = sidewatch_transaction_response_head_end(tx);
    } else if (is(r, "response-body", 1)) {
        result = sidewatch_transaction_response_body(tx, a[0].data, a[0].len);
    } else if (is(r, "response-end", 0)) {
        result = sidewatch_transaction_response_end(tx);
    } else {
        return 0;
    }
    check(r->word, result);
    return 1;
}

static void print(sidewatch_transaction *tx, bytes label) {
    const uint8_t *event;
    size_t len;

    check("event", sidewatch_transaction_event_json(tx, &event, &len));
    printf("%.*s\t%.*s\n", (int)label.len, (const char *)label.data, (int)len, (const char *)event);
}

/* Runs one record on the connection; 0 if it is no call on one. */
static int feed(sidewatch_connection *connection, const record *r) {
    const bytes *a = r->argument;

    if (is(r, "client", 1)) {
        check(r->word, sidewatch_connection_client_bytes(connection, a[0].data, a[0].len));
    } else if (is(r, "server", 1)) {
        check(r->word, sidewatch_connection_server_bytes(connection, a[0].data, a[0].len));
    } else if (is(r, "client-gap", 1)) {
        check(r->word, sidewatch_connection_client_gap(connection, number(a[0])));
    } else {
        return 0;
    }
    return 1;
}

/* Both sides close: prints what has ended. */
static void finish(sidewatch_connection *connection, bytes label) {
    sidewatch_transaction *tx;

    check("client close", sidewatch_connection_client_close(connection));
    check("server close", sidewatch_connection_server_close(connection));
    for (;;) {
        check("next transaction", sidewatch_connection_next_transaction(connection, &tx));
        if (tx == NULL) {
            break;
        }
        print(tx, label);
        check("recycle", sidewatch_connection_recycle(connection, tx));
    }
    sidewatch_connection_free(connection);
}

int main(int argc, char **argv) {
    bytes policy, script, rest, label = {NULL, 0};
    sidewatch_engine *engine = NULL;
    sidewatch_connection *connection = NULL;
    sidewatch_transaction *tx = NULL;
    char reason[256];
    record r;

    if (argc != 3) {
        fail("usage", "play POLICY SCRIPT");
    }
    policy = read_file(argv[1]);
    script = read_file(argv[2]);
    if (sidewatch_engine_new(policy.data, policy.len, reason, sizeof reason, &engine) != SIDEWATCH_OK) {
        fail(argv[1], reason);
    }
    check("transaction", sidewatch_transaction_new(engine, &tx));
    rest = script;
    while (next(&rest, &r)) {
        if (is(&r, "transaction", 1)) {
            label = r.argument[0];
            check(r.word, sidewatch_transaction_reset(tx));
        } else if (is(&r, "connection", 1)) {
            label = r.argument[0];
            check(r.word, sidewatch_connection_new(engine, &connection));
        } else if (connection != NULL && is(&r, "end", 0)) {
            finish(connection, label);
            connection = NULL;
        } else if (connection != NULL) {
            if (!feed(connection, &r)) {
                fail(r.word, "does not fit on a connection");
            }
        } else if (is(&r, "end", 0)) {
            print(tx, label);
        } else if (!call(tx, &r)) {
            fail(r.word, "does not fit here");
        }
    }
    sidewatch_transaction_free(tx);
    sidewatch_engine_free(engine);
    free(policy.data);
    free(script.data);
    return fflush(stdout) == 0 ? 0 : 1;
}

/* The way of a request's head into a transaction, in the serving NGINX and in the mirror target. */

#include "ngx_http_sidewatch.h"

/* What the headers of a mirrored request tell of the original one. Each is optional. */
typedef struct {
    ngx_str_t method;
    ngx_str_t target;
    ngx_str_t host;
    ngx_str_t protocol;
    ngx_str_t id;
    ngx_str_t client;
    ngx_str_t client_port;
    ngx_str_t transfer_encoding;
} ngx_http_sidewatch_original_t;

static const struct {
    ngx_str_t name;
    size_t offset;
} ngx_http_sidewatch_headers[] = {
    { ngx_string("X-Sidewatch-Method"), offsetof(ngx_http_sidewatch_original_t, method) },
    { ngx_string("X-Sidewatch-Target"), offsetof(ngx_http_sidewatch_original_t, target) },
    { ngx_string("X-Sidewatch-Host"), offsetof(ngx_http_sidewatch_original_t, host) },
    { ngx_string("X-Sidewatch-Protocol"), offsetof(ngx_http_sidewatch_original_t, protocol) },
    { ngx_string("X-Sidewatch-Id"), offsetof(ngx_http_sidewatch_original_t, id) },
    { ngx_string("X-Sidewatch-Client"), offsetof(ngx_http_sidewatch_original_t, client) },
    { ngx_string("X-Sidewatch-Client-Port"), offsetof(ngx_http_sidewatch_original_t, client_port) },
    { ngx_string("X-Sidewatch-Transfer-Encoding"), offsetof(ngx_http_sidewatch_original_t, transfer_encoding) },
};

#define NGX_HTTP_SIDEWATCH_HEADERS (sizeof(ngx_http_sidewatch_headers) / sizeof(ngx_http_sidewatch_headers[0]))

static void ngx_http_sidewatch_ctx_cleanup(void *data);
static void ngx_http_sidewatch_feed_head(ngx_http_request_t *r, ngx_http_sidewatch_ctx_t *ctx, ngx_uint_t mirrored);

/* Notes a failed call: no verdict for this request; it is counted, and the error log tells of it. */
ngx_int_t
ngx_http_sidewatch_check(ngx_http_request_t *r, ngx_http_sidewatch_ctx_t *ctx, int32_t result, const char *what)
{
    if (result == SIDEWATCH_OK) {
        return NGX_OK;
    }
    ctx->failed = 1;
    ngx_http_sidewatch_count_failure(r->connection->log, result, what);
    return NGX_ERROR;
}

/* The context of a request that has one, or NULL. */
ngx_http_sidewatch_ctx_t *
ngx_http_sidewatch_find(ngx_http_request_t *r)
{
    ngx_http_sidewatch_ctx_t *ctx = ngx_http_get_module_ctx(r, ngx_http_sidewatch_module);
    ngx_pool_cleanup_t *cleanup;

    if (ctx != NULL) {
        return ctx;
    }
    /* An internal redirect forgets the contexts of all modules; the clean-up of the pool still knows ours. */
    for (cleanup = r->pool->cleanup; cleanup; cleanup = cleanup->next) {
        if (cleanup->handler == ngx_http_sidewatch_ctx_cleanup) {
            ngx_http_set_ctx(r, cleanup->data, ngx_http_sidewatch_module);
            return cleanup->data;
        }
    }
    return NULL;
}

/* The context of a request; made, and its head judged, at the first call. NULL where there is no memory. */
ngx_http_sidewatch_ctx_t *
ngx_http_sidewatch_ctx(ngx_http_request_t *r)
{
    ngx_http_sidewatch_ctx_t *ctx = ngx_http_sidewatch_find(r);
    ngx_http_sidewatch_loc_conf_t *conf;
    ngx_pool_cleanup_t *cleanup;

    if (ctx != NULL) {
        return ctx;
    }
    cleanup = ngx_pool_cleanup_add(r->pool, sizeof(ngx_http_sidewatch_ctx_t));
    if (cleanup == NULL) {
        return NULL;
    }
    ctx = cleanup->data;
    ngx_memzero(ctx, sizeof(ngx_http_sidewatch_ctx_t));
    conf = ngx_http_get_module_loc_conf(r, ngx_http_sidewatch_module);
    ctx->engine = conf->engine;
    ctx->conf = conf;
    ctx->tx = ngx_http_sidewatch_take(conf->engine);
    if (ctx->tx == NULL) {
        return NULL;
    }
    cleanup->handler = ngx_http_sidewatch_ctx_cleanup;
    ngx_http_set_ctx(r, ctx, ngx_http_sidewatch_module);
    ngx_http_sidewatch_feed_head(r, ctx, conf->mirror);
    return ctx;
}

static void
ngx_http_sidewatch_ctx_cleanup(void *data)
{
    ngx_http_sidewatch_ctx_t *ctx = data;

    ngx_http_sidewatch_give_back(ctx->engine, ctx->tx);
}

/* The request is complete. */
void
ngx_http_sidewatch_request_end(ngx_http_request_t *r, ngx_http_sidewatch_ctx_t *ctx)
{
    if (!ctx->failed && !ctx->request_end) {
        ctx->request_end = 1;
        (void) ngx_http_sidewatch_check(r, ctx, sidewatch_transaction_request_end(ctx->tx), "request end");
    }
}

/* The identifier of a request: that of the original where a mirror tells it, else $request_id. */
ngx_str_t
ngx_http_sidewatch_id(ngx_http_request_t *r, ngx_http_sidewatch_ctx_t *ctx)
{
    ngx_http_sidewatch_main_conf_t *conf = ngx_http_get_module_main_conf(r, ngx_http_sidewatch_module);
    ngx_http_variable_value_t *value;
    ngx_str_t id = ctx->id;

    if (id.len == 0) {
        value = ngx_http_get_indexed_variable(r, conf->request_id);
        if (value != NULL && !value->not_found) {
            id.data = value->data;
            id.len = value->len;
        }
    }
    return id;
}

/* The context of a request of which no more comes, and whose verdict is final with this call; NULL if it is not judged. */
ngx_http_sidewatch_ctx_t *
ngx_http_sidewatch_complete(ngx_http_request_t *r)
{
    ngx_http_sidewatch_loc_conf_t *conf = ngx_http_get_module_loc_conf(r, ngx_http_sidewatch_module);
    ngx_http_sidewatch_ctx_t *ctx = r == r->main ? ngx_http_sidewatch_find(r) : NULL;

    if (ctx == NULL && r == r->main && conf->enable) {
        /* A request that was refused before anybody read it comes here for the first time. */
        ctx = ngx_http_sidewatch_ctx(r);
    }
    if (ctx == NULL || ctx->complete) {
        return ctx;
    }
    ctx->complete = 1;
    ngx_http_sidewatch_request_end(r, ctx);
    if (!ctx->failed && ctx->response) {
        (void) ngx_http_sidewatch_check(r, ctx, sidewatch_transaction_response_end(ctx->tx), "response end");
    }
    return ctx;
}

/* What an event tells beside the verdict. Asked for when one is written: an identifier of NGINX costs a draw of random
   numbers, which the requests that tell nothing do without. */
void
ngx_http_sidewatch_describe(ngx_http_request_t *r, ngx_http_sidewatch_ctx_t *ctx)
{
    ngx_str_t id = ngx_http_sidewatch_id(r, ctx);
    int32_t result;

    if (!ctx->client) {
        /* Not before: the address is that after realip, which may act in any location. A unix socket has none: the call
           then refuses, and the event is without a client. */
        (void) sidewatch_transaction_set_client(ctx->tx, r->connection->addr_text.data, r->connection->addr_text.len,
                                                ngx_inet_get_port(r->connection->sockaddr));
    }
    result = sidewatch_transaction_set_id(ctx->tx, id.data, id.len);
    if (result == SIDEWATCH_OK && ctx->in_line) {
        result = sidewatch_transaction_set_action(ctx->tx,
                                                  ctx->blocked ? SIDEWATCH_ACTION_BLOCK : SIDEWATCH_ACTION_PASS);
    }
    (void) ngx_http_sidewatch_check(r, ctx, result, "description");
}

/* The field of `original` that this header sets, or NULL. */
static ngx_str_t *
ngx_http_sidewatch_original(ngx_http_sidewatch_original_t *original, ngx_table_elt_t *header)
{
    ngx_uint_t i;

    for (i = 0; i < NGX_HTTP_SIDEWATCH_HEADERS; i++) {
        if (header->key.len == ngx_http_sidewatch_headers[i].name.len
            && ngx_strncasecmp(header->key.data, ngx_http_sidewatch_headers[i].name.data, header->key.len) == 0)
        {
            return (ngx_str_t *) ((u_char *) original + ngx_http_sidewatch_headers[i].offset);
        }
    }
    return NULL;
}

/* The next header of the request in the order received, or NULL. */
static ngx_table_elt_t *
ngx_http_sidewatch_next_header(ngx_list_part_t **part, ngx_uint_t *i)
{
    while (*part != NULL && *i >= (*part)->nelts) {
        *part = (*part)->next;
        *i = 0;
    }
    return *part == NULL || (*part)->elts == NULL ? NULL : (ngx_table_elt_t *) (*part)->elts + (*i)++;
}

/* The version of a request, as the library numbers it. */
uint32_t
ngx_http_sidewatch_version(ngx_http_request_t *r)
{
    switch (r->http_version) {
    case NGX_HTTP_VERSION_9:
        return SIDEWATCH_HTTP_0_9;
    case NGX_HTTP_VERSION_10:
        return SIDEWATCH_HTTP_1_0;
    case NGX_HTTP_VERSION_11:
        return SIDEWATCH_HTTP_1_1;
    case NGX_HTTP_VERSION_20:
        return SIDEWATCH_HTTP_2;
#ifdef NGX_HTTP_VERSION_30
    case NGX_HTTP_VERSION_30:
        return SIDEWATCH_HTTP_3;
#endif
    default:
        return 0;
    }
}

static uint32_t
ngx_http_sidewatch_original_version(ngx_http_request_t *r, ngx_str_t *protocol)
{
    static const struct {
        ngx_str_t name;
        uint32_t version;
    } versions[] = {
        { ngx_string("HTTP/1.1"), SIDEWATCH_HTTP_1_1 }, { ngx_string("HTTP/2.0"), SIDEWATCH_HTTP_2 },
        { ngx_string("HTTP/1.0"), SIDEWATCH_HTTP_1_0 }, { ngx_string("HTTP/3.0"), SIDEWATCH_HTTP_3 },
        { ngx_string("HTTP/0.9"), SIDEWATCH_HTTP_0_9 }, { ngx_string("HTTP/2"), SIDEWATCH_HTTP_2 },
        { ngx_string("HTTP/3"), SIDEWATCH_HTTP_3 },
    };
    ngx_uint_t i;

    for (i = 0; protocol->len && i < sizeof(versions) / sizeof(versions[0]); i++) {
        if (protocol->len == versions[i].name.len
            && ngx_strncmp(protocol->data, versions[i].name.data, protocol->len) == 0)
        {
            return versions[i].version;
        }
    }
    return protocol->len ? 0 : ngx_http_sidewatch_version(r);
}

static void
ngx_http_sidewatch_feed_client(ngx_http_sidewatch_ctx_t *ctx, ngx_str_t *client, ngx_str_t *port)
{
    ngx_int_t number = ngx_atoi(port->data, port->len);

    ctx->client = 1;
    (void) sidewatch_transaction_set_client(ctx->tx, client->data, client->len,
                                            number > 0 && number < 65536 ? (uint16_t) number : 0);
}

static ngx_uint_t
ngx_http_sidewatch_is(ngx_str_t *text, const char *word)
{
    return text->len == ngx_strlen(word) && ngx_strncasecmp(text->data, (u_char *) word, text->len) == 0;
}

/* Whether this header of a mirrored request was made on the way: the original had another, or none. */
static ngx_uint_t
ngx_http_sidewatch_is_replaced(ngx_table_elt_t *header, ngx_http_sidewatch_original_t *original)
{
    if (ngx_http_sidewatch_is(&header->key, "Host")) {
        /* A mirrored request needs a Host where the original had none: README.md gives it this one. */
        return original->host.len || ngx_http_sidewatch_is(&header->value, "sidewatch");
    }
    if (ngx_http_sidewatch_is(&header->key, "Content-Length")) {
        /* The original was chunked; a mirror counts its bytes. With both, it would look like smuggling. */
        return original->transfer_encoding.len > 0;
    }
    return ngx_http_sidewatch_is(&header->key, "Connection");
}

/* The target as it was sent: NGINX keeps the absolute form beside the path. */
static ngx_str_t
ngx_http_sidewatch_target(ngx_http_request_t *r)
{
    ngx_str_t target = r->unparsed_uri;

    if (r->http_version < NGX_HTTP_VERSION_20) {
        if (r->schema_start != NULL && r->uri_end > r->schema_start) {
            target.data = r->schema_start;
            target.len = r->uri_end - r->schema_start;
        }
    } else if (target.len == 0 && r->uri_end > r->uri_start) {
        /* A path of HTTP/2 that NGINX refused. */
        target.data = r->uri_start;
        target.len = r->uri_end - r->uri_start;
    }
    return target;
}

static int32_t
ngx_http_sidewatch_feed_header(sidewatch_transaction *tx, const char *name, ngx_str_t *value)
{
    return sidewatch_transaction_request_header(tx, (const uint8_t *) name, ngx_strlen(name), value->data, value->len);
}

/* A head that NGINX did not understand, or of which not all came: the library parses what NGINX had of it. */
static int32_t
ngx_http_sidewatch_feed_refused(ngx_http_request_t *r, sidewatch_transaction *tx)
{
    static const uint8_t colon[] = ": ", end[] = "\r\n";
    ngx_buf_t *b = r->header_in;
    ngx_list_part_t *part = &r->headers_in.headers.part;
    ngx_table_elt_t *header, *last = NULL;
    u_char *rest = r->request_start;
    ngx_uint_t i = 0;
    int32_t result = SIDEWATCH_OK;

    if (b == NULL || rest == NULL) {
        return result;
    }
    if (part->nelts != 0) {
        /* NGINX wrote zeros behind the names and values it took, and they may lie in several buffers: they are written anew. */
        result = sidewatch_transaction_request_bytes(tx, r->request_line.data, r->request_line.len);
        while (result == SIDEWATCH_OK && (header = ngx_http_sidewatch_next_header(&part, &i)) != NULL) {
            last = header;
            (void) sidewatch_transaction_request_bytes(tx, end, 2);
            (void) sidewatch_transaction_request_bytes(tx, header->key.data, header->key.len);
            (void) sidewatch_transaction_request_bytes(tx, colon, 2);
            result = sidewatch_transaction_request_bytes(tx, header->value.data, header->value.len);
        }
        if (result == SIDEWATCH_OK) {
            result = sidewatch_transaction_request_bytes(tx, end, 2);
        }
        /* The line that was refused or is not complete, unless it is among them. */
        rest = last != NULL && last->key.data == r->header_name_start ? b->pos : r->header_name_start;
    }
    if (result == SIDEWATCH_OK && rest >= b->start && rest < b->last) {
        result = sidewatch_transaction_request_bytes(tx, rest, b->last - rest);
    }
    return result;
}

static void
ngx_http_sidewatch_feed_head(ngx_http_request_t *r, ngx_http_sidewatch_ctx_t *ctx, ngx_uint_t mirrored)
{
    sidewatch_transaction *tx = ctx->tx;
    ngx_http_sidewatch_original_t original;
    ngx_list_part_t *part;
    ngx_table_elt_t *header;
    ngx_time_t *now = ngx_timeofday();
    ngx_str_t *field;
    ngx_uint_t i;
    int32_t result;

    ngx_memzero(&original, sizeof(original));
    for (i = 0, part = &r->headers_in.headers.part;
         mirrored && (header = ngx_http_sidewatch_next_header(&part, &i)) != NULL;)
    {
        field = ngx_http_sidewatch_original(&original, header);
        if (field != NULL) {
            *field = header->value;
        }
    }
    result = sidewatch_transaction_set_time(
        tx, mirrored ? (uint64_t) now->sec * 1000000000 + (uint64_t) now->msec * 1000000
                     : (uint64_t) r->start_sec * 1000000000 + (uint64_t) r->start_msec * 1000000);
    ctx->id = original.id;
    if (ngx_http_sidewatch_check(r, ctx, result, "start") != NGX_OK) {
        return;
    }
    if (original.client.len) {
        ngx_http_sidewatch_feed_client(ctx, &original.client, &original.client_port);
    }

    if (original.target.len == 0 && r->http_version < NGX_HTTP_VERSION_20
        && (r->unparsed_uri.len == 0 || r->http_state == NGX_HTTP_READING_REQUEST_STATE))
    {
        (void) ngx_http_sidewatch_check(r, ctx, ngx_http_sidewatch_feed_refused(r, tx), "refused request");
        return;
    }
    if (original.method.len == 0) {
        original.method = r->method_name;
    }
    if (original.target.len == 0) {
        original.target = ngx_http_sidewatch_target(r);
    }
    if (original.method.len == 0 && original.target.len == 0) {
        return;
    }
    result = sidewatch_transaction_request_line(tx, original.method.data, original.method.len, original.target.data,
                                                original.target.len,
                                                ngx_http_sidewatch_original_version(r, &original.protocol));
    if (original.host.len && result == SIDEWATCH_OK) {
        result = ngx_http_sidewatch_feed_header(tx, "Host", &original.host);
    }
    if (original.transfer_encoding.len && result == SIDEWATCH_OK) {
        result = ngx_http_sidewatch_feed_header(tx, "Transfer-Encoding", &original.transfer_encoding);
    }
    for (i = 0, part = &r->headers_in.headers.part;
         result == SIDEWATCH_OK && (header = ngx_http_sidewatch_next_header(&part, &i)) != NULL;)
    {
        if (mirrored
            && (ngx_http_sidewatch_original(&original, header) != NULL
                || ngx_http_sidewatch_is_replaced(header, &original)))
        {
            continue;
        }
        result = sidewatch_transaction_request_header(tx, header->key.data, header->key.len, header->value.data,
                                                      header->value.len);
    }
    if (result == SIDEWATCH_OK) {
        result = sidewatch_transaction_request_head_end(tx);
    }
    (void) ngx_http_sidewatch_check(r, ctx, result, "request head");
}

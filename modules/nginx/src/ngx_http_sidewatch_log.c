/* The end of a request: findings become an event, one line of JSON in one write, so that lines of several workers stay whole. */

#include "ngx_http_sidewatch.h"

static void ngx_http_sidewatch_write(ngx_http_request_t *r, ngx_open_file_t *file, const uint8_t *event, size_t len);

/* The classes of an attack. The quotes of strings are escaped in JSON: the key stands nowhere else. */
static void
ngx_http_sidewatch_count_classes(const uint8_t *event, size_t len)
{
    static const char key[] = "\"classes\":[";
    u_char *list, *end, *last = (u_char *) event + len;

    list = ngx_strnstr((u_char *) event, (char *) key, len);
    end = list == NULL ? NULL : ngx_strlchr(list, last, ']');
    if (end != NULL) {
        ngx_http_sidewatch_count_attack(list + sizeof(key) - 1, end - list - (sizeof(key) - 1));
    }
}

ngx_int_t
ngx_http_sidewatch_log_handler(ngx_http_request_t *r)
{
    ngx_http_sidewatch_loc_conf_t *conf = ngx_http_get_module_loc_conf(r, ngx_http_sidewatch_module);
    ngx_http_sidewatch_ctx_t *ctx;
    const uint8_t *event;
    uint32_t verdict = SIDEWATCH_VERDICT_PASS;
    size_t len;

    /* A request that was refused before anybody read its body comes here for the first time. */
    ctx = conf->enable && r == r->main ? ngx_http_sidewatch_ctx(r) : NULL;
    if (ctx == NULL || ctx->finished) {
        return NGX_OK;
    }
    ctx->finished = 1;
    ngx_http_sidewatch_count(NGX_HTTP_SIDEWATCH_COUNT_REQUEST_BYTES, r->request_length);
    if (ctx->failed
        || ngx_http_sidewatch_check(r, ctx, sidewatch_transaction_request_end(ctx->tx), "request end") != NGX_OK
        || ngx_http_sidewatch_check(r, ctx, sidewatch_transaction_verdict(ctx->tx, &verdict), "verdict") != NGX_OK)
    {
        ngx_http_sidewatch_count(NGX_HTTP_SIDEWATCH_COUNT_NO_VERDICT, 1);
        return NGX_OK;
    }
    ngx_http_sidewatch_count(verdict, 1);
    if (verdict < conf->write && verdict < SIDEWATCH_VERDICT_ATTACK) {
        return NGX_OK;
    }
    if (ngx_http_sidewatch_check(r, ctx, sidewatch_transaction_event_json(ctx->tx, &event, &len), "event") != NGX_OK) {
        return NGX_OK;
    }
    if (verdict == SIDEWATCH_VERDICT_ATTACK) {
        ngx_http_sidewatch_count_classes(event, len);
    }
    if (verdict >= conf->write) {
        ngx_http_sidewatch_write(r, conf->events, event, len);
    }
    return NGX_OK;
}

static void
ngx_http_sidewatch_write(ngx_http_request_t *r, ngx_open_file_t *file, const uint8_t *event, size_t len)
{
    u_char *line = ngx_pnalloc(r->pool, len + 1);
    ssize_t n;

    if (line == NULL) {
        return;
    }
    ngx_memcpy(line, event, len);
    line[len] = '\n';
    n = ngx_write_fd(file->fd, line, len + 1);
    if (n != (ssize_t) len + 1) {
        ngx_log_error(NGX_LOG_ALERT, r->connection->log, n == -1 ? ngx_errno : 0,
                      "sidewatch: an event was lost: %z of %uz bytes written to \"%V\"", n, len + 1, &file->name);
    }
}

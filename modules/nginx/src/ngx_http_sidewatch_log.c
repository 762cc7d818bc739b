/* The end of a request: the verdict is counted, findings become an event. */

#include "ngx_http_sidewatch.h"

ngx_int_t
ngx_http_sidewatch_log_handler(ngx_http_request_t *r)
{
    ngx_http_sidewatch_ctx_t *ctx = ngx_http_sidewatch_complete(r);
    const uint8_t *event = NULL;
    uint32_t verdict = SIDEWATCH_VERDICT_PASS;
    ngx_uint_t admitted;
    sidewatch_text classes;
    size_t len = 0;

    if (ctx == NULL || ctx->finished) {
        return NGX_OK;
    }
    ctx->finished = 1;
    ngx_http_sidewatch_count(NGX_HTTP_SIDEWATCH_COUNT_REQUEST_BYTES, r->request_length);
    if (ctx->failed
        || ngx_http_sidewatch_check(r, ctx, sidewatch_transaction_verdict(ctx->tx, &verdict), "verdict") != NGX_OK)
    {
        ngx_http_sidewatch_count(NGX_HTTP_SIDEWATCH_COUNT_NO_VERDICT, 1);
        return NGX_OK;
    }
    ngx_http_sidewatch_count(verdict, 1);
    if (verdict == SIDEWATCH_VERDICT_ATTACK
        && ngx_http_sidewatch_check(r, ctx, sidewatch_transaction_classes(ctx->tx, &classes), "classes") == NGX_OK)
    {
        ngx_http_sidewatch_count_attack(classes.data, classes.len);
    }
    admitted = ngx_http_sidewatch_admit(ctx->conf->outputs, verdict);
    if (!admitted) {
        return NGX_OK;
    }
    ngx_http_sidewatch_describe(r, ctx);
    if (ngx_http_sidewatch_check(r, ctx, sidewatch_transaction_event_json(ctx->tx, &event, &len), "event") != NGX_OK) {
        event = NULL;
    }
    ngx_http_sidewatch_write(r, ctx->conf->outputs, admitted, verdict, event, len);
    return NGX_OK;
}

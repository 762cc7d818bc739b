/*
 * Where a request stands in line. Its head is judged in the preaccess phase: the location is settled then, no answer has
 * been made, and neither `satisfy any` nor a password lets a request pass by. Its body is judged as it arrives.
 */

#include "ngx_http_sidewatch.h"

static void ngx_http_sidewatch_forget_body(ngx_http_request_t *r);

ngx_int_t
ngx_http_sidewatch_preaccess_handler(ngx_http_request_t *r)
{
    ngx_http_sidewatch_loc_conf_t *conf = ngx_http_get_module_loc_conf(r, ngx_http_sidewatch_module);
    ngx_http_sidewatch_ctx_t *ctx;
    ngx_int_t status;

    if (r != r->main || r->post_action) {
        return NGX_DECLINED;
    }
    ctx = ngx_http_sidewatch_find(r);
    if (ctx != NULL && ctx->blocked) {
        /* Refused before: an internal redirect took it to the error page. */
        ctx->error_page = 1;
        if (ctx->body_cut) {
            ngx_http_sidewatch_forget_body(r);
        }
        return NGX_DECLINED;
    }
    if (!conf->enable) {
        return NGX_DECLINED;
    }
    if (ctx == NULL) {
        ctx = ngx_http_sidewatch_ctx(r);
    }
    if (ctx != NULL && r->headers_in.content_length_n <= 0 && !r->headers_in.chunked) {
        ngx_http_sidewatch_request_end(r, ctx);
    }
    status = ngx_http_sidewatch_decide(r, ctx);
    return status == NGX_OK ? NGX_DECLINED : status;
}

/* What has been read of a body that was cut is nothing to pass on; the connection is closed after the answer. */
static void
ngx_http_sidewatch_forget_body(ngx_http_request_t *r)
{
    if (r->request_body != NULL) {
        r->request_body->bufs = NULL;
    }
    r->headers_in.content_length_n = 0;
    r->headers_in.chunked = 0;
}

/* NGX_OK if the request may go on, as always where `sidewatch block` is not in force; else the status to refuse it with. */
ngx_int_t
ngx_http_sidewatch_decide(ngx_http_request_t *r, ngx_http_sidewatch_ctx_t *ctx)
{
    ngx_http_sidewatch_loc_conf_t *conf = ngx_http_get_module_loc_conf(r, ngx_http_sidewatch_module);
    uint32_t verdict = SIDEWATCH_VERDICT_PASS;
    const char *why = NULL;

    if (!conf->block) {
        return NGX_OK;
    }
    if (ctx == NULL || ctx->failed
        || ngx_http_sidewatch_check(r, ctx, sidewatch_transaction_verdict(ctx->tx, &verdict), "verdict") != NGX_OK)
    {
        why = conf->on_error == NGX_HTTP_SIDEWATCH_ERROR_BLOCK ? "it cannot be judged" : NULL;
    } else if (verdict == SIDEWATCH_VERDICT_ATTACK) {
        why = "attack";
    }
    if (ctx != NULL) {
        ctx->in_line = 1;
        ctx->blocked = why != NULL;
        ctx->status = conf->block_status;
    }
    if (why == NULL) {
        return NGX_OK;
    }
    ngx_http_sidewatch_count(NGX_HTTP_SIDEWATCH_COUNT_BLOCKED, 1);
    ngx_log_error(NGX_LOG_INFO, r->connection->log, 0, "sidewatch: refused with %ui: %s", conf->block_status, why);
    return conf->block_status;
}

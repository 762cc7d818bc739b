/* The request body, piece by piece as it arrives: nothing is held up, copied or changed; in line, an attack is cut off. */

#include "ngx_http_sidewatch.h"

static ngx_http_request_body_filter_pt ngx_http_next_request_body_filter;

/*
 * Judges the pieces; whether the last is among them. In HTTP/2 the end of a stream may come after the last byte that was
 * announced: an application that counts would not wait for it, so it is not waited for here either.
 */
static ngx_uint_t
ngx_http_sidewatch_feed_body(ngx_http_request_t *r, ngx_http_sidewatch_ctx_t *ctx, ngx_chain_t *in)
{
    ngx_uint_t last = 0;
    int32_t result;

    for (; in; in = in->next) {
        ctx->received += ngx_buf_size(in->buf);
        if (!ctx->failed && ngx_buf_in_memory(in->buf) && in->buf->last > in->buf->pos) {
            result = sidewatch_transaction_request_body(ctx->tx, in->buf->pos, in->buf->last - in->buf->pos);
            (void) ngx_http_sidewatch_check(r, ctx, result, "request body");
        }
        last |= in->buf->last_buf;
    }
    /* Of a chunked body NGINX counts the length up as it comes. */
    last |= !r->headers_in.chunked && ctx->received == r->headers_in.content_length_n;
    if (last) {
        ngx_http_sidewatch_request_end(r, ctx);
    }
    return last;
}

static ngx_int_t
ngx_http_sidewatch_body_filter(ngx_http_request_t *r, ngx_chain_t *in)
{
    ngx_http_sidewatch_loc_conf_t *conf = ngx_http_get_module_loc_conf(r, ngx_http_sidewatch_module);
    ngx_http_sidewatch_ctx_t *ctx;
    ngx_uint_t last = 0;
    ngx_int_t status;

    if (r != r->main || r->post_action) {
        return ngx_http_next_request_body_filter(r, in);
    }
    ctx = ngx_http_sidewatch_find(r);
    if (ctx != NULL && ctx->blocked) {
        return ctx->error_page ? ngx_http_next_request_body_filter(r, in) : ctx->status;
    }
    if (!conf->enable) {
        return ngx_http_next_request_body_filter(r, in);
    }
    if (ctx == NULL) {
        ctx = ngx_http_sidewatch_ctx(r);
    }
    if (ctx != NULL) {
        last = ngx_http_sidewatch_feed_body(r, ctx, in);
    }
    status = in == NULL ? NGX_OK : ngx_http_sidewatch_decide(r, ctx);
    if (status == NGX_OK) {
        return ngx_http_next_request_body_filter(r, in);
    }
    if (!last || r->request_body->buf != NULL) {
        /*
         * Bytes of the body are still to come, or of the next request are where NGINX does not look when a body ends with
         * an error: the connection cannot be used again. What comes is read and dropped, so that the client gets the answer.
         */
        r->keepalive = 0;
        r->lingering_close = 1;
    }
    if (ctx != NULL) {
        ctx->body_cut = 1;
    }
    return status;
}

void
ngx_http_sidewatch_body_filter_init(void)
{
    ngx_http_next_request_body_filter = ngx_http_top_request_body_filter;
    ngx_http_top_request_body_filter = ngx_http_sidewatch_body_filter;
}

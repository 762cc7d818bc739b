/* The request body, piece by piece as it arrives: nothing is held up, copied or changed. */

#include "ngx_http_sidewatch.h"

static ngx_http_request_body_filter_pt ngx_http_next_request_body_filter;

static ngx_int_t
ngx_http_sidewatch_body_filter(ngx_http_request_t *r, ngx_chain_t *in)
{
    ngx_http_sidewatch_loc_conf_t *conf = ngx_http_get_module_loc_conf(r, ngx_http_sidewatch_module);
    ngx_http_sidewatch_ctx_t *ctx;
    ngx_chain_t *cl;
    int32_t result;

    ctx = conf->enable && r == r->main ? ngx_http_sidewatch_ctx(r) : NULL;
    for (cl = ctx == NULL ? NULL : in; cl && !ctx->failed; cl = cl->next) {
        if (ngx_buf_in_memory(cl->buf) && cl->buf->last > cl->buf->pos) {
            result = sidewatch_transaction_request_body(ctx->tx, cl->buf->pos, cl->buf->last - cl->buf->pos);
            (void) ngx_http_sidewatch_check(r, ctx, result, "request body");
        }
    }
    return ngx_http_next_request_body_filter(r, in);
}

void
ngx_http_sidewatch_body_filter_init(void)
{
    ngx_http_next_request_body_filter = ngx_http_top_request_body_filter;
    ngx_http_top_request_body_filter = ngx_http_sidewatch_body_filter;
}

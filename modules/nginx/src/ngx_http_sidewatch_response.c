/*
 * The response, as it leaves the handler of the location: before SSI, sub_filter and compression, whatever its origin. Only the
 * response to the client's request counts: what subrequests bring is none.
 */

#include "ngx_http_sidewatch.h"

static ngx_http_output_header_filter_pt ngx_http_next_header_filter;
static ngx_http_output_body_filter_pt ngx_http_next_body_filter;

/* What the filters behind this one hide. */
typedef struct {
    ngx_table_elt_t *encoding;
    off_t length;
} ngx_http_sidewatch_before_t;

static int32_t
ngx_http_sidewatch_feed_field(sidewatch_transaction *tx, const char *name, u_char *value, size_t len)
{
    return sidewatch_transaction_response_header(tx, (const uint8_t *) name, ngx_strlen(name), value, len);
}

/* The field of the content type: NGINX keeps the charset apart until it writes the head. */
static int32_t
ngx_http_sidewatch_feed_type(ngx_http_request_t *r, sidewatch_transaction *tx)
{
    ngx_str_t *type = &r->headers_out.content_type, *charset = &r->headers_out.charset;
    u_char value[256], *end;

    if (r->headers_out.content_type_len != type->len || charset->len == 0) {
        return ngx_http_sidewatch_feed_field(tx, "Content-Type", type->data, type->len);
    }
    end = ngx_snprintf(value, sizeof(value), "%V; charset=%V", type, charset);
    return ngx_http_sidewatch_feed_field(tx, "Content-Type", value, end - value);
}

static void
ngx_http_sidewatch_feed_response_head(ngx_http_request_t *r, ngx_http_sidewatch_ctx_t *ctx,
                                      ngx_http_sidewatch_before_t *before)
{
    sidewatch_transaction *tx = ctx->tx;
    ngx_list_part_t *part = &r->headers_out.headers.part;
    ngx_table_elt_t *header;
    u_char number[NGX_OFF_T_LEN];
    ngx_uint_t i;
    int32_t result;

    result = sidewatch_transaction_response_line(tx, r->headers_out.status, ngx_http_sidewatch_version(r));
    if (r->headers_out.content_type.len && result == SIDEWATCH_OK) {
        result = ngx_http_sidewatch_feed_type(r, tx);
    }
    if (before->length >= 0 && result == SIDEWATCH_OK) {
        result = ngx_http_sidewatch_feed_field(tx, "Content-Length", number,
                                               ngx_sprintf(number, "%O", before->length) - number);
    }
    for (; part != NULL && result == SIDEWATCH_OK; part = part->next) {
        header = part->elts;
        for (i = 0; i < part->nelts && result == SIDEWATCH_OK; i++) {
            /* NGINX itself writes a Location that is a path, and unpacks or packs what has a coding, or had none. */
            if (&header[i] != before->encoding
                && (&header[i] == r->headers_out.content_encoding
                    || (header[i].hash == 0 && &header[i] != r->headers_out.location)))
            {
                continue;
            }
            result = sidewatch_transaction_response_header(tx, header[i].key.data, header[i].key.len,
                                                           header[i].value.data, header[i].value.len);
        }
    }
    if (result == SIDEWATCH_OK) {
        result = sidewatch_transaction_response_head_end(tx);
    }
    (void) ngx_http_sidewatch_check(r, ctx, result, "response head");
}

/* The context of a request whose response is judged, or NULL. */
static ngx_http_sidewatch_ctx_t *
ngx_http_sidewatch_responding(ngx_http_request_t *r)
{
    ngx_http_sidewatch_loc_conf_t *conf = ngx_http_get_module_loc_conf(r, ngx_http_sidewatch_module);
    ngx_http_sidewatch_ctx_t *ctx;

    if (r != r->main || r->post_action) {
        return NULL;
    }
    ctx = ngx_http_sidewatch_find(r);
    if (ctx == NULL && conf->enable) {
        /* Answered before the location was settled: `return`, a redirect, a request that NGINX did not understand. */
        ctx = ngx_http_sidewatch_ctx(r);
    }
    if (ctx == NULL || ctx->failed || ctx->complete || ctx->conf->mirror
        || ctx->conf->responses == NGX_HTTP_SIDEWATCH_RESPONSES_OFF)
    {
        return NULL;
    }
    return ctx;
}

static ngx_int_t
ngx_http_sidewatch_header_filter(ngx_http_request_t *r)
{
    ngx_http_sidewatch_ctx_t *ctx = ngx_http_sidewatch_responding(r);
    ngx_http_sidewatch_before_t before;
    ngx_int_t rc;

    if (ctx == NULL || ctx->response) {
        return ngx_http_next_header_filter(r);
    }
    before.encoding = r->headers_out.content_encoding;
    before.length = r->headers_out.content_length_n;
    if (ctx->conf->responses == NGX_HTTP_SIDEWATCH_RESPONSES_ON && !r->header_only) {
        /* Files are read piece by piece as the client takes them, as for compression, instead of being left to sendfile. */
        r->filter_need_in_memory = 1;
    }
    rc = ngx_http_next_header_filter(r);
    /* A filter may answer otherwise, as for a range that cannot be had: then another head follows. */
    if (r->header_sent && !ctx->response) {
        ctx->response = 1;
        ngx_http_sidewatch_count(NGX_HTTP_SIDEWATCH_COUNT_RESPONSES, 1);
        ngx_http_sidewatch_feed_response_head(r, ctx, &before);
    }
    return rc;
}

static ngx_int_t
ngx_http_sidewatch_response_body_filter(ngx_http_request_t *r, ngx_chain_t *in)
{
    ngx_http_sidewatch_ctx_t *ctx = r == r->main ? ngx_http_sidewatch_find(r) : NULL;
    ngx_chain_t *cl;
    size_t size;
    int32_t result;

    if (ctx != NULL && ctx->response && !ctx->complete && ctx->conf->responses == NGX_HTTP_SIDEWATCH_RESPONSES_ON) {
        for (cl = in; cl && !ctx->failed; cl = cl->next) {
            if (ngx_buf_in_memory(cl->buf) && cl->buf->last > cl->buf->pos) {
                size = cl->buf->last - cl->buf->pos;
                ngx_http_sidewatch_count(NGX_HTTP_SIDEWATCH_COUNT_RESPONSE_BYTES, size);
                result = sidewatch_transaction_response_body(ctx->tx, cl->buf->pos, size);
                (void) ngx_http_sidewatch_check(r, ctx, result, "response body");
            }
        }
    }
    return ngx_http_next_body_filter(r, in);
}

void
ngx_http_sidewatch_response_init(void)
{
    ngx_http_next_header_filter = ngx_http_top_header_filter;
    ngx_http_top_header_filter = ngx_http_sidewatch_header_filter;
    ngx_http_next_body_filter = ngx_http_top_body_filter;
    ngx_http_top_body_filter = ngx_http_sidewatch_response_body_filter;
}

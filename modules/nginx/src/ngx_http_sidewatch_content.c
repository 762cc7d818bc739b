/* The answer to mirrored requests: read the body (the body filter judges it), say 204. */

#include "ngx_http_sidewatch.h"

static void
ngx_http_sidewatch_answer(ngx_http_request_t *r)
{
    r->headers_out.status = NGX_HTTP_NO_CONTENT;
    r->header_only = 1;
    ngx_http_finalize_request(r, ngx_http_send_header(r));
}

ngx_int_t
ngx_http_sidewatch_content_handler(ngx_http_request_t *r)
{
    ngx_int_t rc = ngx_http_read_client_request_body(r, ngx_http_sidewatch_answer);

    return rc >= NGX_HTTP_SPECIAL_RESPONSE ? rc : NGX_DONE;
}

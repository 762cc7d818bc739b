/*
 * ngx_http_sidewatch_module: what its files share.
 *
 *   module.c       directives and configuration
 *   engine.c       engines by policy file, and the transactions waiting to be used again
 *   request.c      the way of a request's head into a transaction
 *   inline.c       where a request stands in line: its head before the content, and refusing
 *   body_filter.c  the request body, piece by piece as it arrives
 *   response.c     the response, head and body as they are sent
 *   variables.c    what access logs and headers can tell of the verdict
 *   content.c      the answer to mirrored requests
 *   log.c          the end of a request: findings become an event
 *   events.c       where events go, sampling and limits
 *   syslog.c       events as syslog messages
 *   json.c         reading and shortening an event
 *   status.c       counters of all workers, and the location that shows them
 */
#ifndef NGX_HTTP_SIDEWATCH_H
#define NGX_HTTP_SIDEWATCH_H

#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>
#include <sidewatch.h>
#include "ngx_http_sidewatch_events.h"
#include "ngx_http_sidewatch_status.h"

/* Transactions a worker keeps for its next requests. */
#define NGX_HTTP_SIDEWATCH_IDLE 64

/* What is written: requests of this verdict and above. */
#define NGX_HTTP_SIDEWATCH_WRITE_ALL 0
#define NGX_HTTP_SIDEWATCH_WRITE_FINDINGS 1
#define NGX_HTTP_SIDEWATCH_WRITE_ATTACKS 2

/* What is judged of responses. */
#define NGX_HTTP_SIDEWATCH_RESPONSES_OFF 0
#define NGX_HTTP_SIDEWATCH_RESPONSES_HEAD 1
#define NGX_HTTP_SIDEWATCH_RESPONSES_ON 2

/* What becomes of a request in line that cannot be judged. */
#define NGX_HTTP_SIDEWATCH_ERROR_PASS 0
#define NGX_HTTP_SIDEWATCH_ERROR_BLOCK 1

/* One engine for each policy file, whatever the number of locations that name it. */
typedef struct {
    ngx_str_t policy; /* full path, empty for the default policy */
    sidewatch_engine *engine;
    sidewatch_transaction *idle[NGX_HTTP_SIDEWATCH_IDLE];
    ngx_uint_t idle_count;
    time_t loaded;
} ngx_http_sidewatch_engine_t;

typedef struct {
    ngx_array_t engines; /* of ngx_http_sidewatch_engine_t * */
    ngx_array_t sinks;   /* of ngx_http_sidewatch_sink_t * */
    ngx_int_t request_id; /* index of $request_id */
} ngx_http_sidewatch_main_conf_t;

typedef struct {
    ngx_flag_t enable; /* sidewatch: anything but off */
    ngx_flag_t block;  /* sidewatch block */
    ngx_flag_t mirror; /* sidewatch_mirror_target */
    ngx_uint_t responses;    /* NGX_HTTP_SIDEWATCH_RESPONSES_* */
    ngx_uint_t block_status; /* sidewatch_block_status */
    ngx_uint_t on_error;     /* NGX_HTTP_SIDEWATCH_ERROR_* */
    ngx_http_sidewatch_engine_t *engine;
    ngx_array_t *outputs; /* of ngx_http_sidewatch_output_t */
} ngx_http_sidewatch_loc_conf_t;

typedef struct {
    ngx_http_sidewatch_engine_t *engine;
    ngx_http_sidewatch_loc_conf_t *conf; /* of the first location that read the request: it says where events go */
    sidewatch_transaction *tx;
    ngx_str_t id;            /* as the mirror tells, or empty */
    off_t received;          /* bytes of the body */
    ngx_int_t status;        /* what the request was refused with */
    unsigned failed:1;       /* a call failed: no verdict for this request */
    unsigned finished:1;     /* the event has been written */
    unsigned client:1;       /* the mirror told who the client is */
    unsigned request_end:1;  /* the request is complete */
    unsigned response:1;     /* the head of the response was sent, and read */
    unsigned complete:1;     /* all is read: the verdict is final */
    unsigned in_line:1;      /* it passed a location that blocks */
    unsigned blocked:1;      /* it was refused */
    unsigned body_cut:1;     /* in the middle of its body */
    unsigned error_page:1;   /* refused, and on its way to the error page */
} ngx_http_sidewatch_ctx_t;

extern ngx_module_t ngx_http_sidewatch_module;

/* engine.c */
ngx_http_sidewatch_engine_t *ngx_http_sidewatch_engine(ngx_conf_t *cf, ngx_str_t *policy);
sidewatch_transaction *ngx_http_sidewatch_take(ngx_http_sidewatch_engine_t *engine);
void ngx_http_sidewatch_give_back(ngx_http_sidewatch_engine_t *engine, sidewatch_transaction *tx);

/* request.c */
ngx_http_sidewatch_ctx_t *ngx_http_sidewatch_find(ngx_http_request_t *r);
ngx_http_sidewatch_ctx_t *ngx_http_sidewatch_ctx(ngx_http_request_t *r);
ngx_http_sidewatch_ctx_t *ngx_http_sidewatch_complete(ngx_http_request_t *r);
void ngx_http_sidewatch_describe(ngx_http_request_t *r, ngx_http_sidewatch_ctx_t *ctx);
void ngx_http_sidewatch_request_end(ngx_http_request_t *r, ngx_http_sidewatch_ctx_t *ctx);
uint32_t ngx_http_sidewatch_version(ngx_http_request_t *r);
ngx_str_t ngx_http_sidewatch_id(ngx_http_request_t *r, ngx_http_sidewatch_ctx_t *ctx);
ngx_int_t ngx_http_sidewatch_check(ngx_http_request_t *r, ngx_http_sidewatch_ctx_t *ctx, int32_t result,
                                   const char *what);

/* inline.c */
ngx_int_t ngx_http_sidewatch_preaccess_handler(ngx_http_request_t *r);
ngx_int_t ngx_http_sidewatch_decide(ngx_http_request_t *r, ngx_http_sidewatch_ctx_t *ctx);

/* body_filter.c */
void ngx_http_sidewatch_body_filter_init(void);

/* response.c */
void ngx_http_sidewatch_response_init(void);

/* variables.c */
ngx_int_t ngx_http_sidewatch_add_variables(ngx_conf_t *cf);

/* content.c */
ngx_int_t ngx_http_sidewatch_content_handler(ngx_http_request_t *r);

/* log.c */
ngx_int_t ngx_http_sidewatch_log_handler(ngx_http_request_t *r);

#endif

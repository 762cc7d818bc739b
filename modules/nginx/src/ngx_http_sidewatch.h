/*
 * ngx_http_sidewatch_module: what its files share.
 *
 *   module.c       directives and configuration
 *   engine.c       engines by policy file, and the transactions waiting to be used again
 *   request.c      the way of a request's head into a transaction
 *   body_filter.c  the request body, piece by piece as it arrives
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
} ngx_http_sidewatch_main_conf_t;

typedef struct {
    ngx_flag_t enable; /* sidewatch */
    ngx_flag_t mirror; /* sidewatch_mirror_target */
    ngx_http_sidewatch_engine_t *engine;
    ngx_array_t *outputs; /* of ngx_http_sidewatch_output_t */
} ngx_http_sidewatch_loc_conf_t;

typedef struct {
    ngx_http_sidewatch_engine_t *engine;
    sidewatch_transaction *tx;
    unsigned failed:1;   /* a call failed: no verdict for this request */
    unsigned finished:1; /* the event has been written */
} ngx_http_sidewatch_ctx_t;

extern ngx_module_t ngx_http_sidewatch_module;

/* engine.c */
ngx_http_sidewatch_engine_t *ngx_http_sidewatch_engine(ngx_conf_t *cf, ngx_str_t *policy);
sidewatch_transaction *ngx_http_sidewatch_take(ngx_http_sidewatch_engine_t *engine);
void ngx_http_sidewatch_give_back(ngx_http_sidewatch_engine_t *engine, sidewatch_transaction *tx);

/* request.c */
ngx_http_sidewatch_ctx_t *ngx_http_sidewatch_ctx(ngx_http_request_t *r);
ngx_int_t ngx_http_sidewatch_check(ngx_http_request_t *r, ngx_http_sidewatch_ctx_t *ctx, int32_t result,
                                   const char *what);

/* body_filter.c */
void ngx_http_sidewatch_body_filter_init(void);

/* content.c */
ngx_int_t ngx_http_sidewatch_content_handler(ngx_http_request_t *r);

/* log.c */
ngx_int_t ngx_http_sidewatch_log_handler(ngx_http_request_t *r);

#endif

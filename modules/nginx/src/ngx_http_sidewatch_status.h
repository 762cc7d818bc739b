/* Counters of all workers in shared memory, and how they are told. README.md lists what the status location shows. */
#ifndef NGX_HTTP_SIDEWATCH_STATUS_H
#define NGX_HTTP_SIDEWATCH_STATUS_H

#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

/* What is counted. The first three are the verdicts, with the numbers of SIDEWATCH_VERDICT_*. */
typedef enum {
    NGX_HTTP_SIDEWATCH_COUNT_PASS = 0,
    NGX_HTTP_SIDEWATCH_COUNT_SUSPICIOUS,
    NGX_HTTP_SIDEWATCH_COUNT_ATTACK,
    NGX_HTTP_SIDEWATCH_COUNT_NO_VERDICT,    /* requests the library failed on */
    NGX_HTTP_SIDEWATCH_COUNT_BLOCKED,       /* requests answered instead of the server because of their verdict */
    NGX_HTTP_SIDEWATCH_COUNT_RESPONSES,     /* responses judged */
    NGX_HTTP_SIDEWATCH_COUNT_REQUEST_BYTES, /* of judged requests as received, head and what was read of the body */
    NGX_HTTP_SIDEWATCH_COUNT_RESPONSE_BYTES,
    NGX_HTTP_SIDEWATCH_COUNT_ERRORS, /* calls of the library that failed, without panics */
    NGX_HTTP_SIDEWATCH_COUNT_PANICS, /* calls that failed inside the library */
    NGX_HTTP_SIDEWATCH_COUNT_IN_USE, /* transactions of requests that are going on */
    NGX_HTTP_SIDEWATCH_COUNT_IDLE,   /* transactions kept for the next requests */
    NGX_HTTP_SIDEWATCH_COUNTERS
} ngx_http_sidewatch_counter_e;

/* Classes with a counter of their own; those beyond share the last. */
#define NGX_HTTP_SIDEWATCH_CLASSES 64

/* What one worker counts. Nobody else writes here, so that workers do not wait for each other's cache lines. */
typedef struct {
    ngx_atomic_t pid; /* 0: free. Counters outlive the worker and go on with the next one that takes the place. */
    ngx_atomic_t counters[NGX_HTTP_SIDEWATCH_COUNTERS];
    ngx_atomic_t attacks[NGX_HTTP_SIDEWATCH_CLASSES];
} ngx_http_sidewatch_worker_t;

/* Where this process counts. Before it is a worker: a place that nobody reads. */
extern ngx_http_sidewatch_worker_t *ngx_http_sidewatch_worker;

/* Counts `n` more of `what`; two's complement makes a gauge go down. */
static ngx_inline void
ngx_http_sidewatch_count(ngx_http_sidewatch_counter_e what, ngx_atomic_int_t n)
{
    (void) ngx_atomic_fetch_add(&ngx_http_sidewatch_worker->counters[what], n);
}

/* status.c */
ngx_int_t ngx_http_sidewatch_status_zone(ngx_conf_t *cf);
ngx_int_t ngx_http_sidewatch_status_init_process(ngx_cycle_t *cycle);
void ngx_http_sidewatch_status_exit_process(ngx_cycle_t *cycle);
void ngx_http_sidewatch_count_failure(ngx_log_t *log, int32_t result, const char *what);
void ngx_http_sidewatch_count_attack(const uint8_t *classes, size_t len);
u_char *ngx_http_sidewatch_label(u_char *p, u_char *last, ngx_str_t *text);
char *ngx_http_sidewatch_status(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);

#endif

/* Where events go, how many of them, and what becomes of the rest. */
#ifndef NGX_HTTP_SIDEWATCH_EVENTS_H
#define NGX_HTTP_SIDEWATCH_EVENTS_H

#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

/* Places to write to that one location may name. */
#define NGX_HTTP_SIDEWATCH_OUTPUTS 16

/* What all workers know of a place to write to; it survives a reload. */
typedef struct ngx_http_sidewatch_sink_shared_s ngx_http_sidewatch_sink_shared_t;
struct ngx_http_sidewatch_sink_shared_s {
    ngx_http_sidewatch_sink_shared_t *next;
    ngx_atomic_t written;
    ngx_atomic_t bytes;
    ngx_atomic_t shortened; /* of those written */
    ngx_atomic_t lost;
    ngx_atomic_t sampled;   /* left out by `sample` */
    ngx_atomic_t limited;   /* left out by `rate` */
    ngx_atomic_t due;       /* when the burst allowance is whole again, in ticks */
    ngx_atomic_t torn;      /* the last line of the file was not written whole */
    ngx_atomic_t told;      /* when it was last told what was left out, in milliseconds; 0: never */
    ngx_atomic_t told_loss; /* the same of the reason of a loss */
    ngx_atomic_t told_lost; /* how many had been told */
    ngx_atomic_t told_sampled;
    ngx_atomic_t told_limited;
    size_t len;
    u_char name[1];
};

typedef struct {
    ngx_sockaddr_t sockaddr;
    socklen_t socklen;
    ngx_socket_t fd; /* of this worker; -1: not open */
} ngx_http_sidewatch_syslog_t;

/* A place to write to: a file or a syslog server. One for each, whatever the number of locations that name it. */
typedef struct {
    ngx_str_t name;
    ngx_open_file_t *file;               /* NULL: syslog */
    ngx_http_sidewatch_syslog_t *syslog; /* NULL: a file */
    ngx_uint_t rate;                     /* events in 1000 seconds; 0: as many as there are */
    ngx_uint_t burst;
    ngx_http_sidewatch_sink_shared_t *shared;
} ngx_http_sidewatch_sink_t;

/* One `sidewatch_events` directive: a place, and what is written there from this location. */
typedef struct {
    ngx_http_sidewatch_sink_t *sink;
    ngx_uint_t write;          /* NGX_HTTP_SIDEWATCH_WRITE_* */
    ngx_uint_t sample;         /* of a million events that are no attacks */
    ngx_uint_t sample_attacks; /* of a million attacks */
    ngx_uint_t facility;
    ngx_uint_t severity; /* NGX_CONF_UNSET_UINT: by verdict */
    ngx_str_t tag;
    ngx_str_t hostname;
    size_t size; /* of a message */
} ngx_http_sidewatch_output_t;

/* events.c */
char *ngx_http_sidewatch_events(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
ngx_int_t ngx_http_sidewatch_sinks_init(ngx_array_t *sinks, ngx_http_sidewatch_sink_shared_t **list, ngx_slab_pool_t *pool);
ngx_uint_t ngx_http_sidewatch_admit(ngx_array_t *outputs, ngx_uint_t verdict);
void ngx_http_sidewatch_write(ngx_http_request_t *r, ngx_array_t *outputs, ngx_uint_t admitted, ngx_uint_t verdict,
                              const u_char *event, size_t len);
void ngx_http_sidewatch_tell(ngx_array_t *sinks, ngx_log_t *log, ngx_uint_t now);
u_char *ngx_http_sidewatch_sinks_page(ngx_array_t *sinks, u_char *p, u_char *last);
size_t ngx_http_sidewatch_sinks_page_size(ngx_array_t *sinks);

/* syslog.c */
char *ngx_http_sidewatch_syslog_parse(ngx_conf_t *cf, ngx_str_t *value, ngx_http_sidewatch_output_t *output,
                                      ngx_http_sidewatch_syslog_t *syslog, ngx_str_t *name);
ssize_t ngx_http_sidewatch_syslog_send(ngx_http_request_t *r, ngx_http_sidewatch_output_t *output, ngx_uint_t verdict,
                                       const u_char *event, size_t len);

/* json.c */
ngx_int_t ngx_http_sidewatch_json_member(const u_char *event, size_t len, const char *key, ngx_str_t *value);
size_t ngx_http_sidewatch_json_shorten(u_char *out, size_t size, const u_char *event, size_t len, ngx_uint_t *left_out);

#endif

/* Counters in shared memory: each worker writes in a place of its own, the status location adds them up. */

#include "ngx_http_sidewatch.h"

/* Workers with a place of their own, those included that finish their requests after a reload; more share places. */
#define NGX_HTTP_SIDEWATCH_WORKERS 128
/* Enough for the workers, the classes and hundreds of places to write to. The same at each reload, or nothing would survive. */
#define NGX_HTTP_SIDEWATCH_ZONE (256 * 1024)
/* At most one line a kind in this time goes to the error log, whatever the number of workers. */
#define NGX_HTTP_SIDEWATCH_TELL_MSEC 10000

typedef struct {
    ngx_slab_pool_t *pool;
    ngx_http_sidewatch_sink_shared_t *sinks;
    time_t created;
    ngx_atomic_t told;          /* when failures were last told, in milliseconds; 0: never */
    ngx_atomic_t told_failures; /* how many had been counted by then */
    ngx_atomic_t class_count;
    u_char classes[NGX_HTTP_SIDEWATCH_CLASSES][32];
    ngx_http_sidewatch_worker_t workers[NGX_HTTP_SIDEWATCH_WORKERS];
} ngx_http_sidewatch_shared_t;

static ngx_http_sidewatch_worker_t ngx_http_sidewatch_nobody;
ngx_http_sidewatch_worker_t *ngx_http_sidewatch_worker = &ngx_http_sidewatch_nobody;

static ngx_http_sidewatch_shared_t *ngx_http_sidewatch_shared;

/* Where the library last failed inside, as it says itself; empty once it was told. */
static char ngx_http_sidewatch_panic[512];

static ngx_int_t
ngx_http_sidewatch_zone_init(ngx_shm_zone_t *zone, void *old)
{
    ngx_http_sidewatch_main_conf_t *conf = zone->data;
    ngx_slab_pool_t *pool = (ngx_slab_pool_t *) zone->shm.addr;

    if (old == NULL) {
        old = ngx_slab_calloc(pool, sizeof(ngx_http_sidewatch_shared_t));
        if (old == NULL) {
            return NGX_ERROR;
        }
        ngx_http_sidewatch_shared = old;
        ngx_http_sidewatch_shared->pool = pool;
        ngx_http_sidewatch_shared->created = ngx_time();
    }
    ngx_http_sidewatch_shared = zone->data = old;
    return ngx_http_sidewatch_sinks_init(&conf->sinks, &ngx_http_sidewatch_shared->sinks, pool);
}

ngx_int_t
ngx_http_sidewatch_status_zone(ngx_conf_t *cf)
{
    ngx_str_t name = ngx_string("sidewatch");
    ngx_shm_zone_t *zone = ngx_shared_memory_add(cf, &name, NGX_HTTP_SIDEWATCH_ZONE, &ngx_http_sidewatch_module);

    if (zone == NULL) {
        return NGX_ERROR;
    }
    zone->init = ngx_http_sidewatch_zone_init;
    zone->data = ngx_http_conf_get_module_main_conf(cf, ngx_http_sidewatch_module);
    return NGX_OK;
}

/* The library tells of a panic before the call returns: what it says waits for the line of that call. */
static void
ngx_http_sidewatch_panic_handler(void *data, uint32_t level, const char *message, size_t len)
{
    (void) ngx_cpystrn((u_char *) ngx_http_sidewatch_panic, (u_char *) message,
                       ngx_min(len + 1, sizeof(ngx_http_sidewatch_panic)));
}

/* Takes a place: a free one, or that of a worker that died without giving it back. */
ngx_int_t
ngx_http_sidewatch_status_init_process(ngx_cycle_t *cycle)
{
    ngx_http_sidewatch_worker_t *worker;
    ngx_atomic_uint_t pid;
    ngx_uint_t i;

    if (ngx_http_sidewatch_shared == NULL
        || (ngx_process != NGX_PROCESS_WORKER && ngx_process != NGX_PROCESS_SINGLE))
    {
        return NGX_OK;
    }
    (void) sidewatch_log_set(ngx_http_sidewatch_panic_handler, NULL, SIDEWATCH_LOG_ERROR);
    for (i = 0; i < NGX_HTTP_SIDEWATCH_WORKERS; i++) {
        worker = &ngx_http_sidewatch_shared->workers[i];
        pid = worker->pid;
        if ((pid == 0 || (kill((pid_t) pid, 0) == -1 && ngx_errno == NGX_ESRCH))
            && ngx_atomic_cmp_set(&worker->pid, pid, (ngx_atomic_uint_t) ngx_pid))
        {
            worker->counters[NGX_HTTP_SIDEWATCH_COUNT_IN_USE] = 0;
            worker->counters[NGX_HTTP_SIDEWATCH_COUNT_IDLE] = 0;
            ngx_http_sidewatch_worker = worker;
            return NGX_OK;
        }
    }
    ngx_http_sidewatch_worker = &ngx_http_sidewatch_shared->workers[ngx_pid % NGX_HTTP_SIDEWATCH_WORKERS];
    return NGX_OK;
}

void
ngx_http_sidewatch_status_exit_process(ngx_cycle_t *cycle)
{
    ngx_http_sidewatch_main_conf_t *conf = ngx_http_cycle_get_module_main_conf(cycle, ngx_http_sidewatch_module);

    if (conf != NULL) {
        ngx_http_sidewatch_tell(&conf->sinks, cycle->log, 1);
    }
    (void) ngx_atomic_cmp_set(&ngx_http_sidewatch_worker->pid, (ngx_atomic_uint_t) ngx_pid, 0);
    ngx_http_sidewatch_worker = &ngx_http_sidewatch_nobody;
}

static ngx_atomic_uint_t
ngx_http_sidewatch_sum(ngx_http_sidewatch_counter_e what)
{
    ngx_atomic_uint_t sum = 0;
    ngx_uint_t i;

    for (i = 0; i < NGX_HTTP_SIDEWATCH_WORKERS; i++) {
        /* What a dead worker had in its hands is nobody's any more. */
        if (what < NGX_HTTP_SIDEWATCH_COUNT_IN_USE || ngx_http_sidewatch_shared->workers[i].pid) {
            sum += ngx_http_sidewatch_shared->workers[i].counters[what];
        }
    }
    return sum;
}

/* Counts a call of the library that failed; the error log has the first, and then how many there were. */
void
ngx_http_sidewatch_count_failure(ngx_log_t *log, int32_t result, const char *what)
{
    ngx_http_sidewatch_shared_t *shared = ngx_http_sidewatch_shared;
    ngx_atomic_uint_t told, now = ngx_current_msec ? ngx_current_msec : 1, failures, before;

    ngx_http_sidewatch_count(result == SIDEWATCH_ERROR_INTERNAL ? NGX_HTTP_SIDEWATCH_COUNT_PANICS
                                                                : NGX_HTTP_SIDEWATCH_COUNT_ERRORS, 1);
    if (shared == NULL) {
        return;
    }
    told = shared->told;
    if ((told && (ngx_atomic_int_t) (now - told) < NGX_HTTP_SIDEWATCH_TELL_MSEC)
        || !ngx_atomic_cmp_set(&shared->told, told, now))
    {
        return;
    }
    failures = ngx_http_sidewatch_sum(NGX_HTTP_SIDEWATCH_COUNT_ERRORS)
               + ngx_http_sidewatch_sum(NGX_HTTP_SIDEWATCH_COUNT_PANICS);
    before = shared->told_failures;
    shared->told_failures = failures;
    ngx_log_error(NGX_LOG_ERR, log, 0, "sidewatch: no verdict, %s: %s%s%s; %uA such failures since the last line of this kind",
                  what, sidewatch_result_text(result), ngx_http_sidewatch_panic[0] ? ": " : "", ngx_http_sidewatch_panic,
                  failures - before);
    ngx_http_sidewatch_panic[0] = '\0';
}

/* The counter of a class by its name; a new one is entered under the lock of the zone, once. */
static ngx_atomic_t *
ngx_http_sidewatch_class(u_char *name, size_t len)
{
    ngx_http_sidewatch_shared_t *shared = ngx_http_sidewatch_shared;
    ngx_uint_t i, locked;

    for (locked = 0; locked < 2; locked++) {
        for (i = 0; i < shared->class_count; i++) {
            if (ngx_strncmp(shared->classes[i], name, len) == 0 && shared->classes[i][len] == '\0') {
                break;
            }
        }
        if (i < shared->class_count) {
            break;
        }
        if (!locked) {
            ngx_shmtx_lock(&shared->pool->mutex);
        } else if (i < NGX_HTTP_SIDEWATCH_CLASSES - 1) {
            ngx_memcpy(shared->classes[i], name, len);
            shared->classes[i][len] = '\0';
            ngx_memory_barrier();
            shared->class_count = i + 1;
        }
    }
    if (locked) {
        ngx_shmtx_unlock(&shared->pool->mutex);
    }
    return &ngx_http_sidewatch_worker->attacks[i];
}

/* Counts the classes of an attack: their names with a comma between. */
void
ngx_http_sidewatch_count_attack(const uint8_t *classes, size_t len)
{
    u_char *name = (u_char *) classes, *last = name + len, *end;

    if (ngx_http_sidewatch_shared == NULL) {
        return;
    }
    for (; name < last; name = end + 1) {
        end = ngx_strlchr(name, last, ',');
        if (end == NULL) {
            end = last;
        }
        if (end == name || end - name > 31) {
            return;
        }
        (void) ngx_atomic_fetch_add(ngx_http_sidewatch_class(name, end - name), 1);
    }
}

static const struct {
    const char *name;
    const char *labels; /* with braces, or nothing */
    const char *type;
    const char *help; /* NULL: another series of the metric before */
    ngx_http_sidewatch_counter_e what;
} ngx_http_sidewatch_metrics[] = {
    { "sidewatch_requests_total", "{verdict=\"pass\"}", "counter", "Requests judged, by verdict; none: the library failed.",
      NGX_HTTP_SIDEWATCH_COUNT_PASS },
    { "sidewatch_requests_total", "{verdict=\"suspicious\"}", NULL, NULL, NGX_HTTP_SIDEWATCH_COUNT_SUSPICIOUS },
    { "sidewatch_requests_total", "{verdict=\"attack\"}", NULL, NULL, NGX_HTTP_SIDEWATCH_COUNT_ATTACK },
    { "sidewatch_requests_total", "{verdict=\"none\"}", NULL, NULL, NGX_HTTP_SIDEWATCH_COUNT_NO_VERDICT },
    { "sidewatch_blocked_total", "", "counter", "Requests answered by the module because of their verdict.",
      NGX_HTTP_SIDEWATCH_COUNT_BLOCKED },
    { "sidewatch_request_bytes_total", "", "counter", "Bytes of judged requests as received, head and body.",
      NGX_HTTP_SIDEWATCH_COUNT_REQUEST_BYTES },
    { "sidewatch_responses_total", "", "counter", "Responses judged.", NGX_HTTP_SIDEWATCH_COUNT_RESPONSES },
    { "sidewatch_response_bytes_total", "", "counter", "Bytes of judged response bodies.",
      NGX_HTTP_SIDEWATCH_COUNT_RESPONSE_BYTES },
    { "sidewatch_library_errors_total", "", "counter", "Calls of the library that failed, without panics.",
      NGX_HTTP_SIDEWATCH_COUNT_ERRORS },
    { "sidewatch_panics_total", "", "counter", "Failures inside the library that were caught.",
      NGX_HTTP_SIDEWATCH_COUNT_PANICS },
    { "sidewatch_transactions", "{state=\"in_use\"}", "gauge", "Transactions of all workers, by state.",
      NGX_HTTP_SIDEWATCH_COUNT_IN_USE },
    { "sidewatch_transactions", "{state=\"idle\"}", NULL, NULL, NGX_HTTP_SIDEWATCH_COUNT_IDLE },
};

#define NGX_HTTP_SIDEWATCH_METRICS (sizeof(ngx_http_sidewatch_metrics) / sizeof(ngx_http_sidewatch_metrics[0]))

/* A label's value: backslash, quote and line end written as the format asks. At most twice as long as `text`. */
u_char *
ngx_http_sidewatch_label(u_char *p, u_char *last, ngx_str_t *text)
{
    size_t i;

    for (i = 0; i < text->len && last - p >= 2; i++) {
        if (text->data[i] == '\\' || text->data[i] == '"' || text->data[i] == '\n') {
            *p++ = '\\';
        }
        *p++ = text->data[i] == '\n' ? 'n' : text->data[i];
    }
    return p;
}

static u_char *
ngx_http_sidewatch_status_page(ngx_http_request_t *r, u_char *p, u_char *last)
{
    ngx_http_sidewatch_main_conf_t *conf = ngx_http_get_module_main_conf(r, ngx_http_sidewatch_module);
    ngx_http_sidewatch_engine_t **engines = conf->engines.elts;
    ngx_http_sidewatch_shared_t *shared = ngx_http_sidewatch_shared;
    ngx_str_t none = ngx_string("default");
    ngx_atomic_uint_t n, workers = 0;
    ngx_uint_t i, k;

    for (i = 0; i < NGX_HTTP_SIDEWATCH_METRICS; i++) {
        if (ngx_http_sidewatch_metrics[i].help) {
            p = ngx_slprintf(p, last, "# HELP %s %s\n# TYPE %s %s\n", ngx_http_sidewatch_metrics[i].name,
                             ngx_http_sidewatch_metrics[i].help, ngx_http_sidewatch_metrics[i].name,
                             ngx_http_sidewatch_metrics[i].type);
        }
        p = ngx_slprintf(p, last, "%s%s %uA\n", ngx_http_sidewatch_metrics[i].name, ngx_http_sidewatch_metrics[i].labels,
                         ngx_http_sidewatch_sum(ngx_http_sidewatch_metrics[i].what));
    }
    p = ngx_slprintf(p, last, "# HELP sidewatch_attacks_total Attacks by class; one attack may have several.\n"
                              "# TYPE sidewatch_attacks_total counter\n");
    for (i = 0; i < NGX_HTTP_SIDEWATCH_CLASSES; i++) {
        for (n = 0, k = 0; k < NGX_HTTP_SIDEWATCH_WORKERS; k++) {
            n += shared->workers[k].attacks[i];
        }
        if (n) {
            p = ngx_slprintf(p, last, "sidewatch_attacks_total{class=\"%s\"} %uA\n",
                             i < shared->class_count ? shared->classes[i] : (u_char *) "other", n);
        }
    }
    p = ngx_http_sidewatch_sinks_page(&conf->sinks, p, last);
    for (k = 0; k < NGX_HTTP_SIDEWATCH_WORKERS; k++) {
        workers += shared->workers[k].pid != 0;
    }
    p = ngx_slprintf(p, last, "# HELP sidewatch_workers Workers, those included that finish after a reload.\n"
                              "# TYPE sidewatch_workers gauge\nsidewatch_workers %uA\n", workers);
    p = ngx_slprintf(p, last, "# HELP sidewatch_start_time_seconds When counting began, in Unix time.\n"
                              "# TYPE sidewatch_start_time_seconds gauge\nsidewatch_start_time_seconds %T\n", shared->created);
    p = ngx_slprintf(p, last, "# HELP sidewatch_engine_loaded_timestamp_seconds When the policy was loaded, in Unix time.\n"
                              "# TYPE sidewatch_engine_loaded_timestamp_seconds gauge\n");
    for (i = 0; i < conf->engines.nelts; i++) {
        p = ngx_slprintf(p, last, "sidewatch_engine_loaded_timestamp_seconds{policy=\"");
        p = ngx_http_sidewatch_label(p, last, engines[i]->policy.len ? &engines[i]->policy : &none);
        p = ngx_slprintf(p, last, "\"} %T\n", engines[i]->loaded);
    }
    return ngx_slprintf(p, last, "# HELP sidewatch_build_info Versions: of the library, of its ABI, of NGINX.\n"
                                 "# TYPE sidewatch_build_info gauge\n"
                                 "sidewatch_build_info{version=\"%s\",abi=\"%uD.%uD\",nginx=\"" NGINX_VERSION "\"} 1\n",
                        sidewatch_version(), sidewatch_abi_version() >> 16, sidewatch_abi_version() & 0xffff);
}

static ngx_int_t
ngx_http_sidewatch_status_handler(ngx_http_request_t *r)
{
    ngx_http_sidewatch_main_conf_t *conf = ngx_http_get_module_main_conf(r, ngx_http_sidewatch_module);
    ngx_http_sidewatch_engine_t **engines = conf->engines.elts;
    size_t size = 16 * 1024 + ngx_http_sidewatch_sinks_page_size(&conf->sinks);
    ngx_chain_t out;
    ngx_int_t rc;
    ngx_uint_t i;

    if (!(r->method & (NGX_HTTP_GET | NGX_HTTP_HEAD))) {
        return NGX_HTTP_NOT_ALLOWED;
    }
    rc = ngx_http_discard_request_body(r);
    if (rc != NGX_OK) {
        return rc;
    }
    for (i = 0; i < conf->engines.nelts; i++) {
        size += 128 + 2 * engines[i]->policy.len;
    }
    out.buf = ngx_create_temp_buf(r->pool, size);
    out.next = NULL;
    if (out.buf == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    out.buf->last = ngx_http_sidewatch_status_page(r, out.buf->last, out.buf->end);
    out.buf->last_buf = r == r->main;
    out.buf->last_in_chain = 1;
    r->headers_out.status = NGX_HTTP_OK;
    r->headers_out.content_length_n = out.buf->last - out.buf->pos;
    ngx_str_set(&r->headers_out.content_type, "text/plain; version=0.0.4");
    r->headers_out.content_type_len = r->headers_out.content_type.len;
    rc = ngx_http_send_header(r);
    return rc == NGX_ERROR || rc > NGX_OK || r->header_only ? rc : ngx_http_output_filter(r, &out);
}

/* sidewatch_status; */
char *
ngx_http_sidewatch_status(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_core_loc_conf_t *core = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    core->handler = ngx_http_sidewatch_status_handler;
    return NGX_CONF_OK;
}

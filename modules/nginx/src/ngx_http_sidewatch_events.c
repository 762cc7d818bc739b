/* Where events go: the directive, sampling and limits, and what was left out. */

#include "ngx_http_sidewatch.h"

#define NGX_HTTP_SIDEWATCH_SAMPLE_ALL 1000000
#define NGX_HTTP_SIDEWATCH_RATE_MAX 1000000
/* A place tells of what it left out or lost at most once in this time, all workers together. */
#define NGX_HTTP_SIDEWATCH_TELL_MSEC 10000
/* The clock of rates in a millisecond; a counter of 32 bits goes round in three days, one of 64 bits never. */
#define NGX_HTTP_SIDEWATCH_TICKS (NGX_PTR_SIZE >= 8 ? 1000 : 16)

static void ngx_http_sidewatch_tell_later(void);

static ngx_event_t ngx_http_sidewatch_teller;

/* The place of that name, or a new one. */
static ngx_http_sidewatch_sink_t *
ngx_http_sidewatch_sink(ngx_conf_t *cf, ngx_str_t *name)
{
    ngx_http_sidewatch_main_conf_t *conf = ngx_http_conf_get_module_main_conf(cf, ngx_http_sidewatch_module);
    ngx_http_sidewatch_sink_t **sinks = conf->sinks.elts, **place;
    ngx_uint_t i;

    for (i = 0; i < conf->sinks.nelts; i++) {
        if (sinks[i]->name.len == name->len && ngx_strncmp(sinks[i]->name.data, name->data, name->len) == 0) {
            return sinks[i];
        }
    }
    place = ngx_array_push(&conf->sinks);
    if (place == NULL) {
        return NULL;
    }
    *place = ngx_pcalloc(cf->pool, sizeof(ngx_http_sidewatch_sink_t));
    if (*place != NULL) {
        (*place)->name = *name;
    }
    return *place;
}

static void
ngx_http_sidewatch_sink_cleanup(void *data)
{
    ngx_http_sidewatch_syslog_t *syslog = data;

    if (syslog->fd != (ngx_socket_t) -1) {
        (void) ngx_close_socket(syslog->fd);
    }
}

static char *
ngx_http_sidewatch_sink_open(ngx_conf_t *cf, ngx_str_t *value, ngx_http_sidewatch_output_t *output)
{
    ngx_http_sidewatch_syslog_t *syslog;
    ngx_pool_cleanup_t *cleanup;
    ngx_open_file_t *file;
    ngx_str_t name;

    if (ngx_strncmp(value->data, "syslog:", sizeof("syslog:") - 1) != 0) {
        file = ngx_conf_open_file(cf->cycle, value);
        output->sink = file == NULL ? NULL : ngx_http_sidewatch_sink(cf, &file->name);
        if (output->sink == NULL) {
            return NGX_CONF_ERROR;
        }
        output->sink->file = file;
        return NGX_CONF_OK;
    }
    cleanup = ngx_pool_cleanup_add(cf->pool, sizeof(ngx_http_sidewatch_syslog_t));
    if (cleanup == NULL) {
        return NGX_CONF_ERROR;
    }
    syslog = cleanup->data;
    syslog->fd = (ngx_socket_t) -1;
    cleanup->handler = ngx_http_sidewatch_sink_cleanup;
    if (ngx_http_sidewatch_syslog_parse(cf, value, output, syslog, &name) != NGX_CONF_OK) {
        return NGX_CONF_ERROR;
    }
    output->sink = ngx_http_sidewatch_sink(cf, &name);
    if (output->sink == NULL) {
        return NGX_CONF_ERROR;
    }
    if (output->sink->syslog == NULL) {
        output->sink->syslog = syslog;
    }
    return NGX_CONF_OK;
}

/* N% with up to four decimals, or 1/N: of a million, or NGX_ERROR. */
static ngx_int_t
ngx_http_sidewatch_sample(ngx_str_t *text)
{
    ngx_int_t n;

    if (text->len > 1 && text->data[text->len - 1] == '%') {
        n = ngx_atofp(text->data, text->len - 1, 4);
        return n > 0 && n <= NGX_HTTP_SIDEWATCH_SAMPLE_ALL ? n : NGX_ERROR;
    }
    if (text->len > 2 && ngx_strncmp(text->data, "1/", 2) == 0) {
        n = ngx_atoi(text->data + 2, text->len - 2);
        return n > 0 && n <= NGX_HTTP_SIDEWATCH_SAMPLE_ALL ? NGX_HTTP_SIDEWATCH_SAMPLE_ALL / n : NGX_ERROR;
    }
    return NGX_ERROR;
}

/* Nr/s or Nr/m: events in 1000 seconds, or NGX_ERROR. */
static ngx_int_t
ngx_http_sidewatch_rate(ngx_str_t *text)
{
    ngx_int_t n = text->len > 3 ? ngx_atoi(text->data, text->len - 3) : NGX_ERROR;

    if (n <= 0 || n > NGX_HTTP_SIDEWATCH_RATE_MAX) {
        return NGX_ERROR;
    }
    if (ngx_strncmp(text->data + text->len - 3, "r/s", 3) == 0) {
        return n * 1000;
    }
    return ngx_strncmp(text->data + text->len - 3, "r/m", 3) == 0 ? ngx_max(n * 1000 / 60, 1) : NGX_ERROR;
}

/* The parameters after the place. */
static char *
ngx_http_sidewatch_events_parameters(ngx_conf_t *cf, ngx_http_sidewatch_output_t *output)
{
    static const ngx_conf_enum_t levels[] = {
        { ngx_string("all"), NGX_HTTP_SIDEWATCH_WRITE_ALL },
        { ngx_string("findings"), NGX_HTTP_SIDEWATCH_WRITE_FINDINGS },
        { ngx_string("attacks"), NGX_HTTP_SIDEWATCH_WRITE_ATTACKS },
        { ngx_null_string, 0 },
    };
    ngx_str_t *value = cf->args->elts, text;
    ngx_int_t n, rate = 0, burst = 0;
    const ngx_conf_enum_t *level;
    ngx_uint_t i, thins = 0;

    for (i = 2; i < cf->args->nelts; i++) {
        text.data = (u_char *) ngx_strchr(value[i].data, '=');
        n = NGX_ERROR;
        if (text.data == NULL) {
            for (level = levels; level->name.len && n == NGX_ERROR; level++) {
                if (ngx_strcmp(level->name.data, value[i].data) == 0) {
                    n = output->write = level->value;
                }
            }
            if (n == NGX_ERROR) {
                ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                                   "invalid value \"%V\": \"all\", \"findings\" or \"attacks\" is expected", &value[i]);
                return NGX_CONF_ERROR;
            }
            continue;
        }
        text.data++;
        text.len = value[i].data + value[i].len - text.data;
        if (ngx_strncmp(value[i].data, "sample=", 7) == 0) {
            n = ngx_http_sidewatch_sample(&text);
            output->sample = n;
            thins = i;
        } else if (ngx_strncmp(value[i].data, "sample_attacks=", 15) == 0) {
            n = ngx_http_sidewatch_sample(&text);
            output->sample_attacks = n;
        } else if (ngx_strncmp(value[i].data, "rate=", 5) == 0) {
            n = rate = ngx_http_sidewatch_rate(&text);
        } else if (ngx_strncmp(value[i].data, "burst=", 6) == 0) {
            n = burst = ngx_atoi(text.data, text.len);
            n = burst > NGX_HTTP_SIDEWATCH_RATE_MAX || burst == 0 ? NGX_ERROR : n;
        }
        if (n == NGX_ERROR) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid parameter \"%V\": sample=N%%, sample=1/N, sample_attacks=..., rate=Nr/s, rate=Nr/m "
                               "or burst=N is expected", &value[i]);
            return NGX_CONF_ERROR;
        }
    }
    if (thins && output->write == NGX_HTTP_SIDEWATCH_WRITE_ATTACKS) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "\"%V\" thins out no attacks, and nothing else is written here: "
                           "\"sample_attacks=\" or \"rate=\" does", &value[thins]);
        return NGX_CONF_ERROR;
    }
    if (burst && !rate) {
        return "has \"burst\" without \"rate\"";
    }
    if (rate) {
        burst = burst ? burst : ngx_max(rate / 1000, 1);
        if (output->sink->rate && (output->sink->rate != (ngx_uint_t) rate || output->sink->burst != (ngx_uint_t) burst)) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "\"%V\" has another rate elsewhere: it holds for all that is written there",
                               &output->sink->name);
            return NGX_CONF_ERROR;
        }
        output->sink->rate = rate;
        output->sink->burst = burst;
    }
    return NGX_CONF_OK;
}

/* sidewatch_events off | FILE | syslog:server=... [all | findings | attacks] [sample=] [sample_attacks=] [rate=] [burst=]; */
char *
ngx_http_sidewatch_events(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_sidewatch_loc_conf_t *sidewatch = conf;
    ngx_str_t *value = cf->args->elts;
    ngx_http_sidewatch_output_t *output, *others;
    ngx_uint_t i;

    if (sidewatch->outputs == NGX_CONF_UNSET_PTR) {
        sidewatch->outputs = ngx_array_create(cf->pool, 2, sizeof(ngx_http_sidewatch_output_t));
        if (sidewatch->outputs == NULL) {
            return NGX_CONF_ERROR;
        }
    } else if (sidewatch->outputs->nelts == 0 || ngx_strcmp(value[1].data, "off") == 0) {
        return "is \"off\" and something else in one place";
    }
    if (ngx_strcmp(value[1].data, "off") == 0) {
        return cf->args->nelts == 2 ? NGX_CONF_OK : "has parameters after \"off\"";
    }
    if (sidewatch->outputs->nelts == NGX_HTTP_SIDEWATCH_OUTPUTS) {
        return "is given more than 16 times in one place";
    }
    output = ngx_array_push(sidewatch->outputs);
    if (output == NULL) {
        return NGX_CONF_ERROR;
    }
    ngx_memzero(output, sizeof(ngx_http_sidewatch_output_t));
    output->write = NGX_HTTP_SIDEWATCH_WRITE_ATTACKS;
    output->sample = NGX_HTTP_SIDEWATCH_SAMPLE_ALL;
    output->sample_attacks = NGX_HTTP_SIDEWATCH_SAMPLE_ALL;
    if (ngx_http_sidewatch_sink_open(cf, &value[1], output) != NGX_CONF_OK) {
        return NGX_CONF_ERROR;
    }
    others = sidewatch->outputs->elts;
    for (i = 0; i + 1 < sidewatch->outputs->nelts; i++) {
        if (others[i].sink == output->sink) {
            return "is duplicate";
        }
    }
    return ngx_http_sidewatch_events_parameters(cf, output);
}

/* Gives each place its counters in shared memory: those it had before a reload, or new ones. */
ngx_int_t
ngx_http_sidewatch_sinks_init(ngx_array_t *sinks, ngx_http_sidewatch_sink_shared_t **list, ngx_slab_pool_t *pool)
{
    ngx_http_sidewatch_sink_t **sink = sinks->elts;
    ngx_http_sidewatch_sink_shared_t *shared;
    ngx_uint_t i;

    for (i = 0; i < sinks->nelts; i++) {
        for (shared = *list; shared != NULL; shared = shared->next) {
            if (shared->len == sink[i]->name.len && ngx_strncmp(shared->name, sink[i]->name.data, shared->len) == 0) {
                break;
            }
        }
        if (shared == NULL) {
            shared = ngx_slab_calloc(pool, sizeof(ngx_http_sidewatch_sink_shared_t) + sink[i]->name.len);
            if (shared == NULL) {
                return NGX_ERROR;
            }
            shared->len = sink[i]->name.len;
            ngx_memcpy(shared->name, sink[i]->name.data, shared->len);
            shared->next = *list;
            *list = shared;
        }
        sink[i]->shared = shared;
    }
    return NGX_OK;
}

/*
 * Whether the place's rate has room for an event. A burst is kept in three parts: ordinary events use the first, hints the first
 * two, attacks all of it; so a flood of lesser events leaves the rate to the attacks.
 */
static ngx_uint_t
ngx_http_sidewatch_within_rate(ngx_http_sidewatch_sink_t *sink, ngx_uint_t verdict)
{
    ngx_atomic_uint_t now = (ngx_atomic_uint_t) ngx_current_msec * NGX_HTTP_SIDEWATCH_TICKS, due, begin;
    ngx_atomic_uint_t each = (ngx_atomic_uint_t) 1000000 * NGX_HTTP_SIDEWATCH_TICKS / sink->rate;
    ngx_atomic_int_t room = (ngx_atomic_int_t) (each * sink->burst / 3 * (verdict + 1));

    /* The least a place writes is one event in the time of one. */
    room = ngx_max(room, (ngx_atomic_int_t) each);
    for ( ;; ) {
        due = sink->shared->due;
        begin = (ngx_atomic_int_t) (due - now) > 0 ? due : now;
        if ((ngx_atomic_int_t) (begin + each - now) > room) {
            return 0;
        }
        if (ngx_atomic_cmp_set(&sink->shared->due, due, begin + each)) {
            return 1;
        }
    }
}

/* The outputs that take an event of this verdict, as bits; the others count it. */
ngx_uint_t
ngx_http_sidewatch_admit(ngx_array_t *outputs, ngx_uint_t verdict)
{
    ngx_http_sidewatch_output_t *output = outputs->elts;
    ngx_uint_t i, sample, admitted = 0;

    for (i = 0; i < outputs->nelts; i++) {
        if (verdict < output[i].write) {
            continue;
        }
        sample = verdict == SIDEWATCH_VERDICT_ATTACK ? output[i].sample_attacks : output[i].sample;
        if (sample < NGX_HTTP_SIDEWATCH_SAMPLE_ALL && (ngx_uint_t) ngx_random() % NGX_HTTP_SIDEWATCH_SAMPLE_ALL >= sample) {
            (void) ngx_atomic_fetch_add(&output[i].sink->shared->sampled, 1);
            ngx_http_sidewatch_tell_later();
        } else if (output[i].sink->rate && !ngx_http_sidewatch_within_rate(output[i].sink, verdict)) {
            (void) ngx_atomic_fetch_add(&output[i].sink->shared->limited, 1);
            ngx_http_sidewatch_tell_later();
        } else {
            admitted |= (ngx_uint_t) 1 << i;
        }
    }
    return admitted;
}

/* Whether it is time to tell again; of all workers that ask, one is told so. */
static ngx_uint_t
ngx_http_sidewatch_due(ngx_atomic_t *told)
{
    ngx_atomic_uint_t before = *told, now = ngx_current_msec ? ngx_current_msec : 1;

    return (before == 0 || (ngx_atomic_int_t) (now - before) >= NGX_HTTP_SIDEWATCH_TELL_MSEC)
           && ngx_atomic_cmp_set(told, before, now);
}

/* One line in one write, so that lines of several workers stay whole. */
static ssize_t
ngx_http_sidewatch_write_file(ngx_http_request_t *r, ngx_http_sidewatch_sink_t *sink, const u_char *event, size_t len)
{
    u_char *line = ngx_pnalloc(r->pool, len + 2);
    ngx_uint_t torn;
    ssize_t n;

    if (line == NULL) {
        return -1;
    }
    /* The rest of a line that a full disk cut off is not to swallow this one. */
    torn = sink->shared->torn && ngx_atomic_cmp_set(&sink->shared->torn, 1, 0);
    line[0] = '\n';
    ngx_memcpy(line + 1, event, len);
    line[len + 1] = '\n';
    n = ngx_write_fd(sink->file->fd, line + !torn, len + 1 + torn);
    if (n == (ssize_t) (len + 1 + torn)) {
        return len + 1;
    }
    if (n > 0 || torn) {
        sink->shared->torn = 1;
    }
    if (n >= 0) {
        ngx_set_errno(NGX_ENOSPC);
    }
    return -1;
}

void
ngx_http_sidewatch_write(ngx_http_request_t *r, ngx_array_t *outputs, ngx_uint_t admitted, ngx_uint_t verdict,
                         const u_char *event, size_t len)
{
    ngx_http_sidewatch_output_t *output = outputs->elts;
    ngx_http_sidewatch_sink_t *sink;
    ngx_uint_t i;
    ssize_t n;

    for (i = 0; i < outputs->nelts; i++) {
        if (!(admitted & (ngx_uint_t) 1 << i)) {
            continue;
        }
        sink = output[i].sink;
        ngx_set_errno(0);
        n = event == NULL     ? -1
            : sink->file      ? ngx_http_sidewatch_write_file(r, sink, event, len)
                              : ngx_http_sidewatch_syslog_send(r, &output[i], verdict, event, len);
        if (n >= 0) {
            (void) ngx_atomic_fetch_add(&sink->shared->written, 1);
            (void) ngx_atomic_fetch_add(&sink->shared->bytes, n);
            continue;
        }
        (void) ngx_atomic_fetch_add(&sink->shared->lost, 1);
        if (ngx_http_sidewatch_due(&sink->shared->told_loss)) {
            ngx_log_error(NGX_LOG_ERR, r->connection->log, ngx_errno, "sidewatch: an event for \"%V\" was lost", &sink->name);
        }
        ngx_http_sidewatch_tell_later();
    }
}

/* What `counter` has grown by since it was last told; of all workers that ask, one gets it. */
static ngx_atomic_uint_t
ngx_http_sidewatch_untold(ngx_atomic_t *counter, ngx_atomic_t *told)
{
    ngx_atomic_uint_t before = *told, now = *counter;

    return now != before && ngx_atomic_cmp_set(told, before, now) ? now - before : 0;
}

/* Tells the error log of what was left out; places that told a moment ago wait, unless it has to be now. */
void
ngx_http_sidewatch_tell(ngx_array_t *sinks, ngx_log_t *log, ngx_uint_t now)
{
    ngx_http_sidewatch_sink_t **sink = sinks->elts;
    ngx_http_sidewatch_sink_shared_t *shared;
    ngx_atomic_uint_t lost, limited, sampled;
    ngx_uint_t i, level;

    for (i = 0; i < sinks->nelts; i++) {
        shared = sink[i]->shared;
        if (shared == NULL || (shared->lost == shared->told_lost && shared->limited == shared->told_limited
                               && shared->sampled == shared->told_sampled))
        {
            continue;
        }
        if (!now && !ngx_http_sidewatch_due(&shared->told)) {
            ngx_http_sidewatch_tell_later();
            continue;
        }
        lost = ngx_http_sidewatch_untold(&shared->lost, &shared->told_lost);
        limited = ngx_http_sidewatch_untold(&shared->limited, &shared->told_limited);
        sampled = ngx_http_sidewatch_untold(&shared->sampled, &shared->told_sampled);
        if (lost || limited || sampled) {
            /* A sample that is asked for is no news. */
            level = lost || limited ? NGX_LOG_WARN : NGX_LOG_INFO;
            ngx_log_error(level, log, 0,
                          "sidewatch: events left out of \"%V\": %uA over the rate, %uA lost, %uA not in the sample",
                          &sink[i]->name, limited, lost, sampled);
        }
    }
}

static void
ngx_http_sidewatch_teller_handler(ngx_event_t *event)
{
    ngx_http_sidewatch_main_conf_t *conf = ngx_http_cycle_get_module_main_conf(ngx_cycle, ngx_http_sidewatch_module);

    if (conf != NULL) {
        ngx_http_sidewatch_tell(&conf->sinks, ngx_cycle->log, 0);
    }
}

/* A timer, so that the last of a flood is told too. What is left at the worker's end is told then. */
static void
ngx_http_sidewatch_tell_later(void)
{
    ngx_event_t *event = &ngx_http_sidewatch_teller;

    if (!event->timer_set) {
        event->handler = ngx_http_sidewatch_teller_handler;
        event->data = event;
        event->log = ngx_cycle->log;
        event->cancelable = 1;
        ngx_add_timer(event, 1000);
    }
}

static const struct {
    const char *name;
    const char *help;
    size_t offset;
} ngx_http_sidewatch_sink_metrics[] = {
    { "events_written", "Events written.", offsetof(ngx_http_sidewatch_sink_shared_t, written) },
    { "event_bytes", "Bytes of events written.", offsetof(ngx_http_sidewatch_sink_shared_t, bytes) },
    { "events_shortened", "Events written shortened, to fit a datagram.", offsetof(ngx_http_sidewatch_sink_shared_t, shortened) },
    { "events_lost", "Events that could not be written.", offsetof(ngx_http_sidewatch_sink_shared_t, lost) },
    { "events_rate_limited", "Events left out because of the rate.", offsetof(ngx_http_sidewatch_sink_shared_t, limited) },
    { "events_sampled_out", "Events left out of the sample.", offsetof(ngx_http_sidewatch_sink_shared_t, sampled) },
};

#define NGX_HTTP_SIDEWATCH_SINK_METRICS \
    (sizeof(ngx_http_sidewatch_sink_metrics) / sizeof(ngx_http_sidewatch_sink_metrics[0]))

size_t
ngx_http_sidewatch_sinks_page_size(ngx_array_t *sinks)
{
    ngx_http_sidewatch_sink_t **sink = sinks->elts;
    size_t size = NGX_HTTP_SIDEWATCH_SINK_METRICS * 256;
    ngx_uint_t i;

    for (i = 0; i < sinks->nelts; i++) {
        size += NGX_HTTP_SIDEWATCH_SINK_METRICS * (2 * sink[i]->name.len + 128);
    }
    return size;
}

u_char *
ngx_http_sidewatch_sinks_page(ngx_array_t *sinks, u_char *p, u_char *last)
{
    ngx_http_sidewatch_sink_t **sink = sinks->elts;
    ngx_uint_t i, k;

    for (k = 0; k < NGX_HTTP_SIDEWATCH_SINK_METRICS; k++) {
        p = ngx_slprintf(p, last, "# HELP sidewatch_%s_total %s\n# TYPE sidewatch_%s_total counter\n",
                         ngx_http_sidewatch_sink_metrics[k].name, ngx_http_sidewatch_sink_metrics[k].help,
                         ngx_http_sidewatch_sink_metrics[k].name);
        for (i = 0; i < sinks->nelts; i++) {
            p = ngx_slprintf(p, last, "sidewatch_%s_total{sink=\"", ngx_http_sidewatch_sink_metrics[k].name);
            p = ngx_http_sidewatch_label(p, last, &sink[i]->name);
            p = ngx_slprintf(p, last, "\"} %uA\n",
                             *(ngx_atomic_t *) ((u_char *) sink[i]->shared + ngx_http_sidewatch_sink_metrics[k].offset));
        }
    }
    return p;
}

/*
 * Events as syslog messages by RFC 5424, one a datagram. Sending never waits: what the socket does not take at once is lost,
 * and counted. README.md describes the message.
 */

#include "ngx_http_sidewatch.h"
#include <sys/uio.h>

#define NGX_HTTP_SIDEWATCH_SYSLOG_PORT 514
/* What rsyslog takes by default. RFC 5424 asks receivers for 2048. */
#define NGX_HTTP_SIDEWATCH_SYSLOG_SIZE 8192
#define NGX_HTTP_SIDEWATCH_SYSLOG_SIZE_MIN 1024
#define NGX_HTTP_SIDEWATCH_SYSLOG_SIZE_MAX 65000
#define NGX_HTTP_SIDEWATCH_SYSLOG_TAG_MAX 48
/* Header and structured data: HOSTNAME 255, APP-NAME 48, id and classes, every sign escaped. */
#define NGX_HTTP_SIDEWATCH_SYSLOG_HEAD 3072
/* Of id and classes in the structured data, before escaping. */
#define NGX_HTTP_SIDEWATCH_SYSLOG_PARAM 512

static const char *ngx_http_sidewatch_facilities[] = {
    "kern", "user", "mail", "daemon", "auth", "intern", "lpr", "news", "uucp", "clock", "authpriv", "ftp", "ntp", "audit",
    "alert", "cron", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7", NULL
};

static const char *ngx_http_sidewatch_severities[] = {
    "emerg", "alert", "crit", "error", "warn", "notice", "info", "debug", NULL
};

static const ngx_uint_t ngx_http_sidewatch_severity_of[] = { 6, 5, 4 }; /* pass: info, suspicious: notice, attack: warn */
static const char *ngx_http_sidewatch_verdict_names[] = { "pass", "suspicious", "attack" };

/* The number of a name in a list, or NGX_ERROR, said with the value. */
static ngx_int_t
ngx_http_sidewatch_syslog_name(ngx_conf_t *cf, const char **names, ngx_str_t *value, const char *what)
{
    ngx_int_t i;

    for (i = 0; names[i] != NULL; i++) {
        if (value->len == ngx_strlen(names[i]) && ngx_strncmp(value->data, names[i], value->len) == 0) {
            return i;
        }
    }
    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "unknown syslog %s \"%V\"", what, value);
    return NGX_ERROR;
}

static ngx_int_t
ngx_http_sidewatch_syslog_server(ngx_conf_t *cf, ngx_str_t *value, ngx_http_sidewatch_syslog_t *syslog)
{
    ngx_url_t url;

    ngx_memzero(&url, sizeof(ngx_url_t));
    url.url = *value;
    url.default_port = NGX_HTTP_SIDEWATCH_SYSLOG_PORT;
    if (ngx_parse_url(cf->pool, &url) != NGX_OK) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "%s in syslog server \"%V\"", url.err ? url.err : "error", value);
        return NGX_ERROR;
    }
    ngx_memcpy(&syslog->sockaddr, url.addrs[0].sockaddr, url.addrs[0].socklen);
    syslog->socklen = url.addrs[0].socklen;
    return NGX_OK;
}

/* syslog:server=ADDRESS[,facility=F][,severity=S][,tag=T][,size=N][,nohostname] into `output`, the address into `syslog`. */
char *
ngx_http_sidewatch_syslog_parse(ngx_conf_t *cf, ngx_str_t *value, ngx_http_sidewatch_output_t *output,
                                ngx_http_sidewatch_syslog_t *syslog, ngx_str_t *name)
{
    u_char *p = value->data + sizeof("syslog:") - 1, *last = value->data + value->len, *end;
    ngx_str_t part, text;
    ngx_int_t n;
    size_t i;

    output->facility = 23; /* local7, as NGINX */
    output->severity = NGX_CONF_UNSET_UINT;
    output->size = NGX_HTTP_SIDEWATCH_SYSLOG_SIZE;
    output->hostname = cf->cycle->hostname;
    ngx_str_set(&output->tag, "sidewatch");
    name->len = 0;
    for (; p <= last; p = end + 1) {
        end = ngx_strlchr(p, last, ',');
        end = end == NULL ? last : end;
        part.data = p;
        part.len = end - p;
        text.data = ngx_strlchr(p, end, '=');
        text.data = text.data == NULL ? end : text.data + 1;
        text.len = end - text.data;
#define IS(key) (part.len >= sizeof(key) - 1 && ngx_strncmp(part.data, key, sizeof(key) - 1) == 0)
        if (IS("server=")) {
            if (ngx_http_sidewatch_syslog_server(cf, &text, syslog) != NGX_OK) {
                return NGX_CONF_ERROR;
            }
            name->len = sizeof("syslog:") - 1 + text.len;
            name->data = ngx_pnalloc(cf->pool, name->len);
            if (name->data == NULL) {
                return NGX_CONF_ERROR;
            }
            (void) ngx_sprintf(name->data, "syslog:%V", &text);
        } else if (IS("facility=") || IS("severity=")) {
            n = IS("facility=") ? ngx_http_sidewatch_syslog_name(cf, ngx_http_sidewatch_facilities, &text, "facility")
                                : ngx_http_sidewatch_syslog_name(cf, ngx_http_sidewatch_severities, &text, "severity");
            if (n == NGX_ERROR) {
                return NGX_CONF_ERROR;
            }
            *(IS("facility=") ? &output->facility : &output->severity) = n;
        } else if (IS("tag=")) {
            for (i = 0; i < text.len && text.data[i] > ' ' && text.data[i] < 0x7f; i++) { /* void */ }
            if (text.len == 0 || text.len > NGX_HTTP_SIDEWATCH_SYSLOG_TAG_MAX || i < text.len) {
                ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "syslog tag \"%V\" is not 1 to %d printable ASCII signs", &text,
                                   NGX_HTTP_SIDEWATCH_SYSLOG_TAG_MAX);
                return NGX_CONF_ERROR;
            }
            output->tag = text;
        } else if (IS("size=")) {
            output->size = ngx_parse_size(&text);
            if (output->size == (size_t) NGX_ERROR || output->size < NGX_HTTP_SIDEWATCH_SYSLOG_SIZE_MIN
                || output->size > NGX_HTTP_SIDEWATCH_SYSLOG_SIZE_MAX)
            {
                ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "syslog size \"%V\" is not %d to %d bytes", &text,
                                   NGX_HTTP_SIDEWATCH_SYSLOG_SIZE_MIN, NGX_HTTP_SIDEWATCH_SYSLOG_SIZE_MAX);
                return NGX_CONF_ERROR;
            }
        } else if (part.len == sizeof("nohostname") - 1 && IS("nohostname")) {
            ngx_str_set(&output->hostname, "-");
        } else {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "unknown syslog parameter \"%V\"", &part);
            return NGX_CONF_ERROR;
        }
#undef IS
    }
    if (name->len == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "no syslog server in \"%V\"", value);
        return NGX_CONF_ERROR;
    }
    return NGX_CONF_OK;
}

/* One parameter of the structured data. RFC 5424 wants quote, backslash and closing bracket escaped. */
static u_char *
ngx_http_sidewatch_syslog_param(u_char *p, const char *name, ngx_str_t *value)
{
    size_t i, len = ngx_min(value->len, NGX_HTTP_SIDEWATCH_SYSLOG_PARAM);

    /* Not within a character. */
    while (len < value->len && len && (value->data[len] & 0xc0) == 0x80) {
        len--;
    }
    p = ngx_sprintf(p, " %s=\"", name);
    for (i = 0; i < len; i++) {
        if (value->data[i] == '"' || value->data[i] == '\\' || value->data[i] == ']') {
            *p++ = '\\';
        }
        *p++ = value->data[i];
    }
    *p++ = '"';
    return p;
}

/* The names of a list of JSON strings, without their quotes. */
static void
ngx_http_sidewatch_syslog_unquote(ngx_str_t *list, u_char *buffer)
{
    size_t i, n = 0;

    for (i = 0; i < list->len && n < NGX_HTTP_SIDEWATCH_SYSLOG_PARAM; i++) {
        if (list->data[i] != '"') {
            buffer[n++] = list->data[i];
        }
    }
    list->data = buffer;
    list->len = n;
}

/* Everything before the message, in at most NGX_HTTP_SIDEWATCH_SYSLOG_HEAD bytes; `left_out` is NULL if the event is whole. */
static size_t
ngx_http_sidewatch_syslog_head(u_char *head, ngx_http_sidewatch_output_t *output, ngx_uint_t verdict, const u_char *event,
                               size_t len, ngx_uint_t *left_out)
{
    u_char *p, names[NGX_HTTP_SIDEWATCH_SYSLOG_PARAM];
    ngx_str_t value;
    ngx_time_t *now = ngx_timeofday();
    ngx_tm_t tm;

    ngx_gmtime(now->sec, &tm);
    p = ngx_sprintf(head, "<%ui>1 %4d-%02d-%02dT%02d:%02d:%02d.%03MZ %*s %V %P event [sidewatch@32473",
                    output->facility * 8 + (output->severity == NGX_CONF_UNSET_UINT ? ngx_http_sidewatch_severity_of[verdict]
                                                                                    : output->severity),
                    tm.ngx_tm_year, tm.ngx_tm_mon, tm.ngx_tm_mday, tm.ngx_tm_hour, tm.ngx_tm_min, tm.ngx_tm_sec, now->msec,
                    (size_t) ngx_min(output->hostname.len, 255), output->hostname.data, &output->tag, ngx_pid);
    if (ngx_http_sidewatch_json_member(event, len, "\"id\":\"", &value) == NGX_OK) {
        p = ngx_http_sidewatch_syslog_param(p, "id", &value);
    }
    p = ngx_sprintf(p, " verdict=\"%s\"", ngx_http_sidewatch_verdict_names[verdict]);
    if (ngx_http_sidewatch_json_member(event, len, "\"classes\":[", &value) == NGX_OK) {
        ngx_http_sidewatch_syslog_unquote(&value, names);
        p = ngx_http_sidewatch_syslog_param(p, "classes", &value);
    }
    if (ngx_http_sidewatch_json_member(event, len, "\"score\":", &value) == NGX_OK) {
        p = ngx_http_sidewatch_syslog_param(p, "score", &value);
    }
    if (left_out != NULL) {
        p = ngx_sprintf(p, " shortened=\"%ui\"", *left_out);
    }
    return ngx_cpymem(p, "] ", 2) - head;
}

static ngx_int_t
ngx_http_sidewatch_syslog_connect(ngx_http_sidewatch_syslog_t *syslog)
{
    ngx_socket_t fd = socket(syslog->sockaddr.sockaddr.sa_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd == (ngx_socket_t) -1) {
        return NGX_ERROR;
    }
    if (connect(fd, &syslog->sockaddr.sockaddr, syslog->socklen) == -1) {
        ngx_err_t err = ngx_socket_errno;

        (void) ngx_close_socket(fd);
        ngx_set_errno(err);
        return NGX_ERROR;
    }
    syslog->fd = fd;
    return NGX_OK;
}

/* One datagram. A server that was started anew has closed our socket's other end: then a second attempt is worth it. */
static ssize_t
ngx_http_sidewatch_syslog_datagram(ngx_http_sidewatch_syslog_t *syslog, struct iovec *parts, int count)
{
    struct msghdr message;
    ngx_uint_t attempt;
    ngx_err_t err;
    ssize_t n = -1;

    ngx_memzero(&message, sizeof(message));
    message.msg_iov = parts;
    message.msg_iovlen = count;
    for (attempt = 0; attempt < 2; attempt++) {
        if (syslog->fd == (ngx_socket_t) -1 && ngx_http_sidewatch_syslog_connect(syslog) != NGX_OK) {
            return -1;
        }
        do {
            n = sendmsg(syslog->fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
        } while (n == -1 && ngx_socket_errno == NGX_EINTR);
        if (n >= 0 || ngx_socket_errno == NGX_EAGAIN || ngx_socket_errno == ENOBUFS || ngx_socket_errno == EMSGSIZE) {
            return n;
        }
        err = ngx_socket_errno;
        (void) ngx_close_socket(syslog->fd);
        syslog->fd = (ngx_socket_t) -1;
        ngx_set_errno(err);
    }
    return n;
}

/* Sends an event: the bytes sent, or -1 with errno set. Whether it was shortened is counted here. */
ssize_t
ngx_http_sidewatch_syslog_send(ngx_http_request_t *r, ngx_http_sidewatch_output_t *output, ngx_uint_t verdict,
                               const u_char *event, size_t len)
{
    u_char head[NGX_HTTP_SIDEWATCH_SYSLOG_HEAD], *shortened;
    struct iovec parts[2];
    ngx_uint_t left_out = 0;
    ssize_t n;

    parts[0].iov_base = head;
    parts[0].iov_len = ngx_http_sidewatch_syslog_head(head, output, verdict, event, len, NULL);
    parts[1].iov_base = (void *) event;
    parts[1].iov_len = len;
    shortened = NULL;
    if (parts[0].iov_len + len > output->size) {
        /* The flag's number is not known yet; it has at most 20 digits. */
        n = (ssize_t) output->size - (ssize_t) parts[0].iov_len - (ssize_t) sizeof(" shortened=\"18446744073709551615\"");
        shortened = n > 0 ? ngx_pnalloc(r->pool, n) : NULL;
        parts[1].iov_base = shortened;
        parts[1].iov_len = shortened == NULL ? 0 : ngx_http_sidewatch_json_shorten(shortened, n, event, len, &left_out);
        if (parts[1].iov_len == 0) {
            ngx_set_errno(EMSGSIZE);
            return -1;
        }
        parts[0].iov_len = ngx_http_sidewatch_syslog_head(head, output, verdict, event, len, &left_out);
    }
    n = ngx_http_sidewatch_syslog_datagram(output->sink->syslog, parts, 2);
    if (n >= 0 && shortened != NULL) {
        (void) ngx_atomic_fetch_add(&output->sink->shared->shortened, 1);
    }
    return n;
}

/*
 * Reading and shortening the event's JSON. The library writes it without blanks and in a known order of members; inside a
 * string a quote is escaped. So a member's `"name":` followed by its opening sign stands nowhere but where it is a member.
 */

#include "ngx_http_sidewatch.h"

/* Strings of a shortened event keep so many bytes: the first length with which all findings fit, else the last. */
static const size_t ngx_http_sidewatch_string_max[] = { 256, 64 };

/* The first byte after a string's content that begins at `p`: its closing quote, or `last`. */
static const u_char *
ngx_http_sidewatch_json_string_end(const u_char *p, const u_char *last)
{
    while (p < last && *p != '"') {
        p += *p == '\\' && last - p > 1 ? 2 : 1;
    }
    return p;
}

/* The content of a string, the inside of a list, or a number: the value of the first member of that name. */
ngx_int_t
ngx_http_sidewatch_json_member(const u_char *event, size_t len, const char *key, ngx_str_t *value)
{
    const u_char *p = (const u_char *) ngx_strnstr((u_char *) event, (char *) key, len), *last = event + len, *end;

    if (p == NULL) {
        return NGX_DECLINED;
    }
    p += ngx_strlen(key);
    if (p[-1] == '"') {
        end = ngx_http_sidewatch_json_string_end(p, last);
    } else {
        for (end = p; end < last && *end != ']' && *end != '}' && (p[-1] == '[' || *end != ','); end++) {
            if (*end == '"') {
                end = ngx_http_sidewatch_json_string_end(end + 1, last);
            }
        }
    }
    value->data = (u_char *) p;
    value->len = ngx_min(end, last) - p;
    return NGX_OK;
}

/*
 * Copies JSON with strings cut to `max` bytes, neither within a character nor within an escape; NULL if it does not fit.
 */
static u_char *
ngx_http_sidewatch_json_cut(u_char *out, u_char *out_last, const u_char *p, const u_char *last, size_t max)
{
    const u_char *end, *cut;
    size_t n;

    while (p < last) {
        if (out == out_last) {
            return NULL;
        }
        *out++ = *p;
        if (*p++ != '"') {
            continue;
        }
        end = ngx_http_sidewatch_json_string_end(p, last);
        if ((size_t) (end - p) <= max) {
            cut = end;
        } else {
            for (cut = p; cut < end; cut += n) {
                n = *cut != '\\' ? 1 : cut[1] == 'u' ? 6 : 2;
                while (cut + n < end && (cut[n] & 0xc0) == 0x80) {
                    n++;
                }
                if ((size_t) (cut - p) + n > max - 3) {
                    break;
                }
            }
        }
        if ((size_t) (out_last - out) < (size_t) (cut - p) + 4) {
            return NULL;
        }
        out = ngx_cpymem(out, p, cut - p);
        if (cut != end) {
            out = ngx_cpymem(out, "...", 3);
        }
        if (end < last) {
            *out++ = '"';
        }
        p = end + 1;
    }
    return out;
}

/* The first byte after a finding, an object without objects in it. */
static const u_char *
ngx_http_sidewatch_json_finding_end(const u_char *p, const u_char *last)
{
    while (p < last && *p != '}') {
        if (*p == '"') {
            p = ngx_http_sidewatch_json_string_end(p + 1, last);
        }
        p++;
    }
    return p < last ? p + 1 : last;
}

/*
 * An event that is valid by the schema in at most `size` bytes: long strings are cut and end with "...", then findings are
 * left out from the last, then anomalies. Its length, or 0 if it cannot be done; `left_out` is the number of findings.
 */
size_t
ngx_http_sidewatch_json_shorten(u_char *out, size_t size, const u_char *event, size_t len, ngx_uint_t *left_out)
{
    static const u_char nothing[] = "],\"anomalies\":[]}";
    const u_char *findings, *tail, *end, *p, *last = event + len;
    u_char *o, *next, *out_last;
    size_t tail_len;
    ngx_uint_t i;

    findings = (const u_char *) ngx_strnstr((u_char *) event, "\"findings\":[", len);
    tail = (const u_char *) ngx_strnstr((u_char *) event, "],\"anomalies\":[", len);
    if (findings == NULL || tail == NULL || tail < findings) {
        return 0;
    }
    findings += sizeof("\"findings\":[") - 1;
    tail_len = last - tail;
    if (tail_len > size / 4) {
        tail = nothing;
        tail_len = sizeof(nothing) - 1;
    }
    if (size < tail_len) {
        return 0;
    }
    out_last = out + size - tail_len;
    for (i = 0; i < sizeof(ngx_http_sidewatch_string_max) / sizeof(ngx_http_sidewatch_string_max[0]); i++) {
        *left_out = 0;
        o = ngx_http_sidewatch_json_cut(out, out_last, event, findings, ngx_http_sidewatch_string_max[i]);
        if (o == NULL) {
            continue;
        }
        for (p = findings; p < last && (*p == '{' || *p == ','); p = end) {
            end = ngx_http_sidewatch_json_finding_end(p, last);
            next = *left_out ? NULL : ngx_http_sidewatch_json_cut(o, out_last, p, end, ngx_http_sidewatch_string_max[i]);
            if (next == NULL) {
                (*left_out)++;
            } else {
                o = next;
            }
        }
        if (*left_out == 0) {
            break;
        }
    }
    return o == NULL ? 0 : ngx_cpymem(o, tail, tail_len) - out;
}

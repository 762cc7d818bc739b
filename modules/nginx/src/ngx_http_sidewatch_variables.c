/* What access logs, headers and conditions can tell of the verdict: final in access logs, what is known so far elsewhere. */

#include "ngx_http_sidewatch.h"

/* Longest list of names that is shown. */
#define NGX_HTTP_SIDEWATCH_NAMES_MAX 1024

/* The context of the client's request, if it has a verdict; the variable is empty otherwise. */
static ngx_http_sidewatch_ctx_t *
ngx_http_sidewatch_judged(ngx_http_request_t *r, ngx_http_variable_value_t *v)
{
    ngx_http_sidewatch_ctx_t *ctx = ngx_http_sidewatch_find(r->main);

    v->valid = 0;
    v->no_cacheable = 1;
    v->not_found = 1;
    return ctx != NULL && !ctx->failed ? ctx : NULL;
}

static void
ngx_http_sidewatch_set(ngx_http_variable_value_t *v, const void *data, size_t len)
{
    v->data = (u_char *) data;
    v->len = len;
    v->valid = 1;
    v->not_found = 0;
}

static ngx_int_t
ngx_http_sidewatch_variable_verdict(ngx_http_request_t *r, ngx_http_variable_value_t *v, uintptr_t data)
{
    static const ngx_str_t names[] = { ngx_string("pass"), ngx_string("suspicious"), ngx_string("attack") };
    ngx_http_sidewatch_ctx_t *ctx = ngx_http_sidewatch_judged(r, v);
    uint32_t verdict;

    if (ctx != NULL && sidewatch_transaction_verdict(ctx->tx, &verdict) == SIDEWATCH_OK && verdict < 3) {
        ngx_http_sidewatch_set(v, names[verdict].data, names[verdict].len);
    }
    return NGX_OK;
}

/* What became of the request: this is known of requests without a verdict too. */
static ngx_int_t
ngx_http_sidewatch_variable_action(ngx_http_request_t *r, ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_http_sidewatch_ctx_t *ctx = ngx_http_sidewatch_find(r->main);

    (void) ngx_http_sidewatch_judged(r, v);
    if (ctx != NULL && ctx->blocked) {
        ngx_http_sidewatch_set(v, "block", 5);
    } else if (ctx != NULL) {
        ngx_http_sidewatch_set(v, "pass", 4);
    }
    return NGX_OK;
}

static ngx_int_t
ngx_http_sidewatch_variable_score(ngx_http_request_t *r, ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_http_sidewatch_ctx_t *ctx = ngx_http_sidewatch_judged(r, v);
    sidewatch_summary summary;
    u_char *text;

    summary.size = sizeof(summary);
    if (ctx != NULL && sidewatch_transaction_summary(ctx->tx, &summary) == SIDEWATCH_OK) {
        text = ngx_pnalloc(r->pool, NGX_INT32_LEN);
        if (text == NULL) {
            return NGX_ERROR;
        }
        ngx_http_sidewatch_set(v, text, ngx_sprintf(text, "%uD", summary.score) - text);
    }
    return NGX_OK;
}

static ngx_int_t
ngx_http_sidewatch_set_copy(ngx_http_request_t *r, ngx_http_variable_value_t *v, const void *text, size_t len)
{
    u_char *copy;

    if (len) {
        copy = ngx_pnalloc(r->pool, len);
        if (copy == NULL) {
            return NGX_ERROR;
        }
        ngx_memcpy(copy, text, len);
        ngx_http_sidewatch_set(v, copy, len);
    }
    return NGX_OK;
}

static ngx_int_t
ngx_http_sidewatch_variable_classes(ngx_http_request_t *r, ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_http_sidewatch_ctx_t *ctx = ngx_http_sidewatch_judged(r, v);
    sidewatch_text classes;

    if (ctx == NULL || sidewatch_transaction_classes(ctx->tx, &classes) != SIDEWATCH_OK) {
        return NGX_OK;
    }
    return ngx_http_sidewatch_set_copy(r, v, classes.data, classes.len);
}

static ngx_int_t
ngx_http_sidewatch_variable_anomalies(ngx_http_request_t *r, ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_http_sidewatch_ctx_t *ctx = ngx_http_sidewatch_judged(r, v);
    u_char names[NGX_HTTP_SIDEWATCH_NAMES_MAX], *end = names;
    sidewatch_anomaly anomaly;
    size_t i;

    if (ctx == NULL) {
        return NGX_OK;
    }
    anomaly.size = sizeof(anomaly);
    for (i = 0; sidewatch_transaction_anomaly(ctx->tx, i, &anomaly) == SIDEWATCH_OK; i++) {
        if (anomaly.name.len + 1 > (size_t) (names + sizeof(names) - end)) {
            break;
        }
        if (i > 0) {
            *end++ = ',';
        }
        end = ngx_cpymem(end, anomaly.name.data, anomaly.name.len);
        anomaly.size = sizeof(anomaly);
    }
    return ngx_http_sidewatch_set_copy(r, v, names, end - names);
}

static ngx_int_t
ngx_http_sidewatch_variable_id(ngx_http_request_t *r, ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_http_sidewatch_ctx_t *ctx = ngx_http_sidewatch_find(r->main);
    ngx_str_t id;

    (void) ngx_http_sidewatch_judged(r, v);
    if (ctx != NULL) {
        id = ngx_http_sidewatch_id(r->main, ctx);
        ngx_http_sidewatch_set(v, id.data, id.len);
    }
    return NGX_OK;
}

static const ngx_http_variable_t ngx_http_sidewatch_variables[] = {
    { ngx_string("sidewatch_verdict"), NULL, ngx_http_sidewatch_variable_verdict, 0, NGX_HTTP_VAR_NOCACHEABLE, 0 },
    { ngx_string("sidewatch_action"), NULL, ngx_http_sidewatch_variable_action, 0, NGX_HTTP_VAR_NOCACHEABLE, 0 },
    { ngx_string("sidewatch_score"), NULL, ngx_http_sidewatch_variable_score, 0, NGX_HTTP_VAR_NOCACHEABLE, 0 },
    { ngx_string("sidewatch_classes"), NULL, ngx_http_sidewatch_variable_classes, 0, NGX_HTTP_VAR_NOCACHEABLE, 0 },
    { ngx_string("sidewatch_anomalies"), NULL, ngx_http_sidewatch_variable_anomalies, 0, NGX_HTTP_VAR_NOCACHEABLE, 0 },
    { ngx_string("sidewatch_id"), NULL, ngx_http_sidewatch_variable_id, 0, NGX_HTTP_VAR_NOCACHEABLE, 0 },
};

ngx_int_t
ngx_http_sidewatch_add_variables(ngx_conf_t *cf)
{
    ngx_http_sidewatch_main_conf_t *conf = ngx_http_conf_get_module_main_conf(cf, ngx_http_sidewatch_module);
    ngx_str_t request_id = ngx_string("request_id");
    ngx_http_variable_t *variable;
    ngx_str_t name;
    size_t i;

    for (i = 0; i < sizeof(ngx_http_sidewatch_variables) / sizeof(ngx_http_sidewatch_variables[0]); i++) {
        name = ngx_http_sidewatch_variables[i].name;
        variable = ngx_http_add_variable(cf, &name, ngx_http_sidewatch_variables[i].flags);
        if (variable == NULL) {
            return NGX_ERROR;
        }
        variable->get_handler = ngx_http_sidewatch_variables[i].get_handler;
        variable->data = ngx_http_sidewatch_variables[i].data;
    }
    conf->request_id = ngx_http_get_variable_index(cf, &request_id);
    return conf->request_id == NGX_ERROR ? NGX_ERROR : NGX_OK;
}

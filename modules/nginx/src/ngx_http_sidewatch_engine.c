/* Engines by policy file, and the transactions waiting to be used again. */

#include "ngx_http_sidewatch.h"

/* Larger policies are refused: nobody writes them by hand. */
#define NGX_HTTP_SIDEWATCH_POLICY_MAX (1024 * 1024)

static ngx_int_t ngx_http_sidewatch_read(ngx_conf_t *cf, ngx_str_t *path, ngx_str_t *text);
static void ngx_http_sidewatch_engine_cleanup(void *data);

/* The engine of a policy file, built at the first use of its name; an empty name is the default policy. */
ngx_http_sidewatch_engine_t *
ngx_http_sidewatch_engine(ngx_conf_t *cf, ngx_str_t *policy)
{
    ngx_http_sidewatch_main_conf_t *conf = ngx_http_conf_get_module_main_conf(cf, ngx_http_sidewatch_module);
    ngx_http_sidewatch_engine_t **known = conf->engines.elts, **place, *engine;
    ngx_str_t text = ngx_null_string;
    ngx_pool_cleanup_t *cleanup;
    char reason[512];
    int32_t result;
    ngx_uint_t i;

    for (i = 0; i < conf->engines.nelts; i++) {
        if (known[i]->policy.len == policy->len && ngx_strncmp(known[i]->policy.data, policy->data, policy->len) == 0) {
            return known[i];
        }
    }
    if (policy->len && ngx_http_sidewatch_read(cf, policy, &text) != NGX_OK) {
        return NULL;
    }
    engine = ngx_pcalloc(cf->pool, sizeof(ngx_http_sidewatch_engine_t));
    cleanup = ngx_pool_cleanup_add(cf->pool, 0);
    place = ngx_array_push(&conf->engines);
    if (engine == NULL || cleanup == NULL || place == NULL) {
        return NULL;
    }
    engine->policy = *policy;
    engine->loaded = ngx_time();
    *place = engine;
    cleanup->handler = ngx_http_sidewatch_engine_cleanup;
    cleanup->data = engine;
    result = sidewatch_engine_new(text.data, text.len, reason, sizeof(reason), &engine->engine);
    if (result != SIDEWATCH_OK) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "sidewatch refused \"%V\": %s", policy,
                           reason[0] ? reason : sidewatch_result_text(result));
        return NULL;
    }
    return engine;
}

static ngx_int_t
ngx_http_sidewatch_read(ngx_conf_t *cf, ngx_str_t *path, ngx_str_t *text)
{
    ngx_file_t file;
    ngx_file_info_t info;
    ngx_int_t rc = NGX_ERROR;
    ssize_t n;

    ngx_memzero(&file, sizeof(ngx_file_t));
    file.name = *path;
    file.log = cf->log;
    file.fd = ngx_open_file(path->data, NGX_FILE_RDONLY, NGX_FILE_OPEN, 0);
    if (file.fd == NGX_INVALID_FILE) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, ngx_errno, "cannot open sidewatch policy \"%V\"", path);
        return NGX_ERROR;
    }
    if (ngx_fd_info(file.fd, &info) == NGX_FILE_ERROR || !ngx_is_file(&info)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "sidewatch policy \"%V\" is no regular file", path);
    } else if (ngx_file_size(&info) > NGX_HTTP_SIDEWATCH_POLICY_MAX) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "sidewatch policy \"%V\" has %O bytes, more than %d", path,
                           ngx_file_size(&info), NGX_HTTP_SIDEWATCH_POLICY_MAX);
    } else {
        text->len = ngx_file_size(&info);
        text->data = ngx_pnalloc(cf->pool, text->len + 1);
        n = text->data == NULL ? NGX_ERROR : ngx_read_file(&file, text->data, text->len, 0);
        if (n == (ssize_t) text->len) {
            rc = NGX_OK;
        } else {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "cannot read sidewatch policy \"%V\"", path);
        }
    }
    (void) ngx_close_file(file.fd);
    return rc;
}

static void
ngx_http_sidewatch_engine_cleanup(void *data)
{
    ngx_http_sidewatch_engine_t *engine = data;

    ngx_http_sidewatch_count(NGX_HTTP_SIDEWATCH_COUNT_IDLE, -(ngx_atomic_int_t) engine->idle_count);
    while (engine->idle_count) {
        sidewatch_transaction_free(engine->idle[--engine->idle_count]);
    }
    sidewatch_engine_free(engine->engine);
}

/* A transaction as new, or NULL. */
sidewatch_transaction *
ngx_http_sidewatch_take(ngx_http_sidewatch_engine_t *engine)
{
    sidewatch_transaction *tx = NULL;
    int32_t result;

    if (engine->idle_count) {
        tx = engine->idle[--engine->idle_count];
        ngx_http_sidewatch_count(NGX_HTTP_SIDEWATCH_COUNT_IDLE, -1);
    } else {
        result = sidewatch_transaction_new(engine->engine, &tx);
        if (result != SIDEWATCH_OK) {
            ngx_http_sidewatch_count_failure(ngx_cycle->log, result, "transaction");
            return NULL;
        }
    }
    ngx_http_sidewatch_count(NGX_HTTP_SIDEWATCH_COUNT_IN_USE, 1);
    return tx;
}

/* Keeps a transaction for the next request of this worker. */
void
ngx_http_sidewatch_give_back(ngx_http_sidewatch_engine_t *engine, sidewatch_transaction *tx)
{
    ngx_http_sidewatch_count(NGX_HTTP_SIDEWATCH_COUNT_IN_USE, -1);
    if (engine->idle_count < NGX_HTTP_SIDEWATCH_IDLE && sidewatch_transaction_reset(tx) == SIDEWATCH_OK) {
        engine->idle[engine->idle_count++] = tx;
        ngx_http_sidewatch_count(NGX_HTTP_SIDEWATCH_COUNT_IDLE, 1);
    } else {
        sidewatch_transaction_free(tx);
    }
}

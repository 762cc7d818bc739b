/* Directives and configuration. README.md documents the directives. */

#include "ngx_http_sidewatch.h"

static ngx_int_t ngx_http_sidewatch_preconfiguration(ngx_conf_t *cf);
static ngx_int_t ngx_http_sidewatch_postconfiguration(ngx_conf_t *cf);
static void *ngx_http_sidewatch_create_main_conf(ngx_conf_t *cf);
static void *ngx_http_sidewatch_create_loc_conf(ngx_conf_t *cf);
static char *ngx_http_sidewatch_merge_loc_conf(ngx_conf_t *cf, void *parent, void *child);
static char *ngx_http_sidewatch_mirror_target(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
static char *ngx_http_sidewatch_policy(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);

#define EVERYWHERE NGX_HTTP_MAIN_CONF | NGX_HTTP_SRV_CONF | NGX_HTTP_LOC_CONF

static ngx_command_t ngx_http_sidewatch_commands[] = {
    { ngx_string("sidewatch"), EVERYWHERE | NGX_CONF_FLAG, ngx_conf_set_flag_slot, NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_sidewatch_loc_conf_t, enable), NULL },
    { ngx_string("sidewatch_mirror_target"), NGX_HTTP_LOC_CONF | NGX_CONF_NOARGS,
      ngx_http_sidewatch_mirror_target, NGX_HTTP_LOC_CONF_OFFSET, 0, NULL },
    { ngx_string("sidewatch_policy"), EVERYWHERE | NGX_CONF_TAKE1, ngx_http_sidewatch_policy,
      NGX_HTTP_LOC_CONF_OFFSET, 0, NULL },
    { ngx_string("sidewatch_events"), EVERYWHERE | NGX_CONF_1MORE, ngx_http_sidewatch_events,
      NGX_HTTP_LOC_CONF_OFFSET, 0, NULL },
    { ngx_string("sidewatch_status"), NGX_HTTP_LOC_CONF | NGX_CONF_NOARGS, ngx_http_sidewatch_status,
      NGX_HTTP_LOC_CONF_OFFSET, 0, NULL },
    ngx_null_command
};

static ngx_http_module_t ngx_http_sidewatch_module_ctx = {
    ngx_http_sidewatch_preconfiguration,
    ngx_http_sidewatch_postconfiguration,
    ngx_http_sidewatch_create_main_conf,
    NULL,
    NULL,
    NULL,
    ngx_http_sidewatch_create_loc_conf,
    ngx_http_sidewatch_merge_loc_conf,
};

ngx_module_t ngx_http_sidewatch_module = {
    NGX_MODULE_V1,
    &ngx_http_sidewatch_module_ctx,
    ngx_http_sidewatch_commands,
    NGX_HTTP_MODULE,
    NULL,
    NULL,
    ngx_http_sidewatch_status_init_process,
    NULL,
    NULL,
    ngx_http_sidewatch_status_exit_process,
    NULL,
    NGX_MODULE_V1_PADDING,
};

static ngx_int_t
ngx_http_sidewatch_preconfiguration(ngx_conf_t *cf)
{
    if (sidewatch_abi_version() >> 16 != SIDEWATCH_ABI_VERSION >> 16) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "sidewatch: the module was built for ABI %ui, the library %s has %ui",
                           (ngx_uint_t) (SIDEWATCH_ABI_VERSION >> 16), sidewatch_version(),
                           (ngx_uint_t) (sidewatch_abi_version() >> 16));
        return NGX_ERROR;
    }
    return NGX_OK;
}

static ngx_int_t
ngx_http_sidewatch_postconfiguration(ngx_conf_t *cf)
{
    ngx_http_core_main_conf_t *core = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);
    ngx_http_handler_pt *log = ngx_array_push(&core->phases[NGX_HTTP_LOG_PHASE].handlers);

    if (log == NULL || ngx_http_sidewatch_status_zone(cf) != NGX_OK) {
        return NGX_ERROR;
    }
    *log = ngx_http_sidewatch_log_handler;
    ngx_http_sidewatch_body_filter_init();
    return NGX_OK;
}

static void *
ngx_http_sidewatch_create_main_conf(ngx_conf_t *cf)
{
    ngx_http_sidewatch_main_conf_t *conf = ngx_pcalloc(cf->pool, sizeof(ngx_http_sidewatch_main_conf_t));

    if (conf == NULL
        || ngx_array_init(&conf->engines, cf->pool, 4, sizeof(ngx_http_sidewatch_engine_t *)) != NGX_OK
        || ngx_array_init(&conf->sinks, cf->pool, 4, sizeof(ngx_http_sidewatch_sink_t *)) != NGX_OK)
    {
        return NULL;
    }
    return conf;
}

static void *
ngx_http_sidewatch_create_loc_conf(ngx_conf_t *cf)
{
    ngx_http_sidewatch_loc_conf_t *conf = ngx_pcalloc(cf->pool, sizeof(ngx_http_sidewatch_loc_conf_t));

    if (conf == NULL) {
        return NULL;
    }
    conf->enable = NGX_CONF_UNSET;
    conf->mirror = NGX_CONF_UNSET;
    conf->engine = NGX_CONF_UNSET_PTR;
    conf->outputs = NGX_CONF_UNSET_PTR;
    return conf;
}

static char *
ngx_http_sidewatch_merge_loc_conf(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_http_sidewatch_loc_conf_t *prev = parent;
    ngx_http_sidewatch_loc_conf_t *conf = child;
    ngx_str_t none = ngx_null_string;

    ngx_conf_merge_value(conf->enable, prev->enable, 0);
    ngx_conf_merge_value(conf->mirror, prev->mirror, 0);
    ngx_conf_merge_ptr_value(conf->engine, prev->engine, NULL);
    ngx_conf_merge_ptr_value(conf->outputs, prev->outputs, NULL);
    if (conf->enable && conf->engine == NULL) {
        conf->engine = ngx_http_sidewatch_engine(cf, &none);
        if (conf->engine == NULL) {
            return NGX_CONF_ERROR;
        }
    }
    if (conf->enable && conf->outputs == NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "\"sidewatch\" is on and no \"sidewatch_events\" says where to write");
        return NGX_CONF_ERROR;
    }
    return NGX_CONF_OK;
}

/* sidewatch_mirror_target; */
static char *
ngx_http_sidewatch_mirror_target(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_sidewatch_loc_conf_t *sidewatch = conf;
    ngx_http_core_loc_conf_t *core = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if (sidewatch->mirror != NGX_CONF_UNSET) {
        return "is duplicate";
    }
    if (sidewatch->enable == 0) {
        return "makes no sense with \"sidewatch off\"";
    }
    sidewatch->mirror = 1;
    sidewatch->enable = 1;
    core->handler = ngx_http_sidewatch_content_handler;
    return NGX_CONF_OK;
}

/* sidewatch_policy FILE; */
static char *
ngx_http_sidewatch_policy(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_sidewatch_loc_conf_t *sidewatch = conf;
    ngx_str_t *value = cf->args->elts;

    if (sidewatch->engine != NGX_CONF_UNSET_PTR) {
        return "is duplicate";
    }
    if (ngx_conf_full_name(cf->cycle, &value[1], 1) != NGX_OK) {
        return NGX_CONF_ERROR;
    }
    sidewatch->engine = ngx_http_sidewatch_engine(cf, &value[1]);
    return sidewatch->engine == NULL ? NGX_CONF_ERROR : NGX_CONF_OK;
}

/* Directives and configuration. README.md documents the directives. */

#include "ngx_http_sidewatch.h"

static ngx_int_t ngx_http_sidewatch_preconfiguration(ngx_conf_t *cf);
static ngx_int_t ngx_http_sidewatch_postconfiguration(ngx_conf_t *cf);
static void *ngx_http_sidewatch_create_main_conf(ngx_conf_t *cf);
static void *ngx_http_sidewatch_create_loc_conf(ngx_conf_t *cf);
static char *ngx_http_sidewatch_merge_loc_conf(ngx_conf_t *cf, void *parent, void *child);
static char *ngx_http_sidewatch_mode(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
static char *ngx_http_sidewatch_block_status(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
static char *ngx_http_sidewatch_mirror_target(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
static char *ngx_http_sidewatch_policy(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);

#define EVERYWHERE NGX_HTTP_MAIN_CONF | NGX_HTTP_SRV_CONF | NGX_HTTP_LOC_CONF

static ngx_conf_enum_t ngx_http_sidewatch_responses[] = {
    { ngx_string("off"), NGX_HTTP_SIDEWATCH_RESPONSES_OFF },
    { ngx_string("head"), NGX_HTTP_SIDEWATCH_RESPONSES_HEAD },
    { ngx_string("on"), NGX_HTTP_SIDEWATCH_RESPONSES_ON },
    { ngx_null_string, 0 },
};

static ngx_conf_enum_t ngx_http_sidewatch_on_error[] = {
    { ngx_string("pass"), NGX_HTTP_SIDEWATCH_ERROR_PASS },
    { ngx_string("block"), NGX_HTTP_SIDEWATCH_ERROR_BLOCK },
    { ngx_null_string, 0 },
};

static ngx_command_t ngx_http_sidewatch_commands[] = {
    { ngx_string("sidewatch"), EVERYWHERE | NGX_HTTP_LIF_CONF | NGX_CONF_TAKE1, ngx_http_sidewatch_mode,
      NGX_HTTP_LOC_CONF_OFFSET, 0, NULL },
    { ngx_string("sidewatch_responses"), EVERYWHERE | NGX_CONF_TAKE1, ngx_conf_set_enum_slot, NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_sidewatch_loc_conf_t, responses), ngx_http_sidewatch_responses },
    { ngx_string("sidewatch_block_status"), EVERYWHERE | NGX_CONF_TAKE1, ngx_http_sidewatch_block_status,
      NGX_HTTP_LOC_CONF_OFFSET, 0, NULL },
    { ngx_string("sidewatch_on_error"), EVERYWHERE | NGX_CONF_TAKE1, ngx_conf_set_enum_slot, NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_sidewatch_loc_conf_t, on_error), ngx_http_sidewatch_on_error },
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
    return ngx_http_sidewatch_add_variables(cf);
}

static ngx_int_t
ngx_http_sidewatch_postconfiguration(ngx_conf_t *cf)
{
    ngx_http_core_main_conf_t *core = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);
    ngx_http_handler_pt *log = ngx_array_push(&core->phases[NGX_HTTP_LOG_PHASE].handlers);
    ngx_http_handler_pt *preaccess = ngx_array_push(&core->phases[NGX_HTTP_PREACCESS_PHASE].handlers);

    if (log == NULL || preaccess == NULL || ngx_http_sidewatch_status_zone(cf) != NGX_OK) {
        return NGX_ERROR;
    }
    /* First of all, so that the access logs, which are written in the same phase, tell the final verdict. */
    for (; log != core->phases[NGX_HTTP_LOG_PHASE].handlers.elts; log--) {
        *log = log[-1];
    }
    *log = ngx_http_sidewatch_log_handler;
    *preaccess = ngx_http_sidewatch_preaccess_handler;
    ngx_http_sidewatch_body_filter_init();
    ngx_http_sidewatch_response_init();
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
    conf->block = NGX_CONF_UNSET;
    conf->responses = NGX_CONF_UNSET_UINT;
    conf->block_status = NGX_CONF_UNSET_UINT;
    conf->on_error = NGX_CONF_UNSET_UINT;
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
    ngx_conf_merge_value(conf->block, prev->block, 0);
    ngx_conf_merge_uint_value(conf->responses, prev->responses, NGX_HTTP_SIDEWATCH_RESPONSES_ON);
    ngx_conf_merge_uint_value(conf->block_status, prev->block_status, NGX_HTTP_FORBIDDEN);
    ngx_conf_merge_uint_value(conf->on_error, prev->on_error, NGX_HTTP_SIDEWATCH_ERROR_PASS);
    /* Not for locations inside: they answer otherwise, and must not believe the fields of whoever asks them. */
    ngx_conf_init_value(conf->mirror, 0);
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

/* sidewatch on | monitor | block | off; */
static char *
ngx_http_sidewatch_mode(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_sidewatch_loc_conf_t *sidewatch = conf;
    ngx_str_t *value = cf->args->elts;

    if (sidewatch->mirror != NGX_CONF_UNSET && ngx_strcmp(value[1].data, "monitor") != 0
        && ngx_strcmp(value[1].data, "on") != 0)
    {
        return "makes no sense with \"sidewatch_mirror_target\", unless it is \"on\"";
    }
    if (sidewatch->enable != NGX_CONF_UNSET && sidewatch->mirror == NGX_CONF_UNSET) {
        return "is duplicate";
    }
    sidewatch->enable = 1;
    sidewatch->block = 0;
    if (ngx_strcmp(value[1].data, "block") == 0) {
        sidewatch->block = 1;
    } else if (ngx_strcmp(value[1].data, "off") == 0) {
        sidewatch->enable = 0;
    } else if (ngx_strcmp(value[1].data, "on") != 0 && ngx_strcmp(value[1].data, "monitor") != 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid value \"%V\" in \"sidewatch\" directive: \"on\", \"monitor\", \"block\" or \"off\" is expected",
                           &value[1]);
        return NGX_CONF_ERROR;
    }
    return NGX_CONF_OK;
}

/* sidewatch_block_status STATUS; */
static char *
ngx_http_sidewatch_block_status(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_sidewatch_loc_conf_t *sidewatch = conf;
    ngx_str_t *value = cf->args->elts;
    ngx_int_t status = ngx_atoi(value[1].data, value[1].len);

    if (sidewatch->block_status != NGX_CONF_UNSET_UINT) {
        return "is duplicate";
    }
    /* NGINX closes the connection without an answer for 408 and 499, and means something of its own by 494 to 498. */
    if (status < 400 || status > 599 || status == NGX_HTTP_REQUEST_TIME_OUT || (status >= 494 && status <= 499)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid status \"%V\": 400 to 599 is expected, but for 408 and 494 to 499", &value[1]);
        return NGX_CONF_ERROR;
    }
    sidewatch->block_status = status;
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
    if (sidewatch->enable == 0 || sidewatch->block == 1) {
        return sidewatch->block == 1 ? "makes no sense with \"sidewatch block\": what it gets are copies"
                                     : "makes no sense with \"sidewatch off\"";
    }
    sidewatch->mirror = 1;
    sidewatch->enable = 1;
    sidewatch->block = 0;
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

//! Names through which an expression of a template leaves the template.
//!
//! Sources: Python data model (special attributes), Jinja2, Flask, Django, Tornado and Mako manuals (default context);
//! Twig and Smarty manuals; PHP manual (program execution, filesystem); Java SE API (java.lang, java.lang.reflect,
//! javax.script), Freemarker manual (built-ins for experts), Velocity, Spring Expression Language; Ruby core (Kernel, IO,
//! File, Dir, Process); Node.js API (process, child_process); .NET (System.Diagnostics, System.IO).

use crate::detect::lex::initials::Initials;

/// Python attributes that lead from any object to every class and module.
#[rustfmt::skip]
pub const PYTHON: &[&str] = &[
    "__class__", "__mro__", "__base__", "__bases__", "__subclasses__", "__globals__", "__builtins__", "__import__",
    "__init__", "__dict__", "__getitem__", "__getattribute__", "__code__", "__closure__", "__self__", "__func__",
    "__wrapped__", "__loader__", "__reduce__", "__reduce_ex__", "__call__", "__enter__", "__module__", "func_globals",
    "gi_frame", "gi_code", "f_globals", "f_back", "cr_frame", "tb_frame", "co_consts", "_TemplateReference__context",
    "__spec__", "__new__", "__setattr__", "__getattr__", "_NSAttr__parent",
];

/// Names whose mere mention in an expression says that it leaves the template.
#[rustfmt::skip]
pub const TELLING: &[&str] = &[
    "ProcessBuilder", "getRuntime", "ScriptEngineManager", "getProtectionDomain", "getClassLoader", "URLClassLoader",
    "Execute", "ObjectConstructor", "JythonRuntime", "child_process", "mainModule", "execSync", "spawnSync", "popen",
    "subprocess", "shell_exec", "passthru", "proc_open", "phpinfo", "SECRET_KEY", "file_put_contents",
    "registerUndefinedFilterCallback", "registerUndefinedFunctionCallback", "getStreamVariable", "writeFile",
    "class_loader", "instance_eval", "class_eval", "getoutput", "check_output", "addressPlayground", "subclasses",
    "BeanUtils", "forName", "exec_module", "load_module", "import_module", "_mmarker",
];

/// For [`PYTHON`] and [`TELLING`]; of names of 32 letters and more nothing is told.
static INITIALS: Initials = {
    let (lists, mut list) = ([PYTHON, TELLING], 0);
    let mut initials = Initials::of(&[]);
    while list < lists.len() {
        let mut i = 0;
        while i < lists[list].len() {
            if lists[list][i].len() < 32 {
                initials = initials.and(&[lists[list][i]]);
            }
            i += 1;
        }
        list += 1;
    }
    initials
};

/// Whether `word` may be one of [`PYTHON`] or [`TELLING`].
///
/// PERF: most words differ from all of them in the first letter or in length.
pub fn may_tell(word: &[u8]) -> bool {
    word.len() >= 32 || INITIALS.fit(word)
}

/// Functions and methods whose call says so.
#[rustfmt::skip]
pub const CALLED: &[&str] = &[
    "getClass", "newInstance", "getMethod", "getDeclaredMethod", "getDeclaredConstructors", "getConstructor", "invoke",
    "getEngineByName", "loadClass", "getInputStream", "getResource", "system", "exec", "eval", "assert", "sleep",
    "require", "spawn", "execFile", "file_get_contents", "readfile", "show_source", "highlight_file", "getenv", "mro",
    "file_excerpt", "dump", "unserialize", "call_user_func", "create_function", "array_map", "getFilter", "toStream",
    "instance_variable_get", "entries", "readlines", "compile", "getPwd", "interpret", "inspect", "getBean", "getSession",
    "getServletContext", "getExternalContext", "setAttribute",
];

/// Objects that engines put into every template, and what is theirs alone.
#[rustfmt::skip]
pub const CONTEXT: &[&str] = &[
    "self", "_self", "_context", "config", "request", "session", "g", "app", "cycler", "joiner", "namespace", "lipsum",
    "url_for", "get_flashed_messages", "settings", "handler", "application", "smarty", "debug", "environ", "block",
    "caller", "loop", "range", "dict",
];

/// Members of those that reach the server's state.
#[rustfmt::skip]
pub const REACHED: &[&str] = &[
    "application", "environ", "server", "registry", "items", "iteritems", "values", "env", "getFilter", "secret_key",
    "SECRET_KEY", "from_object", "from_pyfile", "module", "template", "context", "cache", "_module", "settings",
    "template_object", "version", "current_app", "get_data", "files", "cookies",
];

/// Classes and modules of the languages below the engines that a template has no use for.
#[rustfmt::skip]
pub const MODULES: &[(&str, &[&str])] = &[
    ("os", &["system", "popen", "environ", "listdir", "exec", "spawn"]),
    ("IO", &["popen", "read", "readlines", "sysopen", "binread"]),
    ("File", &["open", "read", "new", "write", "readlines", "ReadAllText", "WriteAllText"]),
    ("Dir", &["entries", "glob", "foreach", "pwd", "children"]),
    ("Kernel", &["system", "exec", "open", "spawn"]),
    ("Process", &["Start", "spawn", "clock_gettime", "GetProcesses"]),
    ("Diagnostics", &["Process"]),
    ("java", &["lang", "io", "util", "net", "nio", "security"]),
    ("javax", &["script", "naming", "el"]),
    ("process", &["mainModule", "binding", "exit", "kill", "dlopen"]),
    ("freemarker", &["template"]),
    ("commons", &["io"]),
    ("Response", &["Write", "End"]),
    ("Server", &["CreateObject", "MapPath"]),
    ("System", &["IO", "Diagnostics", "Reflection", "Environment"]),
];

/// PHP functions that run what they are handed: arguments of Twig's `filter`, `map`, `sort` and `reduce`.
#[rustfmt::skip]
pub const CALLBACKS: &[&str] = &[
    "system", "passthru", "exec", "shell_exec", "popen", "proc_open", "assert", "eval", "phpinfo", "file_put_contents",
    "file_get_contents", "call_user_func", "readfile", "include", "unserialize", "pcntl_exec", "error_log", "var_dump",
];

/// Whether `word` is one of `names`.
pub fn one_of(word: &[u8], names: &[&str]) -> bool {
    names.iter().any(|n| n.as_bytes() == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_that_tells_may() {
        assert!(PYTHON.iter().chain(TELLING).all(|name| may_tell(name.as_bytes())));
        assert!(!may_tell(b"quantity") && !may_tell(b""));
    }
}

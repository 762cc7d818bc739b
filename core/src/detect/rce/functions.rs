//! Functions through which code runs commands or code, in PHP, Python, Ruby, Perl, Node and others.
//!
//! Names from: PHP manual, "Function Reference" (program execution, function handling, PHP options, POSIX, filesystem,
//! zlib, cURL, SSH2); Python library reference (`os`, `subprocess`, `asyncio`, `pty`, `runpy`, `importlib`); Ruby core
//! (`Kernel`, `IO`, `Process`, `Object`, `Module`) and `open3`; perlfunc; Node.js API (`child_process`, `vm`, `process`).

use super::programs::Filter;
use crate::bytes::Words;
use crate::detect::Groups;

/// What a function does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Does {
    /// Runs a command of the system.
    Runs,
    /// Runs program text.
    Evaluates,
    /// Loads a module by name.
    Loads,
    /// Tells something of the system.
    Tells,
    /// Decodes text, as hidden code is.
    Decodes,
    /// Reads or writes files.
    Files,
    /// Prints.
    Prints,
    /// Waits.
    Waits,
}

/// A function: name, what it does, how unlikely the name is elsewhere (0 to 4), language.
pub(super) type Function = (&'static str, Does, i8, &'static str);

/// Lower case, sorted.
#[rustfmt::skip]
pub(super) static FUNCTIONS: &[Function] = &[
    ("__builtins__.__import__", Does::Loads, 4, "Python"), ("__import__", Does::Loads, 4, "Python"),
    ("__send__", Does::Evaluates, 1, "Ruby"), ("apache_get_modules", Does::Tells, 3, "PHP"),
    ("apache_getenv", Does::Tells, 3, "PHP"), ("array_filter", Does::Evaluates, 1, "PHP"),
    ("array_map", Does::Evaluates, 1, "PHP"), ("array_reduce", Does::Evaluates, 1, "PHP"),
    ("array_walk", Does::Evaluates, 1, "PHP"), ("assert", Does::Evaluates, 1, "PHP"),
    ("assert_options", Does::Evaluates, 3, "PHP"), ("asyncio.create_subprocess_exec", Does::Runs, 4, "Python"),
    ("asyncio.create_subprocess_shell", Does::Runs, 4, "Python"), ("base64_decode", Does::Decodes, 2, "PHP"),
    ("bun.spawn", Does::Runs, 3, "Bun"), ("bzdecompress", Does::Decodes, 2, "PHP"),
    ("call_user_func", Does::Evaluates, 3, "PHP"), ("call_user_func_array", Does::Evaluates, 3, "PHP"),
    ("class_eval", Does::Evaluates, 2, "Ruby"), ("commands.getoutput", Does::Runs, 3, "Python"),
    ("commands.getstatusoutput", Does::Runs, 3, "Python"), ("convert_uudecode", Does::Decodes, 2, "PHP"),
    ("core::exec", Does::Runs, 3, "Perl"), ("core::system", Does::Runs, 3, "Perl"),
    ("create_function", Does::Evaluates, 3, "PHP"), ("curl_exec", Does::Files, 2, "PHP"),
    ("deno.run", Does::Runs, 3, "Deno"), ("die", Does::Prints, 1, "PHP"), ("dl", Does::Evaluates, 1, "PHP"),
    ("echo", Does::Prints, 0, "PHP"), ("eval", Does::Evaluates, 1, "PHP or JavaScript"),
    ("exec", Does::Runs, 1, "PHP"), ("execfile", Does::Evaluates, 2, "Python"),
    ("execfilesync", Does::Runs, 3, "Node"), ("execsync", Does::Runs, 3, "Node"), ("execve", Does::Runs, 2, "C"),
    ("expect_popen", Does::Runs, 4, "PHP"), ("file_get_contents", Does::Files, 2, "PHP"),
    ("file_put_contents", Does::Files, 2, "PHP"), ("fopen", Does::Files, 1, "PHP"),
    ("forward_static_call", Does::Evaluates, 3, "PHP"), ("forward_static_call_array", Does::Evaluates, 3, "PHP"),
    ("fsockopen", Does::Files, 2, "PHP"), ("get_cfg_var", Does::Tells, 3, "PHP"),
    ("get_current_user", Does::Tells, 2, "PHP"), ("get_defined_constants", Does::Tells, 3, "PHP"),
    ("get_defined_functions", Does::Tells, 3, "PHP"), ("get_defined_vars", Does::Tells, 3, "PHP"),
    ("get_loaded_extensions", Does::Tells, 3, "PHP"), ("getallheaders", Does::Tells, 2, "PHP"),
    ("getenv", Does::Tells, 1, "PHP"), ("getmypid", Does::Tells, 2, "PHP"), ("getmyuid", Does::Tells, 2, "PHP"),
    ("gzdecode", Does::Decodes, 2, "PHP"), ("gzinflate", Does::Decodes, 3, "PHP"),
    ("gzuncompress", Does::Decodes, 3, "PHP"), ("hex2bin", Does::Decodes, 2, "PHP"),
    ("highlight_file", Does::Files, 3, "PHP"), ("imap_open", Does::Files, 2, "PHP"),
    ("import", Does::Loads, 1, "Node"), ("importlib.import_module", Does::Loads, 3, "Python"),
    ("ini_get_all", Does::Tells, 3, "PHP"), ("ini_set", Does::Evaluates, 2, "PHP"),
    ("instance_eval", Does::Evaluates, 2, "Ruby"), ("io.popen", Does::Runs, 3, "Ruby or Lua"),
    ("io.readlines", Does::Files, 1, "Ruby"), ("iterator_apply", Does::Evaluates, 3, "PHP"),
    ("kernel.eval", Does::Evaluates, 3, "Ruby"), ("kernel.exec", Does::Runs, 3, "Ruby"),
    ("kernel.open", Does::Runs, 3, "Ruby"), ("kernel.spawn", Does::Runs, 3, "Ruby"),
    ("kernel.system", Does::Runs, 3, "Ruby"), ("mb_ereg_replace", Does::Evaluates, 2, "PHP"),
    ("md5", Does::Prints, 0, "PHP"), ("module_eval", Does::Evaluates, 3, "Ruby"),
    ("move_uploaded_file", Does::Files, 3, "PHP"), ("mysql_query", Does::Files, 1, "PHP"),
    ("ob_start", Does::Evaluates, 2, "PHP"), ("open3.capture2", Does::Runs, 3, "Ruby"),
    ("open3.capture2e", Does::Runs, 3, "Ruby"), ("open3.capture3", Does::Runs, 3, "Ruby"),
    ("open3.pipeline", Does::Runs, 3, "Ruby"), ("open3.popen3", Does::Runs, 3, "Ruby"),
    ("os.execl", Does::Runs, 3, "Python"), ("os.execle", Does::Runs, 3, "Python"),
    ("os.execlp", Does::Runs, 3, "Python"), ("os.execute", Does::Runs, 3, "Lua"),
    ("os.execv", Does::Runs, 3, "Python"), ("os.execvp", Does::Runs, 3, "Python"),
    ("os.execvpe", Does::Runs, 3, "Python"), ("os.getuid", Does::Tells, 2, "Python"),
    ("os.listdir", Does::Tells, 2, "Python"), ("os.popen", Does::Runs, 3, "Python"),
    ("os.posix_spawn", Does::Runs, 3, "Python"), ("os.spawnl", Does::Runs, 3, "Python"),
    ("os.spawnlp", Does::Runs, 3, "Python"), ("os.spawnv", Does::Runs, 3, "Python"),
    ("os.startfile", Does::Runs, 3, "Python"), ("os.system", Does::Runs, 3, "Python"),
    ("parse_ini_file", Does::Files, 2, "PHP"), ("parsekit_compile_string", Does::Evaluates, 4, "PHP"),
    ("passthru", Does::Runs, 3, "PHP"), ("pcntl_exec", Does::Runs, 4, "PHP"), ("pcntl_fork", Does::Runs, 4, "PHP"),
    ("php_ini_loaded_file", Does::Tells, 3, "PHP"), ("php_sapi_name", Does::Tells, 3, "PHP"),
    ("php_uname", Does::Tells, 3, "PHP"), ("phpcredits", Does::Tells, 3, "PHP"), ("phpinfo", Does::Tells, 3, "PHP"),
    ("phpversion", Does::Tells, 3, "PHP"), ("platform.popen", Does::Runs, 3, "Python"),
    ("popen", Does::Runs, 1, "PHP"), ("posix_getegid", Does::Tells, 3, "PHP"),
    ("posix_geteuid", Does::Tells, 3, "PHP"), ("posix_getgid", Does::Tells, 3, "PHP"),
    ("posix_getlogin", Does::Tells, 3, "PHP"), ("posix_getpid", Does::Tells, 3, "PHP"),
    ("posix_getpwuid", Does::Tells, 3, "PHP"), ("posix_getuid", Does::Tells, 3, "PHP"),
    ("posix_kill", Does::Runs, 3, "PHP"), ("posix_ttyname", Does::Tells, 3, "PHP"),
    ("posix_uname", Does::Tells, 3, "PHP"), ("preg_replace", Does::Evaluates, 1, "PHP"),
    ("preg_replace_callback", Does::Evaluates, 1, "PHP"), ("print", Does::Prints, 0, "PHP"),
    ("print_r", Does::Prints, 1, "PHP"), ("printf", Does::Prints, 0, "PHP"), ("proc_open", Does::Runs, 4, "PHP"),
    ("process.binding", Does::Loads, 3, "Node"), ("process.spawn", Does::Runs, 3, "Ruby"),
    ("pty.spawn", Does::Runs, 3, "Python"), ("public_send", Does::Evaluates, 1, "Ruby"),
    ("putenv", Does::Evaluates, 1, "PHP"), ("readfile", Does::Files, 1, "PHP"),
    ("reflectionfunction", Does::Evaluates, 2, "PHP"), ("register_shutdown_function", Does::Evaluates, 3, "PHP"),
    ("register_tick_function", Does::Evaluates, 3, "PHP"), ("require", Does::Loads, 1, "Node"),
    ("runinnewcontext", Does::Evaluates, 3, "Node"), ("runinthiscontext", Does::Evaluates, 3, "Node"),
    ("runpy.run_path", Does::Evaluates, 3, "Python"), ("scandir", Does::Files, 2, "PHP"),
    ("send", Does::Evaluates, 0, "Ruby"), ("session_set_save_handler", Does::Evaluates, 3, "PHP"),
    ("shell_exec", Does::Runs, 4, "PHP"), ("shellexecute", Does::Runs, 2, "VBScript"),
    ("show_source", Does::Files, 3, "PHP"), ("simplexml_load_file", Does::Files, 2, "PHP"),
    ("sleep", Does::Waits, 0, "PHP"), ("spawn", Does::Runs, 1, "Ruby or Node"),
    ("spawn_sync", Does::Runs, 3, "Node"), ("spawnsync", Does::Runs, 3, "Node"),
    ("spl_autoload_register", Does::Evaluates, 2, "PHP"), ("splfileobject", Does::Files, 3, "PHP"),
    ("ssh2_exec", Does::Runs, 4, "PHP"), ("str_rot13", Does::Decodes, 3, "PHP"),
    ("strrev", Does::Decodes, 2, "PHP"), ("subprocess.call", Does::Runs, 3, "Python"),
    ("subprocess.check_call", Does::Runs, 3, "Python"), ("subprocess.check_output", Does::Runs, 3, "Python"),
    ("subprocess.getoutput", Does::Runs, 3, "Python"), ("subprocess.getstatusoutput", Does::Runs, 3, "Python"),
    ("subprocess.popen", Does::Runs, 3, "Python"), ("subprocess.run", Does::Runs, 3, "Python"),
    ("sys_getloadavg", Does::Tells, 3, "PHP"), ("system", Does::Runs, 1, "PHP"),
    ("timeit.timeit", Does::Evaluates, 2, "Python"), ("uasort", Does::Evaluates, 1, "PHP"),
    ("uksort", Does::Evaluates, 1, "PHP"), ("unserialize", Does::Evaluates, 2, "PHP"),
    ("usort", Does::Evaluates, 1, "PHP"), ("var_dump", Does::Prints, 2, "PHP"),
    ("vm.runinnewcontext", Does::Evaluates, 3, "Node"), ("vm.runinthiscontext", Does::Evaluates, 3, "Node"),
    ("zend_version", Does::Tells, 3, "PHP"), ("zlib_decode", Does::Decodes, 2, "PHP"),
];

/// The names of the table.
static NAMES: Filter = {
    let (mut filter, mut i) = (Filter::NONE, 0);
    while i < FUNCTIONS.len() {
        filter = filter.with(FUNCTIONS[i].0.as_bytes());
        i += 1;
    }
    filter
};

/// The last words of the names of the table: `popen` of `os.popen`.
static LASTS: Filter = {
    let (mut filter, mut i) = (Filter::NONE, 0);
    while i < FUNCTIONS.len() {
        let name = FUNCTIONS[i].0.as_bytes();
        let mut last = name.len();
        while last > 0 && !matches!(name[last - 1], b'.' | b':') {
            last -= 1;
        }
        filter = filter.with(name.split_at(last).1);
        i += 1;
    }
    filter
};

/// Whether a name of the table may end in this word, in any case.
pub(super) fn may_end_in(word: &[u8]) -> bool {
    LASTS.may_hold(word)
}

/// `known` with a word of each name in the group of [`Groups::CODE`].
pub(super) const fn words(mut known: Words) -> Words {
    let mut i = 0;
    while i < FUNCTIONS.len() {
        known = known.with(FUNCTIONS[i].0, Groups::CODE.bits());
        i += 1;
    }
    known
}

/// Letters of the shortest name.
pub(super) const SHORTEST: usize = 2;

/// The function of this name, in any case.
pub(super) fn lookup(name: &[u8]) -> Option<&'static Function> {
    if !NAMES.may_hold(name) {
        return None;
    }
    let mut lower = [0u8; 32];
    let lower = lower.get_mut(..name.len())?;
    lower.copy_from_slice(name);
    lower.make_ascii_lowercase();
    let name = std::str::from_utf8(lower).ok()?;
    FUNCTIONS.binary_search_by(|f| f.0.cmp(name)).ok().and_then(|i| FUNCTIONS.get(i))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_fits_the_buffer() {
        assert!(FUNCTIONS.is_sorted_by(|a, b| a.0 < b.0));
        assert!(FUNCTIONS.iter().all(|f| (SHORTEST..=32).contains(&f.0.len())));
    }
}

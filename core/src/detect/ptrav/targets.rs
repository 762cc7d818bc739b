//! Files that attackers read and applications do not hand out.
//!
//! Paths are lower case with `/`, as in [`Run::tail`](crate::detect::lex::path::Run::tail). Sources: Filesystem
//! Hierarchy Standard 3.0 (etc, var, usr, opt, root), Linux man-pages (`proc(5)`, `sysfs(5)`, `passwd(5)`, `shadow(5)`,
//! `hosts(5)`, `sshd(8)`), Microsoft documentation (boot.ini, win.ini, System32\drivers\etc, the registry hives, IIS
//! configuration, Windows Setup answer files), Jakarta Servlet specification section 10.5 (WEB-INF), the Apache HTTP
//! Server, Tomcat, NGINX, PHP, MySQL, PostgreSQL, Exim, ProFTPD, vsftpd and WordPress manuals (where their
//! configuration and logs lie), Solaris and AIX administration guides (`/var/adm`, `/etc/security`).

use crate::bytes::Words;
use crate::detect::Groups;
use crate::detect::lex::find::find;

/// A file or folder worth an attack.
#[derive(Debug)]
pub struct Target {
    /// What the path is or, where it ends in `/`, begins with.
    pub path: &'static str,
    /// Confidence that a whole value of just this relative path is an attack.
    pub alone: u8,
    /// What lies there.
    pub what: &'static str,
}

const fn t(path: &'static str, alone: u8, what: &'static str) -> Target {
    Target { path, alone, what }
}

/// The places of a table's targets, by their first byte; targets with the same one stay in the table's order.
struct Index<const N: usize> {
    places: [u8; N],
    starts: [u8; 257],
}

impl<const N: usize> Index<N> {
    const fn of(table: &[Target]) -> Index<N> {
        assert!(N < 256 && table.len() == N);
        let (mut index, mut byte, mut n) = (Index { places: [0; N], starts: [0; 257] }, 0, 0);
        while byte < 256 {
            index.starts[byte] = n as u8;
            let mut i = 0;
            while i < N {
                if table[i].path.as_bytes()[0] as usize == byte {
                    index.places[n] = i as u8;
                    n += 1;
                }
                i += 1;
            }
            byte += 1;
        }
        index.starts[256] = n as u8;
        index
    }

    /// The first target of `table` that `path` is.
    fn find(&self, table: &'static [Target], path: &[u8]) -> Option<&'static Target> {
        let first = usize::from(*path.first()?);
        let places = self
            .places
            .get(usize::from(*self.starts.get(first)?)..usize::from(*self.starts.get(first + 1)?))?;
        places.iter().filter_map(|&i| table.get(usize::from(i))).find(|t| is(path, t.path))
    }
}

static ANYWHERE_INDEX: Index<{ ANYWHERE.len() }> = Index::of(ANYWHERE);
static ROOTED_INDEX: Index<{ ROOTED.len() }> = Index::of(ROOTED);

/// Known wherever in a path they stand.
#[rustfmt::skip]
pub static ANYWHERE: &[Target] = &[
    t("etc/passwd", 85, "the list of accounts"),
    t("etc/shadow", 85, "the password hashes"),
    t("etc/gshadow", 85, "the group password hashes"),
    t("etc/master.passwd", 85, "the password hashes (BSD)"),
    t("etc/group", 60, "the list of groups"),
    t("etc/hosts", 60, "the table of host names"),
    t("etc/issue", 60, "the name of the operating system"),
    t("etc/sudoers", 80, "who may become root"),
    t("etc/subuid", 70, "the subordinate user identifiers"),
    t("etc/fstab", 70, "the table of file systems"),
    t("etc/crontab", 70, "the scheduled jobs"),
    t("etc/motd", 60, "the message of the day"),
    t("etc/resolv.conf", 70, "the name servers"),
    t("etc/ssh", 75, "the SSH daemon's keys and configuration"),
    t("proc/self/", 85, "the server process itself: environment, command line, open files"),
    t("proc/thread-self/", 85, "the server process itself"),
    t("proc/version", 75, "the kernel's version"),
    t("proc/cpuinfo", 75, "the processor"),
    t("proc/meminfo", 75, "the memory"),
    t("proc/mounts", 75, "the mounted file systems"),
    t("proc/cmdline", 75, "the kernel's command line"),
    t("proc/interrupts", 75, "the interrupt counters"),
    t("proc/net", 75, "the network connections"),
    t("proc/sched_debug", 75, "the list of processes"),
    t("sys/class", 60, "the kernel's devices"),
    t("var/run/secrets/kubernetes.io/", 85, "the pod's service account"),
    t("windows/win.ini", 85, "a Windows file that anyone may read, a usual probe"),
    t("winnt/win.ini", 85, "a Windows file that anyone may read, a usual probe"),
    t("windows/system32/", 80, "the Windows system folder"),
    t("winnt/system32/", 80, "the Windows system folder"),
    t("windows/system.ini", 80, "a Windows file that anyone may read, a usual probe"),
    t("windows/repair/", 80, "copies of the registry hives"),
    t("windows/panther/", 80, "Windows Setup answer files, with passwords"),
    t("system32/drivers/etc/hosts", 85, "the table of host names"),
    t("system32/config/sam", 85, "the accounts' registry hive"),
    t("system32/cmd.exe", 80, "the command interpreter"),
    t("system32/inetsrv/", 75, "IIS's configuration"),
    t("boot.ini", 70, "the Windows boot menu, a usual probe"),
    t("win.ini", 55, "a Windows file that anyone may read, a usual probe"),
    t("web-inf/", 75, "what a Java web application never serves: configuration and classes"),
    t("meta-inf/context.xml", 75, "a Java web application's data sources"),
    t(".ssh/id_", 85, "a private key"),
    t(".ssh/authorized_keys", 85, "the keys that may sign in"),
    t(".ssh/known_hosts", 80, "the hosts someone signs in to"),
    t(".ssh/config", 80, "someone's SSH settings"),
    t(".aws/credentials", 85, "cloud credentials"),
    t(".aws/config", 75, "cloud settings"),
    t(".kube/config", 80, "cluster credentials"),
    t(".docker/config.json", 75, "registry credentials"),
    t(".bash_history", 75, "someone's commands"),
    t(".zsh_history", 75, "someone's commands"),
    t(".sh_history", 75, "someone's commands"),
    t(".mysql_history", 75, "someone's SQL statements"),
    t(".bash_profile", 60, "someone's login script"),
    t(".rhosts", 60, "the hosts that may sign in without a password"),
    t(".shosts", 60, "the hosts that may sign in without a password"),
    t(".netrc", 60, "passwords for other hosts"),
    t(".forward", 60, "where someone's mail goes"),
    t(".xauthority", 60, "the keys to someone's display"),
    t(".passwd", 60, "a password file"),
    t(".profile", 60, "someone's login script"),
    t(".cshrc", 60, "someone's shell settings"),
    t(".logout", 55, "someone's shell settings"),
    t(".bashrc", 60, "someone's shell settings"),
    t(".htpasswd", 75, "the web server's password file"),
    t(".htaccess", 50, "the web server's rules for a folder"),
    t(".env", 45, "the application's secrets"),
    t(".git/config", 60, "the source repository"),
    t(".git/head", 60, "the source repository"),
    t(".svn/entries", 60, "the source repository"),
    t("wp-config.php", 45, "WordPress's database password"),
    t("global.asa", 55, "an ASP application's settings"),
    t("web.config", 45, "an ASP.NET application's settings"),
    t("httpd.conf", 45, "the Apache configuration"),
    t("apache2.conf", 45, "the Apache configuration"),
    t("nginx.conf", 45, "the NGINX configuration"),
    t("tomcat-users.xml", 60, "Tomcat's passwords"),
    t("php.ini", 45, "the PHP configuration"),
    t("my.cnf", 45, "the MySQL configuration"),
    t("config.inc", 45, "an application's settings"),
    t("access_log", 45, "the web server's log, where planted code can be included from"),
    t("access.log", 45, "the web server's log, where planted code can be included from"),
    t("error_log", 45, "the web server's log, where planted code can be included from"),
    t("error.log", 45, "the web server's log, where planted code can be included from"),
];

/// Known when the path begins at the root or leaves its folder.
#[rustfmt::skip]
pub static ROOTED: &[Target] = &[
    t("etc/hostname", 0, "the host's name"),
    t("etc/release", 0, "the name of the operating system"),
    t("etc/os-release", 0, "the name of the operating system"),
    t("etc/redhat-release", 0, "the name of the operating system"),
    t("etc/debian_version", 0, "the name of the operating system"),
    t("etc/profile", 0, "everyone's login script"),
    t("etc/services", 0, "the table of services"),
    t("etc/mtab", 0, "the mounted file systems"),
    t("etc/security", 0, "accounts and their limits"),
    t("etc/ssl/private/", 0, "private keys"),
    t("etc/cron", 0, "the scheduled jobs"),
    t("etc/init.d/", 0, "the start scripts"),
    t("etc/rc", 0, "the start scripts"),
    t("etc/logrotate.d/", 0, "where the logs lie"),
    t("etc/pam.d/", 0, "how users are authenticated"),
    t("etc/httpd/", 0, "the web server's configuration"),
    t("etc/apache", 0, "the web server's configuration"),
    t("etc/nginx/", 0, "the web server's configuration"),
    t("etc/php", 0, "the PHP configuration"),
    t("etc/mysql/", 0, "the database's configuration"),
    t("etc/postgresql/", 0, "the database's configuration"),
    t("etc/kubernetes/", 0, "the cluster's configuration"),
    t("etc/default/", 0, "service settings"),
    t("etc/sysconfig/", 0, "service settings"),
    t("etc/inetd", 0, "the network services"),
    t("etc/xinetd", 0, "the network services"),
    t("etc/aliases", 0, "the mail aliases"),
    t("etc/exports", 0, "the exported file systems"),
    t("etc/networks", 0, "the table of networks"),
    t("etc/lsb-release", 0, "the name of the operating system"),
    t("etc/shells", 0, "the login shells"),
    t("etc/securetty", 0, "where root may sign in"),
    t("etc/dfs/", 0, "the exported file systems"),
    t("etc/system", 0, "the kernel's settings (Solaris)"),
    t("etc/vfstab", 0, "the table of file systems (Solaris)"),
    t("proc/", 0, "the kernel's process files"),
    t("sys/kernel/", 0, "the kernel's state"),
    t("var/log", 0, "the system's logs"),
    t("var/adm", 0, "the system's logs (System V)"),
    t("var/cron", 0, "the scheduled jobs' log"),
    t("var/lp", 0, "the printer's logs"),
    t("var/saf", 0, "the port monitors' log"),
    t("var/spool", 0, "queued mail and jobs"),
    t("var/mail", 0, "users' mail"),
    t("var/apache", 0, "the web server's files"),
    t("var/cpanel/", 0, "the hosting panel's files"),
    t("var/lib/mysql/", 0, "the database's files"),
    t("var/lib/php", 0, "session files"),
    t("usr/spool", 0, "queued mail and jobs"),
    t("usr/lib/cron/", 0, "the scheduled jobs"),
    t("usr/lib/security/", 0, "account settings (AIX)"),
    t("usr/local/cpanel/", 0, "the hosting panel's files"),
    t("usr/pkgsrc", 0, "the packages collection"),
    t("var/db/", 0, "the system's databases"),
    t("var/run/", 0, "the services' state"),
    t("var/lock/", 0, "the services' state"),
    t("usr/ports/", 0, "the ports collection"),
    t("root/.", 0, "root's own files"),
    t("root/anaconda-ks.cfg", 0, "the installer's answers, with the root password's hash"),
    t("boot/grub", 0, "the boot loader's configuration"),
    t("sysprep.inf", 0, "Windows Setup answers, with passwords"),
    t("sysprep.xml", 0, "Windows Setup answers, with passwords"),
    t("system volume information/", 0, "restore points"),
    t("ntuser.dat", 0, "a user's registry hive"),
    t("sysprep/", 0, "Windows Setup answers, with passwords"),
    t("unattend", 0, "Windows Setup answers, with passwords"),
    t("autoexec.bat", 0, "the DOS start script"),
    t("pagefile.sys", 0, "swapped-out memory"),
    t("windows/debug/", 0, "Windows Setup logs"),
    t("windows/temp/", 0, "temporary files"),
    t("windows/explorer.exe", 0, "a Windows program, a usual probe"),
    t("windows/my.ini", 0, "the MySQL configuration"),
    t("windows/php.ini", 0, "the PHP configuration"),
    t("windows/iis", 0, "IIS's log"),
    t("winnt/", 0, "the Windows folder"),
    t("inetpub/logs", 0, "IIS's logs"),
    t("documents and settings/", 0, "users' files"),
    t("minint/", 0, "Windows Setup files"),
];

/// First folders of a server's own file system.
pub static ROOTS: &[&str] = &[
    "etc",
    "var",
    "usr",
    "opt",
    "home",
    "root",
    "boot",
    "srv",
    "private",
    "volumes",
    "library",
    "system",
    "users",
    "windows",
    "winnt",
    "inetpub",
    "program files",
    "program files (x86)",
    "programdata",
    "xampp",
    "lampp",
    "wamp",
    "apache",
    "apache2",
    "apache group",
    "nginx",
    "php",
    "php4",
    "php5",
    "php7",
    "mysql",
    "logs",
    "www",
    "bin",
    "sbin",
    "tmp",
    "mnt",
    "proc",
    "sys",
];

/// First folders that no application has of its own.
static OS_ROOTS: &[&str] = &[
    "etc",
    "var",
    "usr",
    "proc",
    "boot",
    "root",
    "windows",
    "winnt",
    "program files",
    "program files (x86)",
    "programfiles",
    "inetpub",
    "xampp",
    "lampp",
    "documents and settings",
    "volumes",
];

/// Folders below `/etc` that content management systems serve by (Adobe Experience Manager's repository).
static ETC_ROUTES: &[&str] = &["designs", "clientlibs", "packages", "dam", "tags", "blueprints"];

/// Endings of configuration, log, key and database files.
static ENDINGS: &[&str] = &[
    ".conf",
    ".cnf",
    ".cfg",
    ".ini",
    ".config",
    ".log",
    ".err",
    ".pid",
    ".passwd",
    ".htpasswd",
    ".htaccess",
    ".pem",
    ".key",
    ".sql",
    ".allow",
    ".deny",
    ".include",
    ".default",
    ".dist",
    ".inc",
    ".cf",
    ".db",
    ".mdb",
    ".pl",
    ".py",
    ".xml",
    ".properties",
    ".bak",
    ".evtx",
    ".sam",
    ".bash_history",
    ".db",
    ".php",
];

/// Folders that stand in every host name and in what browsers call themselves.
static COMMON: &[&str] = &["www", "windows"];

/// `known` with a word of each target and folder: one that is whole in every path that is taken for it.
pub(super) const fn words(mut known: Words) -> Words {
    let mut i = 0;
    while i < ANYWHERE.len() {
        known = with_path(known, ANYWHERE[i].path, false);
        i += 1;
    }
    i = 0;
    while i < ROOTED.len() {
        known = with_path(known, ROOTED[i].path, true);
        i += 1;
    }
    i = 0;
    while i < ROOTS.len() {
        known = with_path(known, ROOTS[i], true);
        i += 1;
    }
    i = 0;
    while i < OS_ROOTS.len() {
        known = with_path(known, OS_ROOTS[i], true);
        i += 1;
    }
    known.with_all(COMMON, Groups::ROOTS.bits())
}

/// `known` with a word of `path`, or of its first folder, below which there are other names.
const fn with_path(known: Words, path: &str, first: bool) -> Words {
    let mut i = 0;
    while i < COMMON.len() {
        if begins(path, COMMON[i]) {
            return known;
        }
        i += 1;
    }
    let mut at = 0;
    while first && at < path.len() && path.as_bytes()[at] != b'/' {
        at += 1;
    }
    let path = if first { path.split_at(at).0 } else { path };
    // The longest word, of those as long the last: `win` is in what browsers call themselves.
    let (mut word, mut rest) = ("", path);
    while !rest.is_empty() {
        let mut len = 0;
        while len < rest.len() && rest.as_bytes()[len].is_ascii_alphabetic() {
            len += 1;
        }
        let (run, behind) = rest.split_at(len);
        if len >= word.len() && len > 0 {
            word = run;
        }
        rest = if behind.is_empty() { "" } else { behind.split_at(1).1 };
    }
    known.with(word, Groups::FILES.bits())
}

/// Whether the first folder of `path` is `folder`.
const fn begins(path: &str, folder: &str) -> bool {
    let (path, folder) = (path.as_bytes(), folder.as_bytes());
    let mut i = 0;
    while i < folder.len() {
        if i >= path.len() || path[i] != folder[i] {
            return false;
        }
        i += 1;
    }
    path.len() == folder.len() || path[folder.len()] == b'/'
}

/// The target whose path `tail` is, anywhere in it.
pub fn anywhere(tail: &[u8]) -> Option<&'static Target> {
    let mut at = 0;
    loop {
        let rest = tail.get(at..)?;
        if let Some(found) = ANYWHERE_INDEX.find(ANYWHERE, rest) {
            return Some(found);
        }
        at += memchr::memchr(b'/', rest)? + 1;
    }
}

/// The target whose path `tail` begins with.
pub fn rooted(tail: &[u8]) -> Option<&'static Target> {
    ROOTED_INDEX.find(ROOTED, tail)
}

/// Whether `tail` is a configuration, log or key file below a root folder of the server's own file system.
pub fn system_file(tail: &[u8]) -> bool {
    let Some(slash) = memchr::memchr(b'/', tail) else { return false };
    let first = tail.get(..slash).unwrap_or(tail);
    let last = tail.rsplit(|&b| b == b'/').next().unwrap_or(tail);
    let stem = [b"access".as_slice(), b"error", b"_log", b"-log", b"passwd"];
    ROOTS.iter().any(|r| r.as_bytes() == first)
        && (ENDINGS.iter().any(|e| last.ends_with(e.as_bytes()) && last.len() > 2)
            || stem.iter().any(|s| find(last, s).is_some())
            || last.ends_with(b"log"))
}

/// Whether `tail` lies below a folder that only the operating system has.
pub fn system_folder(tail: &[u8]) -> bool {
    let mut segments = tail.split(|&b| b == b'/');
    let (first, second) = (segments.next().unwrap_or(b""), segments.next().unwrap_or(b""));
    let route = match first {
        b"etc" => ETC_ROUTES.iter().any(|r| r.as_bytes() == second),
        // What sites serve from.
        b"var" => second == b"www",
        b"usr" => second == b"share",
        _ => false,
    };
    !second.is_empty() && !route && OS_ROOTS.iter().any(|r| r.as_bytes() == first)
}

/// Whether the last name tells of settings or secrets.
pub fn secretive(tail: &[u8]) -> bool {
    static WORDS: &[&str] = &["config", "passw", "secret", "credential", "database.", "settings.", ".inc"];
    let last = tail.rsplit(|&b| b == b'/').next().unwrap_or(tail);
    WORDS.iter().any(|w| find(last, w.as_bytes()).is_some())
}

fn is(path: &[u8], target: &str) -> bool {
    let Some(rest) = path.strip_prefix(target.as_bytes()) else { return false };
    let whole_word = || rest.first().is_none_or(|b| !b.is_ascii_alphabetic());
    target.ends_with(['/', '.', '_']) && !rest.is_empty() || whole_word() || OPEN_ENDED.contains(&target)
}

/// Targets that other names begin with, on purpose.
static OPEN_ENDED: &[&str] = &[
    "etc/cron",
    "etc/rc",
    "etc/apache",
    "etc/php",
    "etc/inetd",
    "etc/xinetd",
    "var/apache",
    "var/lib/php",
    "boot/grub",
    "unattend",
    "windows/iis",
];

//! Programs a shell injection names, with what they take and how unlikely the name is as a plain word.
//!
//! Names from: the utilities and special built-ins of IEEE Std 1003.1 "Shell and Utilities"; the manuals of GNU
//! coreutils, findutils, bash, util-linux, net-tools, iproute2, procps and BusyBox; package managers and interpreters by
//! their own manuals.

use super::fits::Takes::{self, *};
use super::start::unversioned;
use super::windows::PROGRAMS as WINDOWS;
use crate::bytes::{Wake, Words};
use crate::detect::lex::words::{self, MANY, ONE};
use crate::detect::{Groups, Value};

/// A program: name, what it takes, and how unlikely its name is as a word of text (0 an English word, 1 short or used
/// as an abbreviation, 2 nothing but a program).
pub(super) type Program = (&'static str, Takes, u8);

/// Sorted by name.
#[rustfmt::skip]
pub(super) static PROGRAMS: &[Program] = &[
    ("7z", File, 2), ("7za", File, 2), ("7zr", File, 2), ("adduser", Admin, 2), ("alias", Builtin, 1),
    ("ansible", Admin, 1), ("ansible-config", Admin, 2), ("ansible-console", Admin, 2), ("ansible-doc", Admin, 2),
    ("ansible-galaxy", Admin, 2), ("ansible-inventory", Admin, 2), ("ansible-playbook", Admin, 2),
    ("ansible-pull", Admin, 2), ("ansible-test", Admin, 2), ("ansible-vault", Admin, 2), ("apk", Admin, 2),
    ("apropos", Name, 1), ("apt", Admin, 1), ("apt-get", Admin, 2), ("aptitude", Admin, 2), ("ar", File, 1),
    ("arch", Info, 1), ("aria2c", Net, 2), ("arp", Info, 1), ("arping", Net, 2), ("ash", Shell, 1),
    ("at", Admin, 1), ("awk", File, 2), ("aws", Admin, 1), ("axel", Net, 1), ("az", Admin, 1), ("b2sum", File, 2),
    ("base32", File, 2), ("base64", File, 1), ("basename", File, 2), ("bash", Shell, 2), ("batch", Admin, 1),
    ("blkid", Info, 2), ("brew", Admin, 1), ("bsdcat", File, 2), ("bsdtar", File, 2), ("builtin", Wrapper, 1),
    ("bun", Interp, 1), ("bundle", Admin, 0), ("bunzip2", File, 2), ("busybox", Shell, 2), ("bzcat", File, 2),
    ("bzip2", File, 2), ("bzless", File, 2), ("bzmore", File, 2), ("c89", Interp, 2), ("c99", Interp, 2),
    ("cal", Info, 0), ("cargo", Admin, 1), ("cat", File, 0), ("cc", Interp, 2), ("cd", File, 0),
    ("chage", Admin, 2), ("chattr", File, 1), ("chef", Admin, 0), ("chef-client", Admin, 2), ("chef-run", Admin, 2),
    ("chef-shell", Admin, 2), ("chef-vault", Admin, 2), ("chfn", Admin, 2), ("chgrp", File, 2), ("chmod", File, 2),
    ("chown", File, 2), ("chpasswd", Admin, 2), ("chronyc", Admin, 2), ("chroot", File, 1), ("chrt", Wrapper, 2),
    ("chsh", Admin, 2), ("cksum", File, 2), ("clang", Interp, 2), ("cmp", File, 2), ("col", File, 0),
    ("column", File, 1), ("comm", File, 1), ("command", Wrapper, 1), ("compgen", Builtin, 2),
    ("composer", Admin, 1), ("cowsay", Print, 2), ("cowthink", Print, 2), ("cp", File, 2), ("cpan", Interp, 2),
    ("cpio", File, 2), ("cpulimit", Wrapper, 2), ("crictl", Admin, 2), ("crontab", Admin, 2), ("cscli", Admin, 2),
    ("csh", Shell, 2), ("csplit", File, 1), ("ctr", Admin, 1), ("curl", Net, 1), ("cut", File, 0),
    ("dash", Shell, 1), ("datamash", File, 2), ("date", Info, 0), ("dd", File, 2), ("debugfs", Admin, 2),
    ("deluser", Admin, 2), ("deno", Interp, 2), ("df", Info, 1), ("diff", File, 1), ("dig", Net, 1),
    ("dirname", File, 2), ("dirs", Builtin, 2), ("dmesg", Info, 2), ("dmidecode", Info, 2), ("dnf", Admin, 2),
    ("doas", Wrapper, 2), ("docker", Admin, 1), ("dos2unix", File, 2), ("dpkg", Admin, 2), ("dstat", Info, 2),
    ("du", Info, 1), ("easy_install", Admin, 2), ("echo", Print, 0), ("ed", File, 0), ("efax", File, 2),
    ("egrep", File, 2), ("elinks", Net, 2), ("emacs", File, 1), ("env", Info, 1), ("erl", Interp, 2),
    ("etcdctl", Admin, 2), ("ethtool", Admin, 2), ("eval", Wrapper, 1), ("ex", File, 0), ("exec", Wrapper, 1),
    ("exiftool", File, 2), ("expand", File, 0), ("expect", Interp, 1), ("export", Builtin, 1), ("facter", Info, 2),
    ("fallocate", File, 2), ("false", Info, 0), ("fdisk", Admin, 2), ("fetch", Net, 1), ("fgrep", File, 2), ("file", File, 0),
    ("find", File, 0), ("findmnt", Info, 2), ("finger", Name, 1), ("fish", Shell, 1), ("flatpak", Admin, 0),
    ("fmt", File, 1), ("fold", File, 1), ("fping", Net, 2), ("free", Info, 1), ("ftp", Net, 1), ("ftpget", Net, 2),
    ("ftpput", Net, 2), ("g++", Interp, 2), ("gawk", File, 2), ("gcc", Interp, 2), ("gcloud", Admin, 2),
    ("gcore", Admin, 2), ("gdb", File, 2), ("gem", Admin, 1), ("genisoimage", File, 2), ("getcap", Admin, 2),
    ("getconf", Name, 2), ("getenforce", Info, 2), ("getent", Name, 2), ("getfacl", Admin, 2),
    ("getfattr", Admin, 2), ("getopts", Builtin, 2), ("ghc", Interp, 2), ("ghci", Interp, 2), ("git", Admin, 1),
    ("go", Interp, 1), ("gosu", Wrapper, 2), ("gpg", File, 2), ("grep", File, 1), ("groovy", Interp, 1),
    ("groupadd", Admin, 2), ("groups", Info, 1), ("gtester", File, 2), ("gunzip", File, 2), ("gzip", File, 2),
    ("halt", Admin, 1), ("hd", File, 1), ("head", File, 0), ("helm", Admin, 1), ("hexdump", File, 2),
    ("hexyl", File, 2), ("hg", Admin, 2), ("host", Net, 0), ("hostname", Info, 1), ("hostnamectl", Info, 2),
    ("hping3", Net, 2), ("htop", Info, 1), ("htpasswd", Admin, 2), ("httpie", Net, 1), ("iconv", File, 2),
    ("id", Info, 1), ("ifconfig", Info, 2), ("iftop", Info, 2), ("init", Admin, 1), ("initctl", Admin, 2),
    ("insmod", Admin, 2), ("install", File, 0), ("ionice", Wrapper, 2), ("iostat", Info, 2), ("ip", Info, 1),
    ("ip6tables", Admin, 2), ("ipcs", Info, 2), ("iptables", Admin, 2), ("irb", Interp, 2), ("ispell", File, 2),
    ("iwconfig", Admin, 2), ("java", Interp, 1), ("jjs", Interp, 2), ("jobs", Info, 1), ("join", File, 0),
    ("journalctl", Admin, 2), ("jq", File, 2), ("jrunscript", Interp, 2), ("kill", Admin, 0), ("killall", Admin, 2),
    ("ksh", Shell, 2), ("kubectl", Admin, 2), ("last", Info, 1), ("lastlog", Info, 2), ("ld", Interp, 2),
    ("ldapsearch", Net, 2), ("ldconfig", Admin, 2), ("less", File, 0), ("link", File, 0), ("links", Net, 1),
    ("ll", File, 2), ("ln", File, 1), ("locale", Info, 1), ("locate", File, 0), ("logger", Name, 1),
    ("loginctl", Admin, 2), ("logname", Info, 1), ("look", File, 0), ("losetup", File, 1), ("lpr", File, 2),
    ("ls", File, 2), ("lsattr", Name, 2), ("lsblk", Info, 2), ("lscpu", Info, 2), ("lsipc", Info, 2),
    ("lslogins", Info, 2), ("lsmem", Info, 2), ("lsmod", Info, 2), ("lsns", Info, 2), ("lsof", Info, 2),
    ("lspci", Info, 2), ("lsusb", Info, 2), ("ltrace", Wrapper, 2), ("lua", Interp, 2), ("lwp-download", Net, 2),
    ("lwp-request", Net, 2), ("lxc", Admin, 2), ("lynx", Net, 1), ("lz4", File, 2), ("lz4cat", File, 2),
    ("lzcat", File, 2), ("lzless", File, 2), ("lzma", File, 2), ("mail", Net, 0), ("make", File, 0),
    ("man", Name, 1), ("mapfile", Builtin, 2), ("mawk", File, 2), ("md5sum", File, 2), ("mkdir", File, 2),
    ("mkfifo", File, 2), ("mkfs", Admin, 2), ("mknod", File, 1), ("mkpasswd", Name, 2), ("mktemp", File, 2),
    ("modprobe", Admin, 2), ("mongo", Admin, 1), ("mongodump", Admin, 2), ("mongosh", Admin, 2), ("more", File, 0),
    ("mount", File, 1), ("msfvenom", Net, 2), ("msgattrib", File, 2), ("msgcat", File, 2), ("msgconv", File, 2),
    ("mtr", Net, 1), ("mv", File, 2), ("mysql", Admin, 1), ("mysqldump", Admin, 2), ("nano", File, 1),
    ("nawk", File, 2), ("nc", Net, 1), ("ncal", Info, 2), ("ncat", Net, 2), ("neofetch", Info, 2),
    ("nerdctl", Admin, 2), ("netcat", Net, 2), ("nethogs", Info, 2), ("netstat", Info, 2), ("newgrp", Admin, 2),
    ("nft", Admin, 2), ("nice", Wrapper, 1), ("nl", File, 2), ("nm", File, 1), ("nmap", Net, 2),
    ("nmcli", Admin, 2), ("node", Interp, 1), ("nodejs", Interp, 2), ("nohup", Wrapper, 2), ("npm", Admin, 2),
    ("nproc", Info, 1), ("npx", Admin, 2), ("nsenter", Net, 2), ("nslookup", Net, 2), ("numfmt", File, 2),
    ("nvim", File, 2), ("objdump", File, 2), ("octave", Interp, 1), ("od", File, 2), ("openssl", File, 2),
    ("openvpn", Net, 2), ("osascript", Interp, 2), ("pacman", Admin, 2), ("parted", Admin, 2), ("passwd", Admin, 1),
    ("paste", File, 0), ("patch", File, 0), ("pax", File, 1), ("pdftex", Interp, 2), ("perf", Admin, 1),
    ("perl", Interp, 1), ("pg_dump", Admin, 2), ("pgrep", Admin, 2), ("php", Interp, 2), ("php5", Interp, 2),
    ("php7", Interp, 2), ("php8", Interp, 2), ("pico", File, 2), ("pidof", Name, 2), ("ping", Net, 0),
    ("ping6", Net, 1), ("pinky", Info, 1), ("pip", Admin, 1), ("pip3", Admin, 2), ("pkill", Admin, 2),
    ("podman", Admin, 1), ("popd", Builtin, 2), ("poweroff", Admin, 1), ("pr", File, 1), ("printenv", Info, 2),
    ("printf", Print, 0), ("proxychains", Wrapper, 2), ("ps", Info, 1), ("psql", Admin, 2), ("pstree", Info, 2),
    ("ptx", File, 1), ("puppet", Admin, 1), ("pushd", Builtin, 2), ("pv", File, 1), ("pwd", Info, 1),
    ("pwsh", Interp, 2), ("python", Interp, 1), ("python2", Interp, 2), ("python3", Interp, 2), ("rake", Admin, 1),
    ("rbash", Shell, 1), ("rc-service", Admin, 2), ("readarray", Builtin, 2), ("readelf", File, 2),
    ("readlink", File, 2), ("realpath", File, 2), ("reboot", Admin, 1), ("redis-cli", Admin, 2),
    ("redis-server", Admin, 2), ("rename", File, 0), ("restorecon", Admin, 2), ("rev", File, 0), ("rgrep", File, 2),
    ("rlogin", Net, 2), ("rlwrap", Wrapper, 2), ("rm", File, 1), ("rmdir", File, 2), ("rmmod", Admin, 2),
    ("rmt", Admin, 2), ("rmt-tar", Admin, 2), ("route", Info, 1), ("rpcinfo", Net, 2), ("rpm", Admin, 2),
    ("rpmquery", Admin, 2), ("rscript", Interp, 2), ("rsh", Net, 2), ("rsync", File, 2), ("rtorrent", Net, 2),
    ("ruby", Interp, 1), ("run-parts", File, 2), ("runc", Admin, 2), ("runlevel", Admin, 2), ("rustc", Interp, 2),
    ("rvim", File, 2), ("scapy", Interp, 2), ("scp", Net, 2), ("screen", Admin, 0), ("script", File, 0),
    ("sed", File, 2), ("sendmail", Net, 0), ("service", Admin, 0), ("sestatus", Info, 2), ("set", Builtin, 0),
    ("setcap", Admin, 2), ("setenforce", Admin, 2), ("setfacl", Admin, 2), ("setopt", Builtin, 2),
    ("setsid", Wrapper, 2), ("sftp", Net, 2), ("sh", Shell, 1), ("sha1sum", File, 2), ("sha256sum", File, 2),
    ("shopt", Builtin, 2), ("showmount", Net, 2), ("shred", File, 2), ("shuf", File, 2), ("shutdown", Admin, 0),
    ("sleep", Sleep, 0), ("smbclient", Net, 2), ("snap", Admin, 0), ("snmpwalk", Net, 2), ("socat", Net, 2),
    ("sort", File, 0), ("source", File, 0), ("split", File, 0), ("sqlite3", Admin, 2), ("sqlmap", Net, 2),
    ("ss", Info, 1), ("ssh", Net, 2), ("ssh-copy-id", Net, 2), ("sshpass", Wrapper, 2), ("stat", File, 0),
    ("stdbuf", Wrapper, 2), ("strace", Wrapper, 2), ("strings", File, 0), ("su", Shell, 1), ("sudo", Wrapper, 2),
    ("svn", Admin, 2), ("swaks", Net, 2), ("swapoff", Admin, 1), ("sysctl", Info, 1), ("systemctl", Admin, 1),
    ("tac", File, 2), ("tail", File, 0), ("tar", File, 1), ("tasksel", Admin, 2), ("taskset", Wrapper, 2),
    ("tbl", File, 1), ("tcc", Interp, 2), ("tclsh", Interp, 2), ("tcpdump", Net, 2), ("tcsh", Shell, 2),
    ("tee", File, 1), ("telinit", Admin, 2), ("telnet", Net, 1), ("terraform", Admin, 2), ("tftp", Net, 2),
    ("time", Wrapper, 0), ("timedatectl", Info, 2), ("timeout", Sleep, 0), ("tmux", Admin, 2), ("top", Info, 1),
    ("touch", File, 0), ("tr", File, 1), ("tracepath", Net, 2), ("traceroute", Net, 2), ("trap", Builtin, 1),
    ("tree", File, 0), ("troff", File, 2), ("true", Info, 0), ("truncate", File, 2), ("ts-node", Interp, 2), ("tshark", Net, 2),
    ("tsort", File, 2), ("tty", Info, 1), ("ufw", Admin, 2), ("ul", File, 1), ("ulimit", Builtin, 2),
    ("umask", Builtin, 2), ("umount", File, 2), ("unalias", Builtin, 2), ("uname", Info, 2),
    ("unbuffer", Wrapper, 2), ("uniq", File, 2), ("unlink", File, 0), ("unset", Builtin, 2),
    ("unshare", Wrapper, 2), ("unxz", File, 2), ("unzip", File, 2), ("update-rc.d", Admin, 2), ("uptime", Info, 1),
    ("useradd", Admin, 2), ("userdel", Admin, 2), ("usermod", Admin, 2), ("users", Info, 1), ("usleep", Sleep, 2),
    ("utmpdump", Info, 2), ("uudecode", File, 2), ("uuencode", File, 2), ("valgrind", Wrapper, 2),
    ("varnishncsa", Net, 2), ("vi", File, 2), ("view", File, 0), ("vigr", File, 2), ("vim", File, 2),
    ("vimdiff", File, 2), ("vipw", File, 2), ("visudo", File, 2), ("vmstat", Info, 2), ("w", Info, 1),
    ("w3m", Net, 1), ("wall", Admin, 0), ("watch", Wrapper, 0), ("wc", File, 2), ("wget", Net, 2),
    ("whatis", Name, 1), ("whereis", Name, 2), ("which", Name, 1), ("who", Info, 1), ("whoami", Info, 2),
    ("whois", Net, 2), ("wish", Interp, 0), ("write", Admin, 0), ("xargs", File, 2), ("xmodmap", File, 2),
    ("xmore", File, 2), ("xterm", Wrapper, 2), ("xxd", File, 2), ("xz", File, 2), ("xzcat", File, 2),
    ("xzless", File, 2), ("xzmore", File, 2), ("yarn", Admin, 1), ("yum", Admin, 2), ("zathura", File, 2),
    ("zcat", File, 2), ("zgrep", File, 2), ("zip", File, 0), ("zless", File, 2), ("zmore", File, 2),
    ("zsh", Shell, 2), ("zstd", File, 2), ("zstdcat", File, 2), ("zypper", Admin, 2),
];

/// Words of the shell's grammar behind which a command begins.
pub(super) static KEYWORDS: &[&str] = &["!", "{", "do", "elif", "else", "if", "then", "until", "while"];

/// A set of names by their first and last four letters and their length: most words of a value are told apart from
/// programs by it. PERF: a look into it costs a tenth of a search in the tables.
#[derive(Debug)]
pub(super) struct Filter([u64; 512]);

impl Filter {
    /// No names.
    pub(super) const NONE: Filter = Filter([0; 512]);

    /// Which of the 512 numbers tells of `name`, and the three bits of it that are set for it.
    ///
    /// PERF: with a bit in any of them, one word of fifty was taken for a name.
    #[inline]
    const fn place(name: &[u8]) -> (usize, u64) {
        const LOWER: u64 = 0x2020_2020_2020_2020;
        let key = if let (Some(first), Some(last)) = (name.first_chunk(), name.last_chunk()) {
            u32::from_le_bytes(*first) as u64 | (u32::from_le_bytes(*last) as u64) << 32
        } else {
            match *name {
                [a] => a as u64,
                [a, b] => u16::from_le_bytes([a, b]) as u64,
                [a, b, c] => u32::from_le_bytes([a, b, c, 0]) as u64,
                _ => 0,
            }
        };
        let spread = ((key | LOWER) ^ (name.len() as u64) << 56).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let bits = 1 << (spread >> 49 & 63) | 1 << (spread >> 43 & 63) | 1 << (spread >> 37 & 63);
        ((spread >> 55) as usize, bits)
    }

    /// With `name`.
    pub(super) const fn with(mut self, name: &[u8]) -> Filter {
        let (place, bits) = Filter::place(name);
        self.0[place] |= bits;
        self
    }

    /// Whether a name of the set may begin, end and be as long as `name`, in any case.
    #[inline]
    pub(super) fn may_hold(&self, name: &[u8]) -> bool {
        let (place, bits) = Filter::place(name);
        self.0.get(place).is_some_and(|of_names| of_names & bits == bits)
    }
}

/// The names of this table, of its keywords, and of the table of Windows.
pub(super) static NAMES: Filter = {
    let mut filter = Filter::NONE.with(b"for").with(b"if");
    let mut i = 0;
    while i < PROGRAMS.len() {
        filter = filter.with(PROGRAMS[i].0.as_bytes());
        i += 1;
    }
    i = 0;
    while i < KEYWORDS.len() {
        filter = filter.with(KEYWORDS[i].as_bytes());
        i += 1;
    }
    i = 0;
    while i < WINDOWS.len() {
        filter = filter.with(WINDOWS[i].0.as_bytes());
        i += 1;
    }
    filter
};

/// `known` with the words of all names in the group of [`Groups::COMMANDS`].
pub(super) const fn words(mut known: Words) -> Words {
    let lettered = Groups::COMMANDS.without(Groups::NUMBERED).bits();
    known = known.with_all(KEYWORDS, lettered).with_all(&["for", "if"], lettered);
    let mut i = 0;
    while i < PROGRAMS.len() {
        known = known.with(PROGRAMS[i].0, groups(PROGRAMS[i].0));
        i += 1;
    }
    i = 0;
    while i < WINDOWS.len() {
        known = known.with(WINDOWS[i].0, groups(WINDOWS[i].0));
        i += 1;
    }
    known
}

/// The groups of a name.
const fn groups(name: &str) -> u64 {
    let (bytes, mut i) = (name.as_bytes(), 0);
    while i < bytes.len() && bytes[i].is_ascii_alphabetic() {
        i += 1;
    }
    let lettered = Groups::COMMANDS.without(Groups::NUMBERED);
    if i == bytes.len() { lettered.bits() } else { Groups::NUMBERED.bits() }
}

/// Kinds of byte that names have beside letters.
const SIGNS: Wake = Wake::DIGIT.or(Wake::DASH).or(Wake::PLUS).or(Wake::UNDERSCORE).or(Wake::DOT);

/// Whether a program may be named in `value` as it stands.
///
/// PERF: of `c99` and `7z` a single letter is known, which stands in any text.
pub(super) fn are_named(value: &Value<'_>) -> bool {
    value.words.any(Groups::COMMANDS.without(Groups::NUMBERED))
        || value.words.any(Groups::NUMBERED) && value.wake.any(SIGNS)
}

/// Longest name in the table.
pub(super) const LONGEST: usize = 20;

/// The program a word names.
pub(super) fn lookup(word: &[u8]) -> Option<&'static Program> {
    if word.len() > LONGEST || !matches!(word.first()?, b'a'..=b'z' | b'7' | b'.') {
        return None;
    }
    // The POSIX name of what bash also calls `source`.
    let word = if word == b"." { b"source" } else { word };
    let row = |word: &[u8]| {
        let name = std::str::from_utf8(word).ok().filter(|_| NAMES.may_hold(word))?;
        PROGRAMS.binary_search_by(|p| p.0.cmp(name)).ok().and_then(|i| PROGRAMS.get(i))
    };
    row(word).or_else(|| {
        // Interpreters and compilers are installed with their version: `python3.11`, `gcc-12`.
        let stem = unversioned(word)?;
        row(stem).filter(|p| matches!(p.1, Takes::Interp | Takes::Shell) && stem.len() > 2)
    })
}

/// Whether a program of Unix, or a word of its shell's grammar, has a name that begins with these letters. Signs among them
/// may begin anything.
pub(super) fn may_begin(letters: &[u8]) -> bool {
    let Some(first) = letters.first().filter(|_| letters.iter().all(u8::is_ascii_alphabetic)) else {
        return true;
    };
    let at = usize::from(first.wrapping_sub(b'a'));
    let (Some(&from), Some(&to)) = (INITIALS.get(at), INITIALS.get(at + 1)) else { return false };
    let rows = PROGRAMS.get(from..to).unwrap_or_default();
    // Of names in order the first that is not before the letters begins with them, if any does.
    let next = rows.get(rows.partition_point(|p| p.0.as_bytes() < letters));
    next.is_some_and(|p| p.0.as_bytes().starts_with(letters))
        || KEYWORDS.iter().any(|name| name.as_bytes().starts_with(letters))
}

/// For each small letter the first row of [`PROGRAMS`] that does not begin before it.
static INITIALS: [usize; 27] = {
    let (mut initials, mut letter) = ([PROGRAMS.len(); 27], 0);
    while letter < 26 {
        let mut row = 0;
        while row < PROGRAMS.len() && PROGRAMS[row].0.as_bytes()[0] < b'a' + letter as u8 {
            row += 1;
        }
        initials[letter] = row;
        letter += 1;
    }
    initials
};

/// Whether the bytes at `from` are, as they stand, the name of a program.
pub(super) fn plain_program(bytes: &[u8], from: usize) -> bool {
    let rest = bytes.get(from..).unwrap_or_default();
    let skip = rest.iter().take(16).take_while(|b| b.is_ascii_whitespace()).count();
    let rest = rest.get(skip..).unwrap_or_default();
    let name = rest.iter().take(24).take_while(|b| b.is_ascii_alphanumeric() || **b == b'-').count();
    lookup(rest.get(..name).unwrap_or_default()).is_some()
}

/// A program named by path: `/bin/x`, `bin/x`, `./x`, with wildcards or not.
pub(super) fn lookup_path(word: &[u8]) -> Option<(&'static Program, i8)> {
    let slash = word.iter().rposition(|b| *b == b'/')?;
    let (folder, name) = (word.get(..slash)?, word.get(slash + 1..)?);
    let wild = word.iter().any(|b| matches!(*b, ONE | MANY));
    let bin = folder.rsplit(|b| *b == b'/').next().unwrap_or_default();
    if wild {
        let literal = word.iter().filter(|b| !matches!(**b, b'/' | ONE | MANY)).count();
        let folder_fits = [&b"/bin"[..], b"/usr/bin", b"/sbin", b"/usr/sbin", b"/usr/local/bin"]
            .iter()
            .any(|f| words::matches(folder, f));
        if !folder_fits || literal < 2 || name.iter().all(|b| matches!(*b, ONE | MANY)) {
            return None;
        }
        return PROGRAMS.iter().find(|p| words::matches(name, p.0.as_bytes())).map(|p| (p, 3));
    }
    let program = lookup(name)?;
    let known = matches!(bin, b"bin" | b"sbin");
    (known && !folder.contains(&b':')).then_some((program, 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_by_their_beginning() {
        for name in PROGRAMS.iter().map(|p| p.0).chain(KEYWORDS.iter().copied()) {
            for len in 0..=name.len() {
                assert!(may_begin(&name.as_bytes()[..len]), "{name}");
            }
            assert!(
                lookup(name.to_ascii_uppercase().as_bytes()).is_none()
                    || !name.as_bytes()[0].is_ascii_lowercase()
            );
        }
        let none = ["dates", "You", "Cat", "zzz", "lettuce", "antidisestablishmentarianism"];
        assert!(!none.iter().any(|text| may_begin(text.as_bytes())));
        assert!(may_begin(b"i'm"), "a sign may begin anything");
    }

    #[test]
    fn names_are_told_from_most_words() {
        let names =
            PROGRAMS.iter().map(|p| p.0).chain(WINDOWS.iter().map(|p| p.0)).chain(KEYWORDS.iter().copied());
        names.for_each(|name| assert!(NAMES.may_hold(name.to_ascii_uppercase().as_bytes()), "{name}"));
        let words = (0..10_000u32).map(|i| format!("w{i:x}"));
        assert!(words.filter(|word| NAMES.may_hold(word.as_bytes())).count() < 50);
    }
}

//! What scanners call themselves, ask for, and wait at. All lower case.
//!
//! Sources: the tools' own manuals and source trees for their default User-Agent and headers (sqlmap `--user-agent`,
//! Nikto `nikto.conf`, Nmap NSE `http.useragent`, masscan `--http-user-agent`, ZGrab, Nuclei, OpenVAS/GVM, w3af, WPScan,
//! Arachni, Skipfish, Wapiti, ffuf, gobuster, feroxbuster, dirsearch, Acunetix, Invicti, Nessus, Qualys); the products'
//! manuals for what lies under a path (Git, Subversion, Apache `mod_status`, Spring Boot Actuator, Laravel, PHPUnit,
//! WordPress, phpMyAdmin, JBoss, Jenkins, D-Link HNAP); the callback services' own pages.

/// For each first byte, where its entries begin in a table sorted by first byte.
pub struct Index([u16; 257]);

impl Index {
    /// The part of `table` whose entries begin with `first`, which is lower case.
    pub fn part<'t, T>(&self, table: &'t [T], first: u8) -> &'t [T] {
        let at = |i: usize| self.0.get(i).map_or(0, |n| usize::from(*n));
        table.get(at(usize::from(first))..at(usize::from(first) + 1)).unwrap_or(&[])
    }
}

macro_rules! index {
    ($table:expr $(, $text:tt)?) => {{
        let (mut starts, mut byte, mut i) = ([0u16; 257], 0usize, 0usize);
        while byte < 257 {
            while i < $table.len() && ($table[i]$(.$text)?.as_bytes()[0] as usize) < byte {
                i += 1;
            }
            starts[byte] = i as u16;
            byte += 1;
        }
        Index(starts)
    }};
}

/// Of [`AGENTS`].
pub static AGENT_INDEX: Index = index!(AGENTS, 0);
/// Of [`PATHS`].
pub static PATH_INDEX: Index = index!(PATHS, 1);

/// Of [`CALLBACKS`].
pub static CALLBACK_INDEX: Index = index!(CALLBACKS);

/// A tool: what its User-Agent holds, its name, confidence.
pub struct Tool(pub &'static str, pub &'static str, pub u8);

pub static AGENTS: &[Tool] = &[
    Tool("(hydra)", "Hydra (password guessing)", 95),
    Tool("acunetix", "Acunetix", 95),
    Tool("arachni", "Arachni", 95),
    Tool("appscan", "AppScan", 88),
    Tool("burp", "Burp Suite", 85),
    Tool("brutus/aet", "Brutus (password guessing)", 92),
    Tool("binaryedge", "BinaryEdge (internet survey)", 55),
    Tool("bsqlbf", "bsqlbf", 92),
    Tool("cmsmap", "CMSmap", 92),
    Tool("commix", "commix (command injection)", 95),
    Tool("core-project/", "CORE Impact", 85),
    Tool("crlfuzz", "crlfuzz", 92),
    Tool("censysinspect", "Censys (internet survey)", 55),
    Tool("dirbuster", "DirBuster (path guessing)", 96),
    Tool("dirsearch", "dirsearch (path guessing)", 94),
    Tool("dirb ", "DIRB (path guessing)", 85),
    Tool("droopescan", "droopescan", 95),
    Tool("detectify", "Detectify", 80),
    Tool("dalfox", "Dalfox (XSS)", 92),
    Tool("dotdotpwn", "DotDotPwn (traversal)", 97),
    Tool("expanse, a palo", "Expanse (internet survey)", 55),
    Tool("feroxbuster", "feroxbuster (path guessing)", 96),
    Tool("fuzz faster u fool", "ffuf (fuzzer)", 97),
    Tool("fimap", "fimap (file inclusion)", 95),
    Tool("ffuf", "ffuf (fuzzer)", 95),
    Tool("gobuster", "Gobuster (path guessing)", 96),
    Tool("greenbone", "Greenbone (OpenVAS)", 90),
    Tool("grendel-scan", "Grendel-Scan", 95),
    Tool("grabber", "Grabber", 55),
    Tool("golismero", "GoLismero", 95),
    Tool("gospider", "gospider", 80),
    Tool("gowitness", "gowitness", 75),
    Tool("havij", "Havij (SQL injection)", 96),
    Tool("hakrawler", "hakrawler", 80),
    Tool("httpx - open-source", "httpx (prober)", 88),
    Tool("hello, world", "an Internet-of-things worm", 80),
    Tool("invicti", "Invicti", 92),
    Tool("insightappsec", "InsightAppSec", 85),
    Tool("interactsh", "Interactsh", 88),
    Tool("internet-measurement", "an internet survey", 55),
    Tool("joomscan", "JoomScan", 95),
    Tool("jsql", "jSQL", 85),
    Tool("jaeles", "Jaeles", 92),
    Tool("jorgee", "the Jorgee scanner", 97),
    Tool("katana", "Katana (crawler for attackers)", 55),
    Tool("l9explore", "LeakIX", 80),
    Tool("l9tcpid", "LeakIX", 80),
    Tool("masscan", "masscan (port scanner)", 92),
    Tool("medusa/", "Medusa (password guessing)", 85),
    Tool("metasploit", "Metasploit", 92),
    Tool("morfeus fucking scanner", "the Morfeus scanner", 98),
    Tool("muieblackcat", "the Muieblackcat scanner", 97),
    Tool("nikto", "Nikto (web server scanner)", 96),
    Tool("nmap scripting engine", "Nmap's scripts", 95),
    Tool("nmap.org/book/nse", "Nmap's scripts", 95),
    Tool("nuclei", "Nuclei (template scanner)", 92),
    Tool("netsparker", "Invicti (Netsparker)", 95),
    Tool("nessus", "Nessus", 92),
    Tool("n-stealth", "N-Stealth", 95),
    Tool("openvas", "OpenVAS", 95),
    Tool("owasp zap", "ZAP", 92),
    Tool("projectdiscovery", "ProjectDiscovery's scanners", 90),
    Tool("pangolin", "Pangolin (SQL injection)", 88),
    Tool("paros/", "Paros", 92),
    Tool("padbuster", "PadBuster", 92),
    Tool("qualys", "Qualys", 88),
    Tool("sqlmap", "sqlmap (SQL injection)", 96),
    Tool("skipfish", "Skipfish", 95),
    Tool("sqlninja", "sqlninja", 95),
    Tool("sqlpowerinjector", "SQL Power Injector", 95),
    Tool("sslyze", "SSLyze", 70),
    Tool("shodan", "Shodan (internet survey)", 55),
    Tool("stretchoid", "Stretchoid (internet survey)", 55),
    Tool("struts-pwn", "struts-pwn", 96),
    Tool("tenable", "Tenable's scanners", 85),
    Tool("thc-hydra", "Hydra (password guessing)", 95),
    Tool("testssl", "testssl.sh", 70),
    Tool("tplmap", "tplmap", 92),
    Tool("uniscan", "Uniscan", 92),
    Tool("vega/", "Vega", 85),
    Tool("vulners", "Vulners", 80),
    Tool("wfuzz", "Wfuzz (fuzzer)", 96),
    Tool("w3af", "w3af", 95),
    Tool("wpscan", "WPScan", 95),
    Tool("whatweb", "WhatWeb", 88),
    Tool("wapiti", "Wapiti", 92),
    Tool("webcruiser", "WebCruiser", 92),
    Tool("wprecon", "WPRecon", 92),
    Tool("webinspect", "WebInspect", 92),
    Tool("webshag", "Webshag", 95),
    Tool("xsser", "XSSer", 92),
    Tool("xspider", "XSpider", 88),
    Tool("xmrig", "a miner", 70),
    Tool("zgrab", "ZGrab (banner grabber)", 88),
    Tool("zaproxy", "ZAP", 92),
    Tool("zmeu", "the ZmEu scanner", 97),
];

/// Header fields that scanners add.
#[rustfmt::skip]
pub static HEADERS: &[Tool] = &[
    Tool("acunetix-product", "Acunetix", 95),
    Tool("acunetix-scanning-agreement", "Acunetix", 95),
    Tool("acunetix-user-agreement", "Acunetix", 95),
    Tool("x-scan-memo", "WebInspect", 92),
    Tool("x-requestmanager-memo", "WebInspect", 92),
    Tool("x-request-memo", "WebInspect", 92),
    Tool("x-ratproxy-loop", "ratproxy", 92),
    Tool("x-wipp", "WebInspect", 88),
    Tool("x-scanner", "a scanner", 80),
    Tool("x-sqlmap", "sqlmap", 92),
];

/// Where in a path something must stand.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Where {
    /// Any segment, and below it.
    Any,
    /// The first segments, and below them.
    Top,
    /// The end of the path, at a segment's border.
    End,
}

/// A probe: where, the path without the slash in front, confidence, what lies there.
pub struct Probe(pub Where, pub &'static str, pub u8, pub &'static str);

use Where::{Any, End, Top};

pub static PATHS: &[Probe] = &[
    Probe(Top, "+cscoe+/", 42, "a VPN gateway"),
    Probe(Any, ".git/", 92, "the source repository"),
    Probe(End, ".git", 70, "the source repository"),
    Probe(End, ".gitignore", 52, "the source repository"),
    Probe(Any, ".svn/", 90, "the source repository"),
    Probe(Any, ".hg/", 88, "the source repository"),
    Probe(Any, ".bzr/", 88, "the source repository"),
    Probe(End, ".env", 90, "the application's secrets"),
    Probe(Any, ".env.", 88, "the application's secrets"),
    Probe(Any, ".env/", 70, "the application's secrets"),
    Probe(End, ".ds_store", 80, "the list of a folder's files"),
    Probe(End, ".htaccess", 80, "the web server's rules"),
    Probe(End, ".htpasswd", 85, "the web server's passwords"),
    Probe(Any, ".aws/", 90, "cloud credentials"),
    Probe(Any, ".ssh/", 90, "keys"),
    Probe(Any, ".kube/", 88, "cluster credentials"),
    Probe(Any, ".docker/", 85, "registry credentials"),
    Probe(Any, ".azure/", 85, "cloud credentials"),
    Probe(End, ".npmrc", 85, "package registry credentials"),
    Probe(End, ".pypirc", 85, "package registry credentials"),
    Probe(End, ".netrc", 85, "credentials"),
    Probe(End, ".pgpass", 88, "database credentials"),
    Probe(End, ".bash_history", 88, "someone's commands"),
    Probe(End, ".git-credentials", 92, "credentials"),
    Probe(Any, ".vscode/", 72, "an editor's settings"),
    Probe(Any, ".idea/", 75, "an editor's settings"),
    Probe(Any, ".terraform/", 80, "infrastructure state"),
    Probe(Any, ".circleci/", 70, "build settings"),
    Probe(Any, ".github/", 60, "build settings"),
    Probe(End, ".travis.yml", 65, "build settings"),
    Probe(End, ".gitlab-ci.yml", 68, "build settings"),
    Probe(End, ".dockerenv", 75, "the container's marker"),
    Probe(End, ".ftpconfig", 85, "credentials"),
    Probe(Top, ".cursor/", 68, "an assistant's settings"),
    Probe(Top, ".aider", 68, "an assistant's settings"),
    Probe(Top, ".zed/", 68, "an editor's settings"),
    Probe(Top, ".kiro/", 68, "an assistant's settings"),
    Probe(Top, ".claude/", 68, "an assistant's settings"),
    Probe(Top, ".n8n/", 68, "automation credentials"),
    Probe(Top, ".opencode/", 65, "an assistant's settings"),
    Probe(Top, ".continue/", 65, "an assistant's settings"),
    Probe(Top, ".codeium/", 65, "an assistant's settings"),
    Probe(Top, ".codex/", 65, "an assistant's settings"),
    Probe(Top, ".windsurf", 65, "an assistant's settings"),
    Probe(Top, ".ollama/", 65, "a model server's settings"),
    Probe(Top, ".openai/", 70, "an assistant's credentials"),
    Probe(End, "_phpinfo.php", 85, "PHP's configuration"),
    Probe(Top, "_ignition/execute-solution", 92, "Laravel's debugger, which runs code"),
    Probe(Top, "_profiler/", 62, "Symfony's profiler"),
    Probe(Top, "_async/asyncresponseservice", 92, "WebLogic's component that runs code"),
    Probe(Top, "_all_dbs", 75, "CouchDB's databases"),
    Probe(Top, "_cat/indices", 65, "Elasticsearch's indices"),
    Probe(End, "adminer.php", 65, "a database client"),
    Probe(Any, "actuator/env", 82, "Spring Boot's environment"),
    Probe(Any, "actuator/heapdump", 90, "a dump of the server's memory"),
    Probe(Any, "actuator/threaddump", 80, "the server's threads"),
    Probe(Any, "actuator/dump", 78, "the server's threads"),
    Probe(Any, "actuator/configprops", 80, "Spring Boot's configuration"),
    Probe(Any, "actuator/mappings", 75, "the application's routes"),
    Probe(Any, "actuator/beans", 75, "the application's parts"),
    Probe(Any, "actuator/logfile", 80, "the server's log"),
    Probe(Any, "actuator/loggers", 68, "the server's log levels"),
    Probe(Any, "actuator/httptrace", 80, "recent requests, with credentials"),
    Probe(Any, "actuator/trace", 78, "recent requests, with credentials"),
    Probe(Any, "actuator/httpexchanges", 78, "recent requests"),
    Probe(Any, "actuator/auditevents", 75, "who signed in"),
    Probe(Any, "actuator/sessions", 80, "sessions"),
    Probe(Any, "actuator/shutdown", 88, "the switch to stop the server"),
    Probe(Any, "actuator/jolokia", 88, "the management interface"),
    Probe(Any, "actuator/gateway/", 88, "the gateway's routes, which can run code"),
    Probe(Any, "actuator/refresh", 65, "a reload of the settings"),
    Probe(Any, "actuator/restart", 80, "a restart"),
    Probe(Any, "actuator/conditions", 72, "Spring Boot's configuration"),
    Probe(Any, "actuator/autoconfig", 72, "Spring Boot's configuration"),
    Probe(Any, "actuator/scheduledtasks", 72, "scheduled tasks"),
    Probe(Any, "actuator/caches", 68, "the caches"),
    Probe(Any, "actuator/flyway", 70, "database migrations"),
    Probe(Any, "actuator/liquibase", 70, "database migrations"),
    Probe(Any, "actuator/integrationgraph", 70, "the application's parts"),
    Probe(Any, "actuator/features", 68, "the application's parts"),
    Probe(End, "actuator", 58, "Spring Boot's management"),
    // Health is what load balancers ask for.
    Probe(End, "actuator/health", 35, "whether the application is well"),
    Probe(End, "actuator/info", 52, "the application's build"),
    Probe(End, "actuator/metrics", 52, "the application's measurements"),
    Probe(End, "actuator/prometheus", 52, "the application's measurements"),
    Probe(Any, "actuator/startup", 68, "the application's parts"),
    Probe(Any, "actuator/quartz", 70, "scheduled tasks"),
    Probe(Any, "actuator/sbom", 65, "the application's libraries"),
    Probe(End, "access.log", 65, "a log"),
    Probe(End, "access_log", 65, "a log"),
    Probe(End, "appsettings.json", 60, "the application's settings"),
    Probe(End, "application.properties", 72, "a Spring application's settings"),
    Probe(End, "application.yml", 68, "a Spring application's settings"),
    Probe(Any, "acunetix-wvs-test", 96, "Acunetix's test for missing pages"),
    Probe(Top, "boaform/", 90, "a router's console"),
    Probe(End, "backup.sql", 85, "a database dump"),
    Probe(Any, "backup.sql.", 82, "a database dump"),
    Probe(End, "backup.zip", 72, "a backup"),
    Probe(End, "backup.tar.gz", 75, "a backup"),
    Probe(End, "cvs/entries", 80, "the source repository"),
    Probe(End, "cvs/root", 80, "the source repository"),
    Probe(End, "credentials.json", 62, "credentials"),
    Probe(Top, "console/images/", 60, "WebLogic's console"),
    Probe(Any, "console/login/loginform.jsp", 72, "WebLogic's console"),
    Probe(Any, "cgi-bin/test-cgi", 88, "a sample script"),
    Probe(Any, "cgi-bin/printenv", 82, "a sample script"),
    Probe(Any, "cgi-bin/php", 80, "the PHP interpreter"),
    Probe(Any, "cgi-bin/luci/;stok=", 88, "a router's console"),
    Probe(Any, "cgi-bin/nobody/", 85, "a recorder's console"),
    Probe(Any, "currentsetting.htm", 80, "a router's settings"),
    Probe(Top, "containers/json", 78, "Docker's interface"),
    Probe(Top, "computemetadata/v1/", 85, "a cloud's metadata service"),
    Probe(Top, "cgi-bin/.%2e/", 90, "a step up that Apache 2.4.49 takes"),
    Probe(Any, "config.inc.php", 62, "an application's settings"),
    Probe(End, "configuration.php", 52, "Joomla's settings"),
    Probe(Top, "dana-na/", 42, "a VPN gateway"),
    Probe(Top, "druid/index.html", 72, "a database pool's console"),
    Probe(End, "debug.log", 68, "a log"),
    Probe(Top, "debug/pprof/", 72, "a Go program's profile"),
    Probe(Top, "debug/default/view", 78, "Yii's debugger"),
    Probe(End, "dump.sql", 85, "a database dump"),
    Probe(End, "database.sql", 85, "a database dump"),
    Probe(End, "db.sql", 85, "a database dump"),
    Probe(End, "data.sql", 70, "a database dump"),
    Probe(End, "docker-compose.yml", 72, "the services' settings"),
    Probe(End, "dockerfile", 62, "how the image is built"),
    Probe(End, "database.yml", 72, "the database password"),
    Probe(End, "elmah.axd", 82, "an ASP.NET application's errors"),
    Probe(Top, "ecp/current/exporttool", 92, "Exchange's flaw"),
    Probe(End, "error_log", 68, "a log"),
    Probe(End, "error.log", 65, "a log"),
    Probe(End, "evox/about", 90, "Nmap's test"),
    Probe(End, "global.asa", 80, "an ASP application's settings"),
    Probe(Top, "gponform/", 92, "a router's console"),
    Probe(Top, "goform/", 72, "a router's console"),
    Probe(Top, "global-protect/", 42, "a VPN gateway"),
    Probe(Top, "host-manager/html", 75, "Tomcat's manager"),
    Probe(Top, "hnap1", 90, "a router's management"),
    Probe(End, "id_rsa", 90, "a private key"),
    Probe(End, "id_ed25519", 90, "a private key"),
    Probe(End, "id_dsa", 88, "a private key"),
    Probe(End, "info.php", 55, "PHP's configuration"),
    Probe(Any, "invoker/jmxinvokerservlet", 94, "JBoss's invoker, which runs code"),
    Probe(Any, "invoker/ejbinvokerservlet", 94, "JBoss's invoker, which runs code"),
    Probe(Top, "jolokia/", 75, "the management interface"),
    Probe(Any, "jmx-console", 85, "JBoss's console"),
    Probe(Any, "lib/phpunit/", 90, "PHPUnit's test runner"),
    Probe(End, "localsettings.php", 60, "MediaWiki's settings"),
    Probe(Top, "latest/meta-data/", 85, "a cloud's metadata service"),
    Probe(Top, "latest/user-data", 82, "a cloud's metadata service"),
    Probe(Any, "meta-inf/", 60, "what a Java application never serves"),
    Probe(Top, "manager/html", 72, "Tomcat's manager"),
    Probe(Top, "manager/text/", 78, "Tomcat's manager"),
    Probe(Top, "mgmt/tm/util/bash", 95, "a load balancer's shell"),
    Probe(End, "mysql.sql", 82, "a database dump"),
    Probe(Top, "nginx_status", 52, "the web server's status"),
    Probe(Any, "nessus", 80, "Nessus's test"),
    Probe(Any, "nikto-test", 92, "Nikto's test"),
    Probe(End, "nmaplowercheck", 92, "Nmap's test"),
    Probe(Any, "nacos/v1/auth/users", 80, "Nacos's accounts"),
    Probe(Any, "nmap/folder/check", 94, "Nmap's test"),
    Probe(Any, "nice ports,/tri", 96, "Nmap's service probe"),
    Probe(Top, "owa/auth/x.js", 92, "Exchange's flaw"),
    Probe(End, "privatekey.key", 85, "a private key"),
    Probe(End, "phpinfo.php", 82, "PHP's configuration"),
    Probe(Any, "phpmyadmin/scripts/setup.php", 92, "a database client's installer"),
    Probe(Any, "pma/scripts/setup.php", 92, "a database client's installer"),
    Probe(End, "phpmyadmin", 52, "a database client"),
    Probe(End, "phpmyadmin/", 52, "a database client"),
    Probe(Any, "phpunit/src/util/php/eval-stdin.php", 96, "PHPUnit's test runner, which runs code"),
    Probe(End, "parameters.yml", 70, "the application's secrets"),
    Probe(Top, "remote/fgt_lang", 94, "a VPN gateway's flaw"),
    Probe(Top, "remote/logincheck", 42, "a VPN gateway"),
    Probe(Any, "rails/info/properties", 76, "Rails's settings"),
    Probe(Any, "rails/info/routes", 76, "the application's routes"),
    Probe(End, "sftp-config.json", 88, "credentials"),
    Probe(End, "server.key", 80, "a private key"),
    Probe(End, "secrets.yml", 70, "credentials"),
    Probe(End, "sqlitemanager/", 60, "a database client"),
    Probe(End, "storage/logs/laravel.log", 88, "Laravel's log"),
    Probe(Top, "server-status", 68, "the web server's status"),
    Probe(Top, "server-info", 72, "the web server's configuration"),
    Probe(Any, "script-console", 70, "a script console"),
    Probe(End, "setup.cgi", 75, "a router's console"),
    Probe(Top, "shell", 40, "a camera's shell"),
    Probe(Top, "solr/admin/", 72, "Solr's console"),
    Probe(End, "site.tar.gz", 75, "a backup"),
    Probe(End, "sdk/webservicesdk", 60, "a management service"),
    Probe(End, "terraform.tfstate", 85, "infrastructure state"),
    Probe(End, "telescope/requests", 75, "Laravel's request log"),
    Probe(End, "trace.axd", 82, "an ASP.NET application's requests"),
    Probe(Top, "tmui/login.jsp/", 90, "a load balancer's flaw"),
    Probe(Any, "vendor/phpunit/", 94, "PHPUnit's test runner, which runs code"),
    Probe(End, "vendor/composer/installed.json", 72, "the list of libraries"),
    Probe(Top, "vpns/", 80, "a VPN gateway's flaw"),
    Probe(Top, "v1.24/containers/", 78, "Docker's interface"),
    Probe(End, "web.config", 82, "an ASP.NET application's settings"),
    Probe(Any, "web-inf/", 88, "what a Java application never serves"),
    Probe(Top, "web-console/", 68, "JBoss's console"),
    Probe(Any, "web-console/invoker", 92, "JBoss's invoker, which runs code"),
    Probe(Top, "wls-wsat/", 92, "WebLogic's component that runs code"),
    Probe(End, "wp-config.php", 62, "WordPress's database password"),
    Probe(Any, "wp-config.", 72, "WordPress's database password"),
    Probe(End, "wp-content/debug.log", 88, "WordPress's log"),
    Probe(End, "wp-content/error.log", 85, "WordPress's log"),
    Probe(End, "www.zip", 78, "a backup"),
    Probe(End, "wwwroot.zip", 82, "a backup"),
    Probe(End, "website.zip", 72, "a backup"),
    Probe(End, "www.rar", 78, "a backup"),
    Probe(Any, "w00tw00t.at.", 96, "a scanner's greeting"),
];

/// Endings of programs and settings, and what editors and people append to them.
#[rustfmt::skip]
pub static SOURCES: &[&str] = &["php", "asp", "aspx", "jsp", "py", "rb", "pl", "cgi", "conf", "config", "inc", "yml", "yaml", "ini", "env", "cfg", "properties", "xml", "json"];
pub static COPIES: &[&str] = &[
    "bak", "old", "orig", "save", "swp", "swo", "swn", "tmp", "backup", "copy", "bkp", "bk", "1", "0",
    "dist", "sample~", "rej",
];

/// Services that report back when a payload makes a server call out. Bare or below it.
#[rustfmt::skip]
pub static CALLBACKS: &[&str] = &[
    "beeceptor.com", "burpcollaborator.net", "bxss.me", "callback.red", "canarytokens.com", "canarytokens.org", "ceye.io", "dig.pm",
    "dnsbin.zhack.ca", "dnslog.cn", "dnslog.pw", "eyes.sh", "hookbin.com", "interact.sh", "interactsh.com", "oast.fun", "oast.live", "oast.me",
    "oast.online", "oast.pro", "oast.site", "oastify.com", "pingb.in", "pipedream.net", "ptst.io", "r87.com", "r87.me", "requestbin.com",
    "requestbin.net", "requestrepo.com", "tssrf.com", "webhook.site", "xss.ht", "xss.report",
];
/// Those of the above that developers also use on purpose.
pub static SHARED: &[&str] = &[
    "beeceptor.com",
    "hookbin.com",
    "webhook.site",
    "pipedream.net",
    "canarytokens.com",
    "canarytokens.org",
    "requestbin.com",
    "requestbin.net",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_sorted_by_first_byte_and_lower_case() {
        let agents: Vec<&str> = AGENTS.iter().map(|t| t.0).collect();
        let paths: Vec<&str> = PATHS.iter().map(|p| p.1).collect();
        for table in [agents, paths, CALLBACKS.to_vec()] {
            assert!(table.is_sorted_by_key(|t| t.as_bytes()[0]));
            assert!(table.iter().all(|t| **t == t.to_ascii_lowercase()));
        }
        for name in CALLBACKS {
            assert!(name.split_once('.').is_some_and(|(label, rest)| {
                label.len() <= 20 && rest.starts_with(|c: char| c.is_ascii_alphabetic())
            }));
        }
        for tool in AGENTS {
            assert!(AGENT_INDEX.part(AGENTS, tool.0.as_bytes()[0]).iter().any(|t| t.0 == tool.0));
        }
        for probe in PATHS {
            assert!(PATH_INDEX.part(PATHS, probe.1.as_bytes()[0]).iter().any(|p| p.1 == probe.1));
        }
    }
}

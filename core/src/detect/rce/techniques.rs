//! The techniques of command and code execution, by their stable names.

use crate::detect::technique::{Technique, row};

/// Name, meaning, CAPEC numbers.
#[rustfmt::skip]
pub static TECHNIQUES: &[Technique] = &[
    row("command-separator", "A command after `;`, `&&` or a line end.", &[88, 15]),
    row("command-pipe", "A command that takes part in a pipe.", &[88, 15]),
    row("command-substitution", "A command inside `$(...)` or backticks.", &[88]),
    row("shell-command", "The value is a command line by itself.", &[88]),
    row("hidden-command", "A command spelt so that filters do not know it.", &[88]),
    row("reverse-shell", "A shell whose ends are a connection to another host.", &[88]),
    row("shellshock", "A function definition in front of a command (CVE-2014-6271).", &[88]),
    row("fork-bomb", "A function that starts itself twice.", &[88]),
    row("windows-command", "A command of cmd.exe.", &[88]),
    row("windows-batch", "A line of a batch file.", &[88]),
    row("powershell", "A command of PowerShell.", &[88]),
    row("command-call", "A function that runs commands is called in a programming language.", &[242, 88]),
    row("code-call", "A function that runs code is called.", &[242]),
    row("module-load", "A module is loaded from code.", &[242]),
    row("node-object", "Reaches for the process or the constructors of Node.js.", &[242]),
    row("perl-interpolation", "Perl code inside a string.", &[242]),
    row("php-tag", "PHP code between its tags.", &[242]),
    row("php-setting", "Settings of PHP that make it run what it is sent.", &[242]),
    row("php-superglobal", "PHP code that takes its code from the request.", &[242]),
    row("php-variable-call", "PHP calls a function whose name is a value.", &[242]),
    row("php-curly-call", "PHP runs a call inside a string.", &[242]),
    row("java-expression", "An expression language of Java (OGNL, SpEL, EL) that reaches for classes.", &[242]),
    row("class-name", "A Java class that attacks reach for.", &[242]),
    row("class-loader", "Properties that reach the class loader of a Java server.", &[242, 77]),
    row("log4shell", "A JNDI lookup for Log4j (CVE-2021-44228), nested lookups resolved.", &[242]),
    row("lookup-injection", "A lookup that Log4j or Commons Text resolves.", &[242]),
    row("gadget-class", "A class known to run code while it is deserialised.", &[586]),
    row("java-serialized", "A serialised Java object.", &[586]),
    row("dotnet-serialized", "A serialised .NET object.", &[586]),
    row("json-type", "JSON that names the class to make of it.", &[586]),
    row("php-object", "A serialised PHP object.", &[586]),
    row("python-pickle", "A Python pickle that calls.", &[586]),
    row("ruby-marshal", "A serialised Ruby object.", &[586]),
    row("xml-object", "XML that names the class to make of it.", &[586]),
    row("yaml-object", "YAML that names the class to make of it.", &[586]),
];

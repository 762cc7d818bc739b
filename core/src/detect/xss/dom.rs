//! Names of the script languages a browser runs, and of what it lets them reach.
//!
//! Sources: ECMA-262 (keywords, global object), WHATWG HTML (Window, Document, Location, Navigator, Storage), DOM, Fetch,
//! XMLHttpRequest, Beacon and Messaging; the manuals of PHP, Python, Node.js and Java for the server's names.

/// Words that stand before an operand or a statement, not beside it.
#[rustfmt::skip]
pub const KEYWORDS: &[&[u8]] = &[
    b"as", b"async", b"await", b"break", b"case", b"catch", b"class", b"const", b"continue", b"debugger",
    b"default", b"delete", b"do", b"else", b"export", b"extends", b"finally", b"for", b"from", b"function", b"get",
    b"if", b"in", b"instanceof", b"let", b"new", b"of", b"return", b"set", b"static", b"switch", b"throw", b"try",
    b"typeof", b"var", b"void", b"while", b"with", b"yield",
];

/// Dialogs: harmless in themselves, which is why testers call them and nobody else does in a parameter.
#[rustfmt::skip]
pub const DIALOGS: &[&[u8]] = &[
    b"alert", b"confirm", b"prompt",
];

/// What turns text into code.
#[rustfmt::skip]
pub const EVALUATORS: &[&[u8]] = &[
    b"eval", b"Function", b"execScript", b"importScripts", b"msgbox", b"AsyncFunction", b"$eval", b"$evalAsync",
];

/// Objects through which every global can be reached.
#[rustfmt::skip]
pub const GLOBALS: &[&[u8]] = &[
    b"window", b"self", b"top", b"parent", b"frames", b"globalThis", b"this", b"opener", b"content", b"defaultView", b"view",
];

/// Functions that reach the page, the network, storage or timers.
#[rustfmt::skip]
pub const REACHING: &[&[u8]] = &[
    b"setTimeout", b"setInterval", b"setImmediate", b"requestAnimationFrame", b"fetch", b"postMessage", b"atob",
    b"unescape", b"decodeURI", b"decodeURIComponent", b"fromCharCode", b"fromCodePoint", b"write", b"writeln",
    b"insertAdjacentHTML", b"createElement", b"createContextualFragment", b"appendChild", b"setAttribute",
    b"getScript", b"sendBeacon", b"XMLHttpRequest", b"ActiveXObject", b"Image", b"Worker", b"SharedWorker",
    b"WebSocket", b"EventSource", b"RTCPeerConnection", b"getElementById", b"getElementsByTagName",
    b"querySelector", b"querySelectorAll", b"addEventListener", b"dispatchEvent", b"vibrate", b"getUserMedia",
    b"registerProtocolHandler", b"__defineGetter__", b"__defineSetter__", b"__lookupGetter__", b"defineProperty",
    b"getURL", b"evaluate",
];

/// Members of `document` that carry secrets or write markup.
#[rustfmt::skip]
pub const DOCUMENT: &[&[u8]] = &[
    b"cookie", b"write", b"writeln", b"domain", b"execCommand",
];

/// What only browsers have.
#[rustfmt::skip]
pub const BROWSER: &[&[u8]] = &[
    b"document", b"window", b"location", b"navigator", b"URL", b"atob", b"fromCharCode", b"localStorage",
    b"sessionStorage", b"XMLHttpRequest", b"ActiveXObject", b"setTimeout", b"setInterval", b"innerHTML",
    b"execScript", b"srcElement", b"ownerDocument", b"globalThis", b"importScripts", b"navigation",
    b"getScript",
];

/// Properties whose assignment navigates or writes markup.
#[rustfmt::skip]
pub const ASSIGNED: &[&[u8]] = &[
    b"location", b"href", b"innerHTML", b"outerHTML", b"srcdoc", b"onerror", b"onload", b"cookie",
];

/// Names that server-side languages know and browsers do not: such code is not for a browser.
#[rustfmt::skip]
pub const SERVER: &[&[u8]] = &[
    b"base64_decode", b"system", b"passthru", b"shell_exec", b"phpinfo", b"__import__", b"require",
    b"child_process", b"mainModule", b"getRuntime", b"popen", b"proc_open", b"subprocess", b"execSync",
    b"spawnSync",
];

/// Calls that pages make in plain links: nothing gained by them.
#[rustfmt::skip]
pub const NAVIGATION: &[&[u8]] = &[
    b"back", b"forward", b"go", b"close", b"scrollTo", b"focus", b"preventDefault", b"stopPropagation",
];

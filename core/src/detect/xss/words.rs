//! The names the browser acts on: elements, attributes, events.
//!
//! Sources: WHATWG HTML (elements, attributes, event handler content attributes, section 8.1.8.2), obsolete features of
//! the same (section 16), SVG 2 (chapter 6, events and animation), MathML Core, Pointer Events 3, UI Events, Touch
//! Events, CSS Animations and CSS Transitions (events), Fullscreen, Clipboard, Selection, Payment and Gamepad APIs, and
//! the DHTML reference of Internet Explorer for the events only it knew.

use crate::detect::lex::html::is_blank;
use crate::detect::lex::initials::Initials;

/// What an element can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Element {
    /// Runs its text or what `src` names.
    Script,
    /// Holds CSS.
    Style,
    /// Shows another document: `iframe`, `frame`, `portal`, `fencedframe`.
    Frame,
    /// Runs a plug-in or shows another document: `object`, `embed`, `applet`.
    Plugin,
    /// Changes what every relative address means.
    Base,
    /// May reload the page, set cookies, change the charset.
    Meta,
    /// May load styles, modules or imports.
    Link,
    /// Sends what users type to where `action` says.
    Form,
    /// Changes attributes of other SVG elements: `animate`, `set`...
    Animate,
    /// Takes a part of another document in: `use`, `image`, `feImage`.
    Use,
    /// SVG Tiny's `handler`: runs its text.
    Handler,
    /// Internet Explorer's `xml`, `import`, `layer`, `bgsound` and the like: load what they name.
    Loader,
    /// XML Events' `listener`: binds an event to a handler elsewhere.
    Listener,
    /// Makes up a page, a form, a drawing or a formula: shows nothing by itself that text would need.
    Structure,
    /// Any other element that HTML, SVG or MathML defines or defined, or one of no specification.
    Other,
}

/// Elements that do more than show text, in lower case, sorted.
const ELEMENTS: &[(&str, Element)] = &[
    ("animate", Element::Animate),
    ("animatecolor", Element::Animate),
    ("animatemotion", Element::Animate),
    ("animatetransform", Element::Animate),
    ("applet", Element::Plugin),
    ("base", Element::Base),
    ("bgsound", Element::Loader),
    ("body", Element::Structure),
    ("embed", Element::Plugin),
    ("event-source", Element::Loader),
    ("feimage", Element::Use),
    ("fencedframe", Element::Frame),
    ("form", Element::Form),
    ("frame", Element::Frame),
    ("handler", Element::Handler),
    ("head", Element::Structure),
    ("html", Element::Structure),
    ("iframe", Element::Frame),
    ("ilayer", Element::Loader),
    ("image", Element::Use),
    ("import", Element::Loader),
    ("input", Element::Structure),
    ("isindex", Element::Loader),
    ("layer", Element::Loader),
    ("link", Element::Link),
    ("listener", Element::Listener),
    ("math", Element::Structure),
    ("meta", Element::Meta),
    ("noscript", Element::Structure),
    ("object", Element::Plugin),
    ("plaintext", Element::Structure),
    ("portal", Element::Frame),
    ("script", Element::Script),
    ("set", Element::Animate),
    ("style", Element::Style),
    ("stylesheet", Element::Structure),
    ("svg", Element::Structure),
    ("template", Element::Structure),
    ("textarea", Element::Structure),
    ("title", Element::Structure),
    ("use", Element::Use),
    ("vmlframe", Element::Loader),
    ("xml", Element::Loader),
    ("xmp", Element::Structure),
];

/// Attributes whose value is an address the browser may follow or load, in lower case, sorted. `from`, `to`, `by` and
/// `values` are those of SVG's animations; `content` is that of `meta`.
const ADDRESSES: &[&str] = &[
    "action",
    "archive",
    "background",
    "by",
    "cite",
    "classid",
    "code",
    "codebase",
    "content",
    "data",
    "dynsrc",
    "folder",
    "formaction",
    "from",
    "href",
    "icon",
    "implementation",
    "longdesc",
    "lowsrc",
    "manifest",
    "movie",
    "param",
    "ping",
    "poster",
    "profile",
    "src",
    "srcset",
    "to",
    "url",
    "usemap",
    "value",
    "values",
    "xlink:href",
    "xml:base",
];

/// Link types that load what they name, or have the browser look it up (WHATWG HTML, 4.6.7).
#[rustfmt::skip]
pub const LINKS_THAT_LOAD: &[&[u8]] = &[
    b"stylesheet", b"import", b"modulepreload", b"manifest", b"preload", b"prefetch", b"prerender", b"dns-prefetch",
    b"preconnect",
];

/// Members of documents and elements that an element of that name or id hides from scripts (DOM, Node and Element; WHATWG
/// HTML, 3.1.6 named access on the document, 4.10.3 named access on forms). Words that forms use for fields are left out.
#[rustfmt::skip]
const CLOBBERED: &[&[u8]] = &[
    b"attributes", b"body", b"childNodes", b"children", b"cookie", b"createElement", b"currentScript", b"defaultView",
    b"documentElement", b"firstChild", b"getAttribute", b"getElementById", b"getElementsByTagName", b"innerHTML",
    b"insertBefore", b"lastChild", b"nextSibling", b"nodeName", b"nodeType", b"ownerDocument", b"parentNode",
    b"querySelector", b"querySelectorAll", b"removeAttribute", b"removeChild", b"setAttribute", b"tagName",
    b"textContent",
];

/// Whether an element of that name or id hides a member that scripts rely on. Forms have fields of some of these names;
/// `owner` tells that the element is no field.
pub fn is_clobbered(name: &[u8], owner: bool) -> bool {
    !name.is_empty()
        && CLOBBERED.contains(&name)
        && (owner || !matches!(name, b"body" | b"children" | b"cookie"))
}

/// Event handler attributes without their `on`, in lower case, sorted.
#[rustfmt::skip]
const EVENTS: &[&str] = &[
    "abort", "activate", "afterprint", "afterscriptexecute", "afterupdate", "animationcancel", "animationend",
    "animationiteration", "animationstart", "appinstalled", "auxclick", "beforeactivate", "beforecopy", "beforecut",
    "beforedeactivate", "beforeeditfocus", "beforeinput", "beforeinstallprompt", "beforeload", "beforematch",
    "beforepaste", "beforeprint", "beforescriptexecute", "beforetoggle", "beforeunload", "beforeupdate",
    "beforexrselect", "begin", "beginevent", "blur", "bounce", "cached", "cancel", "canplay", "canplaythrough",
    "cellchange", "change", "checking", "click", "close", "command", "compositionend", "compositionstart",
    "compositionupdate", "contentvisibilityautostatechange", "contextlost", "contextmenu", "contextrestored",
    "controllerchange", "controlselect", "copy", "cuechange", "cut", "dataavailable", "datasetchanged",
    "datasetcomplete", "dblclick", "deactivate", "devicelight", "devicemotion", "deviceorientation",
    "deviceorientationabsolute", "deviceproximity", "downloading", "drag", "dragdrop", "dragend", "dragenter",
    "dragexit", "dragleave", "dragover", "dragstart", "drop", "durationchange", "emptied", "end", "ended",
    "endevent", "error", "errorupdate", "filterchange", "finish", "focus", "focusin", "focusout", "formchange",
    "formdata", "forminput", "freeze", "fullscreenchange", "fullscreenerror", "gamepadconnected",
    "gamepaddisconnected", "gesturechange", "gestureend", "gesturestart", "gotpointercapture", "hashchange", "help",
    "input", "invalid", "keydown", "keypress", "keyup", "languagechange", "layoutcomplete", "load", "loadeddata",
    "loadedmetadata", "loadend", "loadstart", "location", "losecapture", "lostpointercapture", "mediacomplete",
    "mediaerror", "message", "messageerror", "mousedown", "mouseenter", "mouseleave", "mousemove", "mouseout",
    "mouseover", "mouseup", "mousewheel", "move", "moveend", "movestart", "mozfullscreenchange",
    "mozfullscreenerror", "mozpointerlockchange", "mozpointerlockerror", "noupdate", "obsolete", "offline",
    "online", "orientationchange", "outofsync", "pagehide", "pagereveal", "pageshow", "pageswap", "paste", "pause",
    "play", "playing", "pointercancel", "pointerdown", "pointerenter", "pointerleave", "pointerlockchange",
    "pointerlockerror", "pointermove", "pointerout", "pointerover", "pointerrawupdate", "pointerup", "popstate",
    "progress", "propertychange", "ratechange", "readystatechange", "rejectionhandled", "repeat", "repeatevent",
    "reset", "resize", "resizeend", "resizestart", "resume", "reverse", "rowdelete", "rowenter", "rowexit",
    "rowinserted", "rowsdelete", "rowsenter", "rowsinserted", "scroll", "scrollend", "scrollsnapchange",
    "scrollsnapchanging", "search", "securitypolicyviolation", "seek", "seeked", "seeking", "select",
    "selectionchange", "selectstart", "show", "slotchange", "stalled", "start", "stop", "storage", "submit",
    "suspend", "syncrestored", "timeerror", "timeupdate", "toggle", "touchcancel", "touchend", "touchmove",
    "touchstart", "trackchange", "transitioncancel", "transitionend", "transitionrun", "transitionstart",
    "unhandledrejection", "unload", "updateready", "urlflip", "userproximity", "volumechange", "waiting",
    "webkitanimationend", "webkitanimationiteration", "webkitanimationstart", "webkitfullscreenchange",
    "webkitfullscreenerror", "webkitmouseforcechanged", "webkitmouseforcedown", "webkitmouseforceup",
    "webkitmouseforcewillbegin", "webkitplaybacktargetavailabilitychanged", "webkitpresentationmodechanged",
    "webkittransitionend", "webkitwillrevealbottom", "wheel", "zoom",
];

/// Events are of fewer letters.
const LONGEST: usize = 40;

/// For each first letter and each length the last letters of [`EVENTS`]. PERF: most names differ in these from all of them.
static LASTS: [[u32; LONGEST]; 26] = {
    let (mut lasts, mut i) = ([[0; LONGEST]; 26], 0);
    while i < EVENTS.len() {
        let event = EVENTS[i].as_bytes();
        lasts[(event[0] - b'a') as usize][event.len()] |= 1 << (event[event.len() - 1] & 31);
        i += 1;
    }
    lasts
};

/// Whether `event`, in any case, begins, ends and is as long as one of the [`EVENTS`].
fn may_be_event(event: &[u8]) -> bool {
    let [Some(first), Some(last)] = [event.first(), event.last()] else { return false };
    let rows = first.to_ascii_lowercase().checked_sub(b'a').and_then(|row| LASTS.get(usize::from(row)));
    rows.and_then(|row| row.get(event.len())).is_some_and(|lasts| lasts >> (last & 31) & 1 != 0)
}

/// What stands behind `on` in English, and in names of data rather than events.
static PLAIN: &[&str] = &["e", "ly", "ce", "to", "us", "going", "line", "ward", "eof", "board", "site"];

/// A name in lower case on the stack: no allocation. Longer names are cut, which no table entry survives.
pub struct Lower {
    bytes: [u8; 48],
    len: usize,
}

impl Lower {
    /// `name` without NULs and without what cannot be in a name before and after it.
    pub fn new(name: &[u8]) -> Lower {
        let mut lower = Lower { bytes: [0; 48], len: 0 };
        for &b in name.iter().filter(|b| **b != 0) {
            // Some browsers took control bytes and stray quotes for separators.
            if lower.len == 0 && (b < 0x20 || matches!(b, b'"' | b'\'' | b'`')) {
                continue;
            }
            let Some(slot) =
                lower.bytes.get_mut(lower.len).filter(|_| b > 0x20 && !matches!(b, b'+' | b'\\'))
            else {
                break;
            };
            *slot = b.to_ascii_lowercase();
            lower.len += 1;
        }
        lower
    }

    /// The name.
    pub fn get(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }

    /// The name without its namespace prefix.
    pub fn local(&self) -> &[u8] {
        self.get().rsplit(|&b| b == b':').next().unwrap_or_default()
    }
}

/// PERF: nearly all names differ in their first letter or length from every one of the [`ELEMENTS`].
static INITIALS: Initials = {
    let (mut initials, mut i) = (Initials::of(&[]), 0);
    while i < ELEMENTS.len() {
        initials = initials.and(&[ELEMENTS[i].0]);
        i += 1;
    }
    initials
};

/// What the element of that name does.
pub fn element(name: &[u8]) -> Element {
    let plain = |b: &u8| *b > b' ' && !matches!(b, b'+' | b'\\' | b':');
    let begins = name.first().is_some_and(u8::is_ascii_alphanumeric);
    if begins && name.len() < 32 && name.iter().all(plain) {
        // Names are of letters and dashes.
        let known = INITIALS.fit(name) && name.iter().all(|b| b.is_ascii_alphabetic() || *b == b'-');
        if !known {
            return Element::Other;
        }
    }
    named_element(name)
}

/// [`element`], of a name in any spelling.
fn named_element(name: &[u8]) -> Element {
    let lower = Lower::new(name);
    if !INITIALS.fit(lower.local()) {
        return Element::Other;
    }
    let found = ELEMENTS.binary_search_by(|e| e.0.as_bytes().cmp(lower.local()));
    found.ok().and_then(|i| ELEMENTS.get(i)).map_or(Element::Other, |e| e.1)
}

/// Whether nothing but tags without values stands in `bytes`, of elements that matter by what they hold at most.
///
/// PERF: asked first, since it takes no frame of the reader's size: texts of XML are judged one by one.
pub fn names_alone(bytes: &[u8]) -> bool {
    let idle = |at: usize| {
        let name = bytes.get(at + 1..).unwrap_or_default();
        let name = match name {
            [b'/', name @ ..] if name.first().is_some_and(u8::is_ascii_alphabetic) => name,
            [b, ..] if b.is_ascii_alphabetic() => name,
            [0 | b'/' | b'!' | b'?', ..] => return false,
            _ => return true,
        };
        let end = name.iter().position(|&b| is_blank(b) || matches!(b, b'/' | b'>' | b'<'));
        element(name.get(..end.unwrap_or(name.len())).unwrap_or_default()) == Element::Other
    };
    memchr::memchr2(b'=', b'@', bytes).is_none() && memchr::memchr_iter(b'<', bytes).all(idle)
}

/// What an attribute means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attribute {
    /// Runs its value when an event of the tables above happens.
    Handler,
    /// Begins with `on` and is in no table: perhaps an event of tomorrow.
    MaybeHandler,
    /// A framework's handler or binding: `ng-click`, `v-on:click`, `@click`, `x-init`.
    Framework,
    /// An address.
    Address,
    /// CSS.
    Style,
    /// A whole HTML document.
    Srcdoc,
    /// The attribute an animation changes.
    Animated,
    /// What a `meta` stands for.
    HttpEquiv,
    /// What a `link` stands for.
    Rel,
    /// The media type or language of a script.
    Type,
    /// Internet Explorer's data binding, which writes a data island's text into the page.
    Binding,
    /// The encoding a page is read in.
    Charset,
    /// Anything else.
    Other,
}

/// Prefixes of attributes that client-side frameworks evaluate (AngularJS, Vue, Alpine, htmx).
const FRAMEWORK: &[&[u8]] =
    &[b"ng-", b"data-ng-", b"x-ng-", b"v-", b"@", b"x-on:", b"x-init", b"x-data", b"hx-on", b":", b"#["];

/// Whether an attribute of that name, letters, digits, `-` and `:`, may do more than show.
pub fn may_act(name: &[u8]) -> bool {
    static INITIALS: Initials = Initials::of(ADDRESSES).and(&[
        "style",
        "srcdoc",
        "attributename",
        "datasrc",
        "datafld",
        "dataformatas",
        "charset",
    ]);
    matches!(name, [b'o' | b'O', b'n' | b'N', _, ..])
        || INITIALS.fit(name)
        || memchr::memchr(b':', name).is_some()
}

/// What the attribute of that name means.
pub fn attribute(name: &[u8]) -> Attribute {
    // PERF: names of letters and digits differ in their first letter or length from every one that means something, but few.
    static INITIALS: Initials = Initials::of(ADDRESSES).and(&[
        "style",
        "srcdoc",
        "attributename",
        "rel",
        "datasrc",
        "datafld",
        "dataformatas",
        "charset",
        "type",
        "language",
    ]);
    static ENGLISH: Initials = Initials::of(PLAIN);
    if name.iter().all(u8::is_ascii_alphanumeric) {
        match name {
            [b'o' | b'O', b'n' | b'N', event @ ..]
                if (2..LONGEST).contains(&event.len()) && !may_be_event(event) && !ENGLISH.fit(event) =>
            {
                return Attribute::MaybeHandler;
            }
            [b'o' | b'O', b'n' | b'N', ..] => {}
            _ if !INITIALS.fit(name) => return Attribute::Other,
            _ => {}
        }
    }
    named(name)
}

fn named(name: &[u8]) -> Attribute {
    let lower = Lower::new(name);
    let name = lower.get();
    if let Some(event) = name.strip_prefix(b"on") {
        if may_be_event(event) && EVENTS.binary_search_by(|e| e.as_bytes().cmp(event)).is_ok() {
            return Attribute::Handler;
        }
        return match event {
            _ if PLAIN.iter().any(|word| word.as_bytes() == event) => Attribute::Other,
            _ if event.len() > 1 && event.iter().all(|b| b.is_ascii_alphanumeric()) => {
                Attribute::MaybeHandler
            }
            _ => Attribute::Other,
        };
    }
    match name {
        b"style" => Attribute::Style,
        b"srcdoc" => Attribute::Srcdoc,
        b"attributename" => Attribute::Animated,
        b"http-equiv" => Attribute::HttpEquiv,
        b"rel" => Attribute::Rel,
        b"datasrc" | b"datafld" | b"dataformatas" => Attribute::Binding,
        b"charset" => Attribute::Charset,
        b"type" | b"language" => Attribute::Type,
        _ if FRAMEWORK.iter().any(|f| name.starts_with(f)) => Attribute::Framework,
        _ if ADDRESSES.binary_search_by(|a| a.as_bytes().cmp(name)).is_ok() || lower.local() == b"href" => {
            Attribute::Address
        }
        _ => Attribute::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_tables_are_sorted() {
        assert!(ELEMENTS.is_sorted_by(|a, b| a.0 < b.0));
        assert!(ADDRESSES.is_sorted_by(|a, b| a < b));
        assert_eq!(EVENTS.windows(2).find(|w| w[0] >= w[1]), None);
    }

    proptest! {
        #[test]
        fn events_that_are_passed_over_are_unknown(
            event in prop::sample::select(EVENTS),
            plain in prop::sample::select(PLAIN),
            at in any::<prop::sample::Index>(),
            letter in "[a-zA-Z0-9]{0,30}",
            upper in any::<bool>(),
        ) {
            for known in [event, plain] {
                let mut name = if upper { known.to_ascii_uppercase() } else { known.to_owned() };
                name.insert_str(at.index(name.len() + 1), &letter[..letter.len() % 3]);
                let cut = &name[..name.len() - usize::from(name.len() > 1 && upper)];
                for name in [format!("on{name}"), format!("oN{cut}"), format!("On{letter}"), format!("on{letter}{name}")] {
                    prop_assert_eq!(attribute(name.as_bytes()), named(name.as_bytes()), "{}", name);
                }
            }
        }

        #[test]
        fn names_that_are_passed_over_mean_nothing(
            part in prop::sample::select(["", "on", "OnLoad", "style", "srcdoc", "attributename", "http-equiv", "rel", "data", "src", "fld",
                "formatas", "charset", "Type", "language", "ng", "v", "xlink", "href", "id", "b1234"].to_vec()),
            sign in prop::sample::select(["", "-", ":", "@", "#[", "\0", "+", "'"].to_vec()),
            other in "[a-zA-Z0-9]{0,8}",
            address in prop::sample::select(ADDRESSES),
        ) {
            for name in [[part, sign, other.as_str()], [other.as_str(), sign, part], [sign, part, ""], [address, "", ""], [address, &other, ""]] {
                let name = name.concat();
                prop_assert_eq!(attribute(name.as_bytes()), named(name.as_bytes()), "{}", name);
            }
        }
    }

    proptest! {
        #[test]
        fn elements_that_are_passed_over_do_nothing(
            (known, _) in prop::sample::select(ELEMENTS),
            at in any::<prop::sample::Index>(),
            sign in prop::sample::select(["", "a", "-", "'", "(", "\0", ":", "svg:", "+", "\\", " ", "7", "\u{e9}"].to_vec()),
            upper in any::<bool>(),
        ) {
            let mut name = if upper { known.to_ascii_uppercase() } else { known.to_owned() };
            name.insert_str(at.index(name.len() + 1), sign);
            prop_assert_eq!(element(name.as_bytes()), named_element(name.as_bytes()), "{}", name);
        }
    }

    #[test]
    fn every_event_is_a_handler() {
        for event in EVENTS {
            assert_eq!(attribute(format!("on{event}").as_bytes()), Attribute::Handler, "{event}");
        }
    }

    #[test]
    fn names_are_found_as_browsers_write_them() {
        assert_eq!(element(b"SCRIPT"), Element::Script);
        assert_eq!(element(b"svg:sc\0ript"), Element::Script);
        assert_eq!(attribute(b"\x0bOnLoad\x0b"), Attribute::Handler);
        assert_eq!(attribute(b"xlink:href"), Attribute::Address);
        assert_eq!(attribute(b"only"), Attribute::Other);
        assert_eq!(attribute(b"onquantumchange"), Attribute::MaybeHandler);
    }
}

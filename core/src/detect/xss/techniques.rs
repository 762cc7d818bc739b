//! The techniques of cross-site scripting, by their stable names.

use crate::detect::technique::{Technique, row};

/// Name, meaning, CAPEC numbers.
#[rustfmt::skip]
pub static TECHNIQUES: &[Technique] = &[
    row("script-element", "A `script` element with code.", &[591]),
    row("script-source", "A `script` element that loads code from elsewhere.", &[591]),
    row("script-breakout", "Ends the script it stands in and begins its own.", &[591]),
    row("script-code", "Ends the string it stands in inside a script, then code.", &[591]),
    row("script-url", "A URL of a scheme that runs code: `javascript:` and its kind.", &[244]),
    row("data-url", "A `data:` URL that holds a page or script.", &[244]),
    row("event-handler", "An element with a handler attribute (`on...`).", &[243]),
    row("attribute-handler", "Ends the attribute it stands in and adds a handler.", &[243]),
    row("iframe-srcdoc", "A frame whose page is given as text.", &[18]),
    row("frame", "A frame from elsewhere.", &[18]),
    row("embedded-object", "An `object`, `embed` or applet that runs code.", &[18]),
    row("svg-animation", "SVG animation that sets an address or handler.", &[18]),
    row("svg-use", "SVG that takes in another document.", &[18]),
    row("style-script", "CSS that runs code or sends data away.", &[18]),
    row("style-element", "A `style` element.", &[18]),
    row("style-link", "A style sheet from elsewhere.", &[18]),
    row("meta-refresh", "A `meta` element that leads to another address or sets a header.", &[18]),
    row("base-address", "A `base` element: all relative addresses lead elsewhere.", &[18]),
    row("form", "A form that sends what is typed elsewhere.", &[18]),
    row("charset", "A `meta` element or text in a charset that hides markup.", &[247]),
    row("data-island", "XML inside the page, whose parts a browser takes in.", &[18]),
    row("client-template", "An expression for a template engine in the browser.", &[588]),
    row("style-load", "A `style` element that loads from elsewhere.", &[18]),
    row("xml-stylesheet", "An instruction that has a document transformed by a style sheet of its choice.", &[18]),
    row("xml-event", "An event of XML Events bound to a handler elsewhere.", &[18]),
    row("dom-clobbering", "Elements whose names hide members that page scripts rely on.", &[18]),
    row("dangling-markup", "An address without its closing quote: what follows on the page is sent along.", &[18]),
    row("obfuscated-address", "An address whose host is written in numbers, escapes or with control characters.", &[244]),
    row("foreign-link", "A link inside a drawing or formula that leads to another site.", &[18]),
    row("link-ping", "A link that reports each click to another site.", &[18]),
    row("app-manifest", "A cache manifest of another site.", &[18]),
    row("markup-breakout", "Ends the attribute, comment or element it stands in, then a tag.", &[199]),
    row("markup", "An element of a page's structure.", &[18]),
    row("context-closers", "Closes several contexts at once: quotes, comments, elements.", &[199]),
];

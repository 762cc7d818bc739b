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
    row("context-closers", "Closes several contexts at once: quotes, comments, elements.", &[199]),
    row("markup", "Markup that changes the page without running script.", &[148]),
    row("markup-breakout", "Closing tags that leave the element the value stands in.", &[63]),
    row("xml-stylesheet", "An XML document that names its own style sheet.", &[19]),
];

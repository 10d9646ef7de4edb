//! The document around a customer's HTML.
//!
//! We own `<html>`, `<head>` and `<body>`. The body has exactly two children: the container with the
//! customer's bytes, and the signature block behind it. The container clips what it holds and is a
//! stacking context of its own, so that nothing in it can be painted over the block; frame,
//! container and block carry their style inline with `!important`, which beats any style sheet.
//! What older mail programs do not know (`all`, `contain`) they skip; each property that matters
//! stands again by itself, and first without `!important`, which Outlook does not know.

use html2text::{Element, Handle, RcDom};

use crate::markup::{self, Rules};

/// Resets for the root and the body: nothing of a style sheet can hide or move them.
macro_rules! root_style {
    () => {
        "margin:0;padding:0;display:block!important;visibility:visible!important;opacity:1!important;\
position:static!important;float:none!important;width:auto!important;min-width:0!important;max-width:none!important;\
height:auto!important;min-height:0!important;max-height:none!important;margin:0!important;padding:0!important;\
border:0!important;overflow:visible!important;transform:none!important;translate:none!important;rotate:none!important;\
scale:none!important;perspective:none!important;filter:none!important;backdrop-filter:none!important;\
clip:auto!important;clip-path:none!important;mask:none!important;-webkit-mask:none!important;\
mix-blend-mode:normal!important;zoom:1!important;contain:none!important;content-visibility:visible!important;\
container-type:normal!important;columns:auto!important;content:normal!important;animation:none!important;\
transition:none!important;offset:none!important;writing-mode:horizontal-tb!important;-webkit-box-reflect:none!important;\
-webkit-mask-box-image:none!important;-webkit-line-clamp:none!important;outline:0!important;text-decoration:none!important;\
scroll-snap-type:none!important;touch-action:auto!important;interactivity:auto!important"
    };
}

/// Opens the container of the customer's content.
pub(crate) const CONTAINER_OPEN: &str = "<div style=\"display:block;position:relative;overflow:hidden;all:unset!important;\
display:block!important;position:relative!important;overflow:hidden!important;contain:layout paint style!important;\
isolation:isolate!important;z-index:0!important;transform:translate(0,0)!important;visibility:visible!important;\
opacity:1!important;float:none!important;width:auto!important;height:auto!important;max-height:none!important;\
margin:0!important;padding:0!important;filter:none!important;mix-blend-mode:normal!important\">";
/// Closes it.
pub(crate) const CONTAINER_CLOSE: &str = "</div>";
/// Opens the signature block.
pub(crate) const BLOCK_OPEN: &str = "<div style=\"display:block;clear:both;margin:0;padding:16px;color:#333333;background-color:#ffffff;\
font-family:Arial,Helvetica,sans-serif;font-size:14px;line-height:20px;text-align:left;mso-hide:none;all:initial!important;\
display:block!important;visibility:visible!important;opacity:1!important;position:relative!important;\
z-index:2147483647!important;clear:both!important;float:none!important;margin:0!important;padding:16px!important;\
width:auto!important;height:auto!important;max-height:none!important;overflow:visible!important;color:#333333!important;\
-webkit-text-fill-color:#333333!important;background-color:#ffffff!important;\
font-family:Arial,Helvetica,sans-serif!important;font-size:14px!important;line-height:20px!important;\
text-align:left!important;text-indent:0!important;letter-spacing:normal!important;direction:ltr!important;\
unicode-bidi:isolate!important;transform:none!important;clip-path:none!important;filter:none!important;\
content-visibility:visible!important;animation:none!important;transition:none!important\">";
/// Closes the block.
pub(crate) const BLOCK_CLOSE: &str = "</div>";
/// The end of every document.
pub(crate) const END: &str = "</body></html>";
/// Behind `<a href="…"` of the block.
pub(crate) const LINK_STYLE: &str = " style=\"color:#0645ad;text-decoration:underline;all:initial!important;display:inline!important;\
visibility:visible!important;opacity:1!important;color:#0645ad!important;-webkit-text-fill-color:#0645ad!important;\
font-family:Arial,Helvetica,sans-serif!important;font-size:14px!important;line-height:20px!important;\
text-decoration:underline!important;cursor:pointer!important\">";

const HEAD: &str = concat!(
    "\" style=\"",
    root_style!(),
    "\"><head><meta charset=\"utf-8\">",
    "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
);
const BODY: &str = concat!("</head><body style=\"", root_style!(), "\">");

/// The document up to and including the container's start tag.
pub(crate) fn opening(language: &str, head_styles: &str) -> String {
    ["<!DOCTYPE html><html lang=\"", language, HEAD, head_styles, BODY, CONTAINER_OPEN].concat()
}

/// Whether this is such a beginning, with style sheets that pass their check or none.
pub(crate) fn is_opening(text: &str, language: &str) -> bool {
    let empty = opening(language, "");
    let border = empty.len() - BODY.len() - CONTAINER_OPEN.len();
    let (head, tail) = empty.split_at(border);
    let Some(styles) = text.strip_prefix(head).and_then(|rest| rest.strip_suffix(tail)) else { return false };
    if styles.is_empty() {
        return true;
    }
    let document = format!("<html><head>{styles}</head><body></body></html>");
    let rules = Rules { slots: None, office: false, document: true };
    markup::scan(&document, rules)
        .is_ok_and(|scan| scan.head_styles.iter().map(ExactSizeIterator::len).sum::<usize>() == styles.len())
}

/// Escapes text for HTML, in elements and quoted attributes.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c if c.is_control() && c != '\n' && c != '\t' => {}
            c => out.push(c),
        }
    }
    out
}

/// Lets a parser of browsers read the document and proves that the body holds exactly the
/// container and the block, and that the block is what it would be alone.
pub(crate) fn prove(document: &str) -> bool {
    let Some(block_at) = document.rfind(BLOCK_OPEN) else { return false };
    let Some(block) = document[block_at..].strip_suffix(END) else { return false };
    let (Some(whole), Some(alone)) = (parse(document), parse(&format!("<!DOCTYPE html><body>{block}"))) else {
        return false;
    };
    let (Some([container, block]), Some([expected])) = (body_children(&whole), body_children(&alone)) else {
        return false;
    };
    let is_container = style_of(&container).is_some_and(|style| CONTAINER_OPEN.contains(&format!("\"{style}\"")));
    is_container
        && head_is_ours(&whole)
        && RcDom::node_as_dom_string(&block) == RcDom::node_as_dom_string(&expected)
        && nothing_forbidden(&container)
}

fn parse(document: &str) -> Option<RcDom> {
    html2text::config::plain().parse_html(document.as_bytes()).ok()
}

/// The element children of the body, if there are `N` and nothing else is in the document.
fn body_children<const N: usize>(dom: &RcDom) -> Option<[Handle; N]> {
    let html = dom.document.children.borrow().iter().find(|node| is_element(node, "html"))?.clone();
    let parts = html.children.borrow().clone();
    let [head, body] = <[Handle; 2]>::try_from(parts).ok()?;
    if !is_element(&head, "head") || !is_element(&body, "body") {
        return None;
    }
    let children = body.children.borrow().clone();
    let all_divs = children.iter().all(|child| is_element(child, "div"));
    if all_divs { <[Handle; N]>::try_from(children).ok() } else { None }
}

fn head_is_ours(dom: &RcDom) -> bool {
    let Some(html) = dom.document.children.borrow().iter().find(|node| is_element(node, "html")).cloned() else {
        return false;
    };
    let Some(head) = html.children.borrow().first().cloned() else { return false };
    let children = head.children.borrow();
    children.iter().all(|node| is_element(node, "meta") || is_element(node, "style"))
        && children.iter().filter(|node| is_element(node, "meta")).count() == 2
}

fn is_element(node: &Handle, wanted: &str) -> bool {
    matches!(&node.data, Element { name, .. } if &*name.local == wanted)
}

fn style_of(node: &Handle) -> Option<String> {
    let Element { attrs, .. } = &node.data else { return None };
    attrs.borrow().iter().find(|a| &*a.name.local == "style").map(|a| a.value.to_string())
}

/// No element that runs, fetches or takes over, however it was written. Depth is bounded by the
/// scanner; the list is walked without recursion all the same.
fn nothing_forbidden(container: &Handle) -> bool {
    const FORBIDDEN: [&str; 22] = [
        "script",
        "iframe",
        "frame",
        "frameset",
        "object",
        "embed",
        "applet",
        "base",
        "meta",
        "link",
        "form",
        "input",
        "button",
        "select",
        "textarea",
        "template",
        "noscript",
        "plaintext",
        "xmp",
        "svg",
        "math",
        "dialog",
    ];
    let mut open = vec![container.clone()];
    while let Some(node) = open.pop() {
        if let Element { name, attrs, .. } = &node.data {
            let handles = attrs.borrow().iter().any(|a| a.name.local.starts_with("on"));
            if FORBIDDEN.contains(&&*name.local) || handles {
                return false;
            }
        }
        open.extend(node.children.borrow().iter().cloned());
    }
    true
}

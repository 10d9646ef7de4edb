//! Style sheets and style attributes of customers.
//!
//! The signature block carries all its own style inline with `!important`, which beats every rule
//! of a style sheet, layers and animations included. Three things could still reach it: text and
//! boxes that a rule generates before or after our elements (`::before`), a font of the block's
//! own family with empty letters, and mail programs that do not know `!important`. So a rule whose
//! selector could match one of our elements may neither generate content nor hide anything, and
//! the block's fonts may not be defined anew. A selector is harmless when one of its parts asks
//! for a class, an id or an element that the frame and the block do not have.

use crate::problem::StyleFault;

/// Element names of the frame and the block; none of them has a class or an id.
const OURS: [&str; 6] = ["html", "head", "body", "div", "a", "br"];
/// The block's fonts.
const FONTS: [&str; 3] = ["arial", "helvetica", "sans-serif"];
/// Properties that hide or cover in mail programs that do not know `!important`.
const HIDING: [&str; 17] = [
    "visibility",
    "opacity",
    "mso-hide",
    "position",
    "clip",
    "clip-path",
    "transform",
    "filter",
    "mask",
    "content",
    "zoom",
    "content-visibility",
    "text-indent",
    "max-height",
    "-webkit-text-fill-color",
    "text-size",
    "scale",
];

/// A fault with its offset in the text given.
type Fault = (usize, StyleFault);

/// Checks a style sheet.
pub(crate) fn check_sheet(css: &str) -> Result<(), Fault> {
    if let Some(at) = css.find(['<', '\0', crate::template::SLOT_OPEN]).or_else(|| css.find("-->")) {
        return Err((at, StyleFault::Markup));
    }
    let css = without_comments(css)?;
    rules(&css, 0, 0)
}

/// Checks the value of a style attribute, whose character references are still there.
pub(crate) fn check_attribute(value: &str) -> Result<(), Fault> {
    if let Some(at) = value.find(['<', '{', '}', '\0', crate::template::SLOT_OPEN]) {
        return Err((at, StyleFault::Markup));
    }
    // Offsets must stay, so references are replaced by as many bytes.
    let plain = value
        .replace("&quot;", "     \"")
        .replace("&#39;", "    '")
        .replace("&#34;", "    \"")
        .replace("&amp;", "    &");
    if let Some(at) = plain.find("&#").or_else(|| plain.find("&colon")).or_else(|| plain.find("&lpar")) {
        return Err((at, StyleFault::References));
    }
    let plain = without_comments(&plain)?;
    declarations(&plain, 0, false)
}

/// Blanks out comments, so that offsets stay.
fn without_comments(css: &str) -> Result<String, Fault> {
    let mut out = String::with_capacity(css.len());
    let mut at = 0;
    while at < css.len() {
        let rest = &css[at..];
        if let Some(comment) = rest.strip_prefix("/*") {
            let end = comment.find("*/").ok_or((at, StyleFault::Open))? + 4;
            out.extend(std::iter::repeat_n(' ', end));
            at += end;
        } else if rest.starts_with(['"', '\'']) {
            let end = quoted(rest).ok_or((at, StyleFault::Open))?;
            out.push_str(&rest[..end]);
            at += end;
        } else {
            let c = rest.chars().next().unwrap_or(' ');
            out.push(c);
            at += c.len_utf8();
        }
    }
    Ok(out)
}

/// The bytes of the quoted text at the start, quotes included; `None` when it does not end in its
/// line.
fn quoted(text: &str) -> Option<usize> {
    let open = text.chars().next()?;
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '\n' | '\r' | '\u{c}' => return None,
            c if c == open => return Some(at + 1),
            _ => {}
        }
    }
    None
}

/// The offset of the first of `ends` outside quotes and brackets.
fn find_end(css: &str, base: usize, ends: &[char]) -> Result<Option<usize>, Fault> {
    let mut closers: Vec<char> = Vec::new();
    let mut at = 0;
    while at < css.len() {
        let rest = &css[at..];
        let c = rest.chars().next().unwrap_or(' ');
        if closers.is_empty() && ends.contains(&c) {
            return Ok(Some(at));
        }
        match c {
            '"' | '\'' => {
                at += quoted(rest).ok_or((base + at, StyleFault::Open))?;
                continue;
            }
            '(' if ends_in_url(&css[..at]) => {
                at += raw_url(rest).ok_or((base + at, StyleFault::Open))?;
                continue;
            }
            '(' => closers.push(')'),
            '[' => closers.push(']'),
            '{' => closers.push('}'),
            ')' | ']' | '}' if closers.pop() != Some(c) => return Err((base + at, StyleFault::Open)),
            '\\' => at += rest.chars().nth(1).map_or(0, char::len_utf8),
            _ => {}
        }
        at += c.len_utf8();
    }
    if closers.is_empty() { Ok(None) } else { Err((base, StyleFault::Open)) }
}

fn ends_in_url(before: &str) -> bool {
    before.len() >= 3 && before.get(before.len() - 3..).is_some_and(|word| word.eq_ignore_ascii_case("url"))
}

/// The bytes of `( … )` of a url, which may hold signs that mean something elsewhere.
fn raw_url(text: &str) -> Option<usize> {
    let inner = text[1..].trim_start();
    let skipped = text.len() - inner.len();
    if inner.starts_with(['"', '\'']) {
        let end = skipped + quoted(inner)?;
        let rest = text[end..].trim_start();
        return rest.starts_with(')').then(|| text.len() - rest.len() + 1);
    }
    let end = text.find(')')?;
    let fits = !text[1..end].contains(['"', '\'', '(', '{', '}', '\\', '\n']);
    fits.then_some(end + 1)
}

fn rules(css: &str, base: usize, depth: usize) -> Result<(), Fault> {
    let mut at = 0;
    loop {
        at += css[at..].len() - css[at..].trim_start().len();
        if at >= css.len() {
            return Ok(());
        }
        let rest = &css[at..];
        let end = find_end(rest, base + at, &['{', ';', '}'])?.ok_or((base + at, StyleFault::Open))?;
        if !rest[end..].starts_with('{') {
            // `@import …;`, `@charset …;`, or something that belongs nowhere.
            return Err((base + at, if rest.starts_with('@') { StyleFault::AtRule } else { StyleFault::Open }));
        }
        let inner = &rest[end + 1..];
        let close = find_end(inner, base + at + end + 1, &['}'])?.ok_or((base + at, StyleFault::Open))?;
        rule(&rest[..end], &inner[..close], base + at, base + at + end + 1, depth)?;
        at += end + 1 + close + 1;
    }
}

fn rule(prelude: &str, inner: &str, at: usize, inner_at: usize, depth: usize) -> Result<(), Fault> {
    let Some(name) = prelude.strip_prefix('@') else {
        if let Some(bad) = bad_escape(prelude) {
            return Err((at + bad, StyleFault::Escape));
        }
        let reaches = reaches_us(prelude).map_err(|reason| (at, reason))?;
        return declarations(inner, inner_at, reaches);
    };
    let name = name.split(|c: char| !c.is_ascii_alphanumeric() && c != '-').next().unwrap_or("");
    match name.to_ascii_lowercase().as_str() {
        "media" | "supports" if depth < 4 => rules(inner, inner_at, depth + 1),
        "font-face" => font_face(inner, inner_at),
        "keyframes" | "-webkit-keyframes" | "-moz-keyframes" | "-ms-viewport" | "viewport" => balanced(inner, inner_at),
        _ => Err((at, StyleFault::AtRule)),
    }
}

fn balanced(inner: &str, at: usize) -> Result<(), Fault> {
    find_end(inner, at, &[]).map(|_| ())
}

fn font_face(inner: &str, at: usize) -> Result<(), Fault> {
    let lower = inner.to_ascii_lowercase();
    if lower.contains('\\') {
        return Err((at, StyleFault::Escape));
    }
    for declaration in lower.split(';') {
        if let Some((name, value)) = declaration.split_once(':')
            && name.trim() == "font-family"
            && FONTS.contains(&value.trim().trim_matches(['"', '\'']).trim())
        {
            return Err((at, StyleFault::Font));
        }
    }
    declarations(inner, at, false)
}

/// Checks `name: value; …`. `reaches` says that the rule could match our elements.
fn declarations(text: &str, base: usize, reaches: bool) -> Result<(), Fault> {
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        let end = find_end(rest, base + at, &[';', '{', '}'])?.unwrap_or(rest.len());
        if rest[end..].starts_with(['{', '}']) {
            return Err((base + at + end, StyleFault::Nested));
        }
        declaration(&rest[..end], base + at, reaches)?;
        at += end + 1;
    }
    Ok(())
}

fn declaration(text: &str, at: usize, reaches: bool) -> Result<(), Fault> {
    let Some((name, value)) = text.split_once(':') else {
        return if text.trim().is_empty() { Ok(()) } else { bare_word(text, at) };
    };
    if name.contains('\\') || without_quotes(value).contains('\\') {
        return Err((at, StyleFault::Escape));
    }
    let name = name.trim().to_ascii_lowercase();
    let value = value.to_ascii_lowercase();
    let value = value.split('!').next().unwrap_or("").trim();
    if name == "position" && value.contains("fixed") {
        return Err((at, StyleFault::Fixed));
    }
    let hides = HIDING.contains(&name.trim_start_matches("-webkit-").trim_start_matches("-moz-"))
        || HIDING.contains(&name.as_str())
        || name == "display" && value == "none"
        || name == "font-size" && value.starts_with('0')
        || name == "font" && value.contains(" 0")
        || matches!(name.as_str(), "height" | "line-height" | "width" | "max-width") && value.starts_with('0');
    let harmless = matches!(
        value,
        "none" | "normal" | "auto" | "100%" | "inherit" | "initial" | "static" | "visible" | "relative" | "1"
    );
    if reaches && hides && !(harmless && name != "display") {
        return Err((at, StyleFault::Reach));
    }
    Ok(())
}

/// A word without a colon, as customers leave them behind; programs skip it up to the semicolon.
fn bare_word(text: &str, at: usize) -> Result<(), Fault> {
    if text.contains('\\') { Err((at, StyleFault::Escape)) } else { Ok(()) }
}

fn without_quotes(text: &str) -> String {
    let mut out = String::new();
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        if rest.starts_with(['"', '\'']) {
            at += quoted(rest).unwrap_or(rest.len());
            continue;
        }
        let c = rest.chars().next().unwrap_or(' ');
        out.push(c);
        at += c.len_utf8();
    }
    out
}

/// A backslash that does not merely escape a sign such as `:` in the name of a class.
fn bad_escape(selector: &str) -> Option<usize> {
    let bytes = selector.as_bytes();
    (0..bytes.len()).find(|&at| {
        bytes[at] == b'\\'
            && (at > 0 && bytes[at - 1] == b'\\'
                || !bytes.get(at + 1).is_some_and(|b| b.is_ascii_punctuation() && *b != b'\\')
                || !in_class(&selector[..at]))
    })
}

/// Whether the text ends within the name of a class.
fn in_class(before: &str) -> bool {
    let start = before
        .rfind(|c: char| c.is_whitespace() || matches!(c, ',' | '>' | '+' | '~' | '[' | '('))
        .map_or(0, |at| at + 1);
    before[start..].contains('.')
}

/// Whether one of the selectors could match an element of ours; a pseudo-element in such a
/// selector is refused.
fn reaches_us(selectors: &str) -> Result<bool, StyleFault> {
    let mut reaches = false;
    for selector in split_top(selectors, |c| c == ',') {
        let compounds = split_top(selector, |c| c.is_whitespace() || matches!(c, '>' | '+' | '~'));
        if compounds.iter().any(|compound| names_something_else(compound)) {
            continue;
        }
        if compounds.iter().any(|compound| has_pseudo_element(compound)) {
            return Err(StyleFault::Reach);
        }
        reaches = true;
    }
    Ok(reaches)
}

/// Splits outside quotes, brackets and escapes; empty pieces are left out.
fn split_top(text: &str, is_border: impl Fn(char) -> bool) -> Vec<&str> {
    let (mut out, mut from, mut depth, mut escaped) = (Vec::new(), 0, 0_usize, false);
    let mut quote = None;
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if quote == Some(c) => quote = None,
            _ if quote.is_some() => {}
            '"' | '\'' => quote = Some(c),
            '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.saturating_sub(1),
            c if depth == 0 && is_border(c) => {
                out.push(&text[from..at]);
                from = at + c.len_utf8();
            }
            _ => {}
        }
    }
    out.push(&text[from..]);
    out.into_iter().map(str::trim).filter(|piece| !piece.is_empty()).collect()
}

/// The compound asks for a class, an id or an element that is none of ours.
fn names_something_else(compound: &str) -> bool {
    let outside = outside_brackets(compound);
    let end = outside.find(['.', '#', ':', '[']).unwrap_or(outside.len());
    let element = outside[..end].trim().to_ascii_lowercase();
    let foreign =
        !element.is_empty() && element.bytes().all(|b| b.is_ascii_alphanumeric()) && !OURS.contains(&element.as_str());
    let mut before_pseudo = outside.split(':').next().unwrap_or("").char_indices().peekable();
    let named = before_pseudo.any(|(at, c)| {
        matches!(c, '.' | '#') && outside[at + 1..].starts_with(|n: char| n.is_alphanumeric() || n == '_' || n == '-')
    });
    foreign || named
}

fn has_pseudo_element(compound: &str) -> bool {
    let outside = outside_brackets(compound).to_ascii_lowercase();
    outside.contains("::") || [":before", ":after", ":first-l"].iter().any(|word| outside.contains(word))
}

/// The text without what stands in `(…)` and `[…]`; a bracket in quotes is none.
fn outside_brackets(text: &str) -> String {
    let (mut depth, mut quote, mut escaped) = (0_usize, None, false);
    let mut out = String::new();
    for c in text.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if quote == Some(c) => quote = None,
            _ if quote.is_some() => {}
            '"' | '\'' => quote = Some(c),
            '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.saturating_sub(1),
            c if depth == 0 => out.push(c),
            _ => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r26_ordinary_style_sheets_pass() {
        for css in [
            "",
            "/* x */",
            "body{margin:0;padding:0;-webkit-text-size-adjust:100%}",
            "p{margin:0 0 1em}",
            "#outlook a{padding:0} .ExternalClass *{line-height:100%}",
            "table,td{mso-table-lspace:0pt}",
            "@media only screen and (max-width:480px){.col{width:100%!important;max-width:100%}div[style*=\"margin: 16px 0;\"]{margin:0!important}}",
            "@font-face{font-family:'Lato';src:url(https://x.example/a.woff2) format('woff2')}",
            ".sm\\:w-full{width:100%}",
            ".icon::before{content:\"\\201C\"}",
            ".pre{display:none;visibility:hidden;opacity:0}",
            "a[x-apple-data-detectors]{color:inherit!important;text-decoration:none!important}",
            "img{display:block;border:0}",
            "@keyframes a{0%{opacity:0}to{opacity:1}}",
            "h1{font-size:0}",
            "* {box-sizing:border-box;margin:0}",
            "td:hover{opacity:.5}",
            "a:hover{color:red}",
            "u + .body .gmail{display:block!important}",
            "@media (prefers-color-scheme:dark){body{background:#000}}",
        ] {
            assert_eq!(check_sheet(css), Ok(()), "{css}");
        }
    }

    #[test]
    fn r26_style_sheets_that_could_reach_the_block_are_refused() {
        for css in [
            "@import url(x.css);",
            "@import 'x';",
            "@charset \"utf-8\";",
            "*::before{content:'x'}",
            "::after{content:'x'}",
            "body::after{content:'x';position:absolute}",
            "div:after{content:''}",
            "body > div::before{content:''}",
            "a::before{}",
            "div:not(.x)::before{}",
            "[style]::before{}",
            ":is(.x,div)::after{}",
            "div{display:none}",
            "*{visibility:hidden}",
            "body :last-child{opacity:0}",
            "a{mso-hide:all}",
            "div{font-size:0}",
            "div:has(.x){display:none}",
            "@media all{div{display:none}}",
            "@supports (x:y){body{opacity:0}}",
            "@font-face{font-family:Arial;src:url(x)}",
            "@font-face{font-family:\"Arial\";src:url(x)}",
            "@font-face{font-family:\\41rial;src:url(x)}",
            ".x{position:fixed}",
            ".x{pos\\69tion:fixed}",
            ".x{position:f\\69xed}",
            ".x{color:red",
            ".x{color:red}}",
            "}.x{}",
            ".x{content:'a",
            "/* x",
            ".x{}</style><div>",
            ".x{} <!-- ",
            ".x{} -->",
            "@scope (body){div{display:none}}",
            "@layer x{div{display:none}}",
            ".x{ div{display:none} }",
            ".x{color:red;& ~ div{display:none}}",
            "@property --x{}",
            "di\\76{display:none}",
            ".x\\{}",
            "div{-webkit-text-fill-color:transparent}",
            "html{max-height:0}",
            "body{position:absolute}",
            ".a,div{display:none}",
            "div::first-line{font-size:0}",
            "div[style*=\"].x\"]::before{}",
            "[style*='a](.x']::after{content:''}",
            "div:first-letter{color:red}",
            "*|*{display:none}",
        ] {
            assert!(check_sheet(css).is_err(), "{css}");
        }
    }

    #[test]
    fn r26_style_attributes_stay_in_their_element() {
        for value in [
            "color:red;",
            "font-family:&quot;Lato&quot;,Arial",
            "background:url('https://x.example/a;b.png')",
            "width:100%;max-width:600px",
            "display:none",
        ] {
            assert_eq!(check_attribute(value), Ok(()), "{value}");
        }
        for value in [
            "position:fixed;top:0",
            "POSITION : StyleFault::Fixed",
            "position:/**/fixed",
            "pos\\69tion:fixed",
            "position&#58;fixed",
            "color:red}",
            "a:url(",
            "color:'",
            "position&colon;fixed",
        ] {
            assert!(check_attribute(value).is_err(), "{value}");
        }
    }
}

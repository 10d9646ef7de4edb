//! One start tag, read so that every program reads the same, and the addresses in it.

use std::ops::Range;

use crate::problem::{Fault, Found};
use crate::template::SLOT_OPEN;

/// An attribute as it stands.
pub(crate) struct Attribute<'a> {
    pub(crate) name: String,
    pub(crate) value: &'a str,
    /// Offset of the value in the text.
    pub(crate) at: usize,
    /// The attribute with its name and quotes.
    pub(crate) range: Range<usize>,
    pub(crate) quoted: bool,
}

/// A start tag as it stands.
pub(crate) struct Tag<'a> {
    pub(crate) name: String,
    pub(crate) attributes: Vec<Attribute<'a>>,
    pub(crate) slash: bool,
    pub(crate) end: usize,
}

/// A character of the name of an element or attribute.
pub(crate) fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, ':' | '-' | '_' | '.')
}

/// Reads the start tag at `start`.
pub(crate) fn read_tag(text: &str, start: usize) -> Result<Tag<'_>, Found> {
    let bad = |at: usize| Found::new(at, Fault::BadTag);
    let name_end = text[start + 1..].find(|c: char| !is_name(c)).map_or(text.len(), |n| start + 1 + n);
    let mut tag =
        Tag { name: text[start + 1..name_end].to_ascii_lowercase(), attributes: Vec::new(), slash: false, end: 0 };
    let mut at = name_end;
    loop {
        let rest = &text[at..];
        let trimmed = rest.trim_start_matches([' ', '\t', '\n', '\r', '\u{c}']);
        let blank = trimmed.len() < rest.len();
        at = text.len() - trimmed.len();
        if trimmed.starts_with('>') {
            tag.end = at + 1;
            return Ok(tag);
        }
        if trimmed.starts_with("/>") {
            tag.slash = true;
            tag.end = at + 2;
            return Ok(tag);
        }
        if !blank || !trimmed.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
            return Err(bad(if trimmed.is_empty() { start } else { at }));
        }
        let attribute = read_attribute(text, at)?;
        at = attribute.range.end;
        tag.attributes.push(attribute);
    }
}

fn read_attribute(text: &str, start: usize) -> Result<Attribute<'_>, Found> {
    let name_end = text[start..].find(|c: char| !is_name(c)).map_or(text.len(), |n| start + n);
    let name = text[start..name_end].to_ascii_lowercase();
    let rest = text[name_end..].trim_start();
    let Some(rest) = rest.strip_prefix('=') else {
        return Ok(Attribute { name, value: "", at: name_end, range: start..name_end, quoted: false });
    };
    let rest = rest.trim_start();
    let value_at = text.len() - rest.len();
    let Some(quote) = rest.chars().next().filter(|c| matches!(c, '"' | '\'')) else {
        let end = rest.find(|c: char| c.is_whitespace() || c == '>').unwrap_or(rest.len());
        let value = &rest[..end];
        if value.is_empty() || value.contains(['"', '\'', '<', '=', '`']) || value.ends_with('/') {
            return Err(Found::new(value_at, Fault::BadTag));
        }
        return Ok(Attribute { name, value, at: value_at, range: start..value_at + end, quoted: false });
    };
    let inner = &rest[1..];
    let end = inner.find(quote).filter(|&end| !inner[..end].contains('<'));
    let end = end.ok_or_else(|| Found::new(start, Fault::UnclosedAttribute(name.clone())))?;
    Ok(Attribute { name, value: &inner[..end], at: value_at + 1, range: start..value_at + 1 + end + 1, quoted: true })
}

/// An address that programs read in one way: its scheme stands in plain letters, and a merge
/// field comes behind the name of the site only.
pub(crate) fn is_fine_url(value: &str, attribute: &str) -> bool {
    let value = value.trim();
    let lower = value.to_ascii_lowercase();
    if value.is_empty() || value.contains(['\n', '\r', '\t']) {
        return value.is_empty();
    }
    if let Some(rest) = lower.strip_prefix("https://").or_else(|| lower.strip_prefix("http://")) {
        let site_end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let site = &rest[..site_end];
        return !site.is_empty() && !site.contains(['@', '\\', '&', '%', SLOT_OPEN, ' ']);
    }
    if attribute == "href" {
        return lower.starts_with("mailto:")
            || lower.starts_with("tel:")
            || value.starts_with('#') && !value.contains(SLOT_OPEN);
    }
    attribute == "src"
        && lower.starts_with("data:image/")
        && !lower.starts_with("data:image/svg")
        && !value.contains(SLOT_OPEN)
}

/// The same for a list of sources.
pub(crate) fn is_fine_srcset(value: &str) -> bool {
    !value.contains(SLOT_OPEN)
        && value.split(", ").all(|candidate| {
            let url = candidate.trim().split(' ').next().unwrap_or("");
            url.to_ascii_lowercase().starts_with("https://")
        })
}

//! Looks for the proof that a website is its owner's (R12).
//!
//! The owner publishes a text that only the account was told: as a TXT record
//! of the host, as a small file on the site, or as a meta tag of its first
//! page. One of them is enough.

use crate::fetch::Fetcher;
use crate::resolver::{LookupError, Resolver};

/// What precedes the text in the TXT record, and names the meta tag.
pub const LABEL: &str = "jawort-site";
/// Where the file with the text lies.
pub const FILE: &str = "/.well-known/jawort-site.txt";

/// What a look at a website found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// The proof is there.
    Yes,
    /// Everything answered, and the proof is nowhere.
    No,
    /// Something did not answer, and the proof was not found elsewhere.
    Unknown,
}

/// Whether a document shows the text.
type Shows = fn(&str, &str) -> bool;

/// Looks for `text` on `host` (a host name without scheme).
pub async fn look(resolver: &Resolver, fetcher: &Fetcher, host: &str, text: &str) -> Seen {
    let mut unknown = false;
    let record = format!("{LABEL}={text}");
    match resolver.txt(host).await {
        Ok(values) if values.iter().any(|value| value.trim() == record) => return Seen::Yes,
        Ok(_) | Err(LookupError::NoSuchName | LookupError::NoData) => {}
        Err(_) => unknown = true,
    }
    let pages: [(String, Shows); 2] =
        [(format!("https://{host}{FILE}"), file_shows), (format!("https://{host}/"), page_shows)];
    for (url, shows) in pages {
        match fetcher.fetch(&url).await {
            Ok(body) if shows(&String::from_utf8_lossy(&body), text) => return Seen::Yes,
            Ok(_) => {}
            Err(error) => unknown |= error.is_temporary(),
        }
    }
    if unknown { Seen::Unknown } else { Seen::No }
}

fn file_shows(body: &str, text: &str) -> bool {
    body.trim() == text
}

/// Whether the head of a page holds `<meta name="jawort-site" content="TEXT">`, attributes in any order.
fn page_shows(body: &str, text: &str) -> bool {
    // The text is of letters and digits only, so that it needs no unescaping. What stands behind
    // the head may be written by visitors of the site and proves nothing.
    let lower = body.to_ascii_lowercase();
    let head_end = ["</head", "<body"].iter().filter_map(|end| lower.find(end)).min().unwrap_or(lower.len());
    let mut from = 0;
    while let Some(at) = lower[from..head_end].find("<meta") {
        let start = from + at;
        let Some(length) = lower[start..head_end].find('>') else { return false };
        let tag = &body[start..start + length];
        if attribute(tag, "name").is_some_and(|name| name.eq_ignore_ascii_case(LABEL))
            && attribute(tag, "content") == Some(text)
        {
            return true;
        }
        from = start + length;
    }
    false
}

/// The value of a quoted attribute of one tag.
fn attribute<'t>(tag: &'t str, name: &str) -> Option<&'t str> {
    let lower = tag.to_ascii_lowercase();
    let mut from = 0;
    while let Some(at) = lower[from..].find(name) {
        let start = from + at;
        from = start + name.len();
        let own_word = lower[..start].ends_with(|before: char| before.is_ascii_whitespace());
        let Some(value) = tag[from..].trim_start().strip_prefix('=').map(str::trim_start) else { continue };
        let quote = value.chars().next().filter(|quote| own_word && matches!(quote, '"' | '\''));
        if let Some(quote) = quote {
            return value[1..].split_once(quote).map(|(value, _)| value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Proves R12: the meta tag counts in the head only, with the whole text.
    #[test]
    fn r12_a_meta_tag_of_the_head_proves_the_website() {
        let page =
            |head: &str, body: &str| format!("<!DOCTYPE html><html><head>{head}</head><body>{body}</body></html>");
        let tag = "<meta name=\"jawort-site\" content=\"abc123\">";
        assert!(page_shows(&page(tag, ""), "abc123"));
        assert!(page_shows(&page("<META content='abc123' data-name='x' NAME='Jawort-Site' />", ""), "abc123"));
        assert!(!page_shows(&page("", tag), "abc123"), "a visitor's comment is no proof");
        assert!(!page_shows(&page(tag, ""), "abc12"));
        assert!(!page_shows(&page("<meta data-name=\"jawort-site\" content=\"abc123\">", ""), "abc123"));
        assert!(!page_shows("<meta name=\"jawort-site\" content=\"abc123", "abc123"));
    }

    #[test]
    fn r12_a_file_proves_the_website_when_it_holds_the_text_alone() {
        assert!(file_shows("abc123\r\n", "abc123"));
        assert!(!file_shows("abc123 and more", "abc123"));
    }
}

//! Looks for the proof that a website is its owner's (R12).
//!
//! The owner publishes a text that only the account was told: as a TXT record
//! of the host, as a small file on the site, or as a meta tag of its first
//! page. One of them is enough.

use policy::dns_records::RecordType;

use crate::fetch::{FetchError, Fetcher};
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

/// What one of the three places shows. No word about why a host could not be reached: whoever enters
/// one learns of a place that is not public just what he learns of one that is empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The text.
    Shown,
    /// Another text in its place: an old one, or one that was cut.
    Differs,
    /// Nothing.
    Absent,
    /// The page leads elsewhere; that is not followed, because it proves nothing about this host.
    Redirects,
    /// No answer just now.
    Silent,
    /// Nobody asked: another place showed the text.
    NotAsked,
}

impl Place {
    const ALL: [Self; 6] = [Self::Shown, Self::Differs, Self::Absent, Self::Redirects, Self::Silent, Self::NotAsked];

    /// The word that is kept and that the API says.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Shown => "shown",
            Self::Differs => "differs",
            Self::Absent => "absent",
            Self::Redirects => "redirects",
            Self::Silent => "silent",
            Self::NotAsked => "not_asked",
        }
    }
}

/// What a look found, place by place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SiteProof {
    /// The TXT record.
    pub dns: Place,
    /// The file.
    pub file: Place,
    /// The meta tag of the first page.
    pub page: Place,
}

impl SiteProof {
    /// What it says about the website.
    #[must_use]
    pub fn seen(&self) -> Seen {
        let places = [self.dns, self.file, self.page];
        if places.contains(&Place::Shown) {
            Seen::Yes
        } else if places.contains(&Place::Silent) {
            Seen::Unknown
        } else {
            Seen::No
        }
    }

    /// As it is kept: the words of the three places.
    #[must_use]
    pub fn words(&self) -> String {
        [self.dns, self.file, self.page].map(Place::word).join(" ")
    }

    /// As it was kept; none where nobody looked yet.
    #[must_use]
    pub fn from_words(text: &str) -> Option<Self> {
        let place = |word: &str| Place::ALL.into_iter().find(|place| place.word() == word);
        let mut words = text.split(' ').map(place);
        Some(Self { dns: words.next()??, file: words.next()??, page: words.next()?? })
    }
}

/// The text of the TXT record.
#[must_use]
pub fn record(text: &str) -> String {
    format!("{LABEL}={text}")
}

/// The address of the file.
#[must_use]
pub fn file_url(host: &str) -> String {
    format!("https://{host}{FILE}")
}

/// The meta tag for the head of the first page.
#[must_use]
pub fn meta_tag(text: &str) -> String {
    format!("<meta name=\"{LABEL}\" content=\"{text}\">")
}

/// Looks for `text` on `host` (a host name without scheme), as DNS and the website answer now.
pub async fn look(resolver: &Resolver, fetcher: &Fetcher, host: &str, text: &str) -> SiteProof {
    let dns = in_dns(resolver, host, text).await;
    if dns == Place::Shown {
        return SiteProof { dns, file: Place::NotAsked, page: Place::NotAsked };
    }
    let (file, page) = (file_url(host), format!("https://{host}/"));
    let (file, page) = tokio::join!(fetcher.fetch(&file), fetcher.fetch(&page));
    SiteProof { dns, file: place(file, |body| in_file(body, text)), page: place(page, |body| in_page(body, text)) }
}

async fn in_dns(resolver: &Resolver, host: &str, text: &str) -> Place {
    resolver.forget_answer(host, RecordType::Txt);
    let record = record(text);
    match resolver.txt(host).await {
        Ok(values) if values.iter().any(|value| value.trim() == record) => Place::Shown,
        Ok(values) if values.iter().any(|value| value.trim().starts_with(LABEL)) => Place::Differs,
        Ok(_) | Err(LookupError::NoSuchName | LookupError::NoData) => Place::Absent,
        Err(_) => Place::Silent,
    }
}

fn place(fetched: Result<Vec<u8>, FetchError>, read: impl Fn(&str) -> Place) -> Place {
    match fetched {
        Ok(body) => read(&String::from_utf8_lossy(&body)),
        Err(FetchError::Redirected(_)) => Place::Redirects,
        Err(error) if error.is_temporary() => Place::Silent,
        Err(_) => Place::Absent,
    }
}

fn in_file(body: &str, text: &str) -> Place {
    if body.trim() == text { Place::Shown } else { Place::Differs }
}

/// Whether the head of a page holds `<meta name="jawort-site" content="TEXT">`, attributes in any order.
fn in_page(body: &str, text: &str) -> Place {
    // The text is of letters and digits only, so that it needs no unescaping. What stands behind
    // the head may be written by visitors of the site and proves nothing.
    let lower = body.to_ascii_lowercase();
    let head_end = ["</head", "<body"].iter().filter_map(|end| lower.find(end)).min().unwrap_or(lower.len());
    let (mut from, mut found) = (0, Place::Absent);
    while let Some(at) = lower[from..head_end].find("<meta") {
        let start = from + at;
        let Some(length) = lower[start..head_end].find('>') else { return found };
        let tag = &body[start..start + length];
        if attribute(tag, "name").is_some_and(|name| name.eq_ignore_ascii_case(LABEL)) {
            if attribute(tag, "content") == Some(text) {
                return Place::Shown;
            }
            found = Place::Differs;
        }
        from = start + length;
    }
    found
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
        assert_eq!(meta_tag("abc123"), tag);
        assert_eq!(in_page(&page(tag, ""), "abc123"), Place::Shown);
        let odd = "<META content='abc123' data-name='x' NAME='Jawort-Site' />";
        assert_eq!(in_page(&page(odd, ""), "abc123"), Place::Shown);
        assert_eq!(in_page(&page("", tag), "abc123"), Place::Absent, "a visitor's comment is no proof");
        assert_eq!(in_page(&page(tag, ""), "abc12"), Place::Differs);
        assert_eq!(in_page(&page("<meta data-name=\"jawort-site\" content=\"abc123\">", ""), "abc123"), Place::Absent);
        assert_eq!(in_page("<meta name=\"jawort-site\" content=\"abc123", "abc123"), Place::Absent);
    }

    #[test]
    fn r12_a_file_proves_the_website_when_it_holds_the_text_alone() {
        assert_eq!(in_file("abc123\r\n", "abc123"), Place::Shown);
        assert_eq!(in_file("abc123 and more", "abc123"), Place::Differs);
    }

    #[test]
    fn r12_one_place_proves_and_a_silent_one_says_nothing() {
        let of = |dns, file, page| SiteProof { dns, file, page };
        let none = of(Place::Absent, Place::Differs, Place::Redirects);
        assert_eq!(none.seen(), Seen::No);
        assert_eq!(of(Place::Silent, Place::Shown, Place::Absent).seen(), Seen::Yes);
        assert_eq!(of(Place::Absent, Place::Silent, Place::Absent).seen(), Seen::Unknown);
        assert_eq!(SiteProof::from_words(&none.words()), Some(none));
        assert_eq!(SiteProof::from_words(""), None);
    }
}

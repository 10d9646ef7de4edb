//! Who asks: IP address, language, and traces of machines.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use texts::Language;

use crate::context::Web;

/// The peer of a connection; put into each request by the listener.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) SocketAddr);

/// What a request tells about its sender.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    /// The visitor's address: the peer's, or what the own proxy says.
    pub(crate) ip: IpAddr,
    /// As the program calls itself.
    pub(crate) user_agent: String,
    /// What it would like to read, for pages that belong to nobody.
    pub(crate) language: Language,
    /// It says itself that no person asked for this now (`Sec-Purpose`, `Purpose`, `X-Moz`).
    pub(crate) prefetch: bool,
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> &'h str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// The last address that the proxy next to us added.
fn forwarded(headers: &HeaderMap) -> Option<IpAddr> {
    let last = headers.get_all("x-forwarded-for").iter().next_back()?.to_str().ok()?;
    last.rsplit(',').next()?.trim().parse().ok()
}

impl FromRequestParts<Web> for Client {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Self::Rejection> {
        let peer = parts.extensions.get::<Peer>().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.0.ip());
        let said = if web.settings.behind_proxy { forwarded(&parts.headers) } else { None };
        let purposes = ["sec-purpose", "purpose", "x-purpose", "x-moz"];
        let ahead = |name| {
            let purpose = text(&parts.headers, name).to_ascii_lowercase();
            purpose.contains("prefetch") || purpose.contains("preview") || purpose.contains("prerender")
        };
        Ok(Self {
            ip: said.unwrap_or(peer).to_canonical(),
            user_agent: text(&parts.headers, "user-agent").to_owned(),
            language: language(&parts.headers),
            prefetch: purposes.into_iter().any(ahead),
        })
    }
}

/// The language of a page that belongs to nobody.
pub(crate) fn language(headers: &HeaderMap) -> Language {
    Language::preferred(text(headers, "accept-language")).unwrap_or(Language::En)
}

/// Words by which programs name themselves that open links without a person. Most scanners name
/// themselves as browsers; the ten minutes after the hand-over are meant for those (D1).
const MACHINES: &[&str] = &[
    "bot",
    "crawl",
    "spider",
    "scan",
    "preview",
    "headless",
    "phantom",
    "curl",
    "wget",
    "python",
    "java/",
    "go-http",
    "libwww",
    "httpclient",
    "okhttp",
    "axios",
    "node-fetch",
    "ruby",
    "perl",
    "barracuda",
    "mimecast",
    "proofpoint",
    "fireeye",
    "trendmicro",
    "symantec",
    "safelinks",
    "monitor",
    "fetch",
];

impl Client {
    /// Whether the program looks like one that opens links by itself.
    pub(crate) fn looks_like_machine(&self) -> bool {
        let agent = self.user_agent.to_ascii_lowercase();
        self.prefetch || agent.is_empty() || MACHINES.iter().any(|word| agent.contains(word))
    }
}

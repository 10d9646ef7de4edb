//! Styles, scripts and icons: built by `build.rs`, served under `/static` by names that hold a hash of
//! their content, so that browsers may keep them for good.

use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};

use crate::error::Fault;

/// One file.
pub(crate) struct File {
    /// With the hash: `app-XH3P3R74.css`.
    pub(crate) name: &'static str,
    pub(crate) plain: &'static [u8],
    /// The same by gzip.
    pub(crate) packed: &'static [u8],
}

/// What is never fetched by its constant: a chunk that another script loads by its name.
#[expect(dead_code, reason = "chunks have constants too, and scripts name them themselves")]
mod built {
    use super::File;
    include!(concat!(env!("OUT_DIR"), "/assets.rs"));
}
pub(crate) use built::{APP_CSS, FILES, ICONS_SVG, MAIN_JS, RECIPIENTS_CSS, UNSUBSCRIBE_JS};

/// The name changes with the content.
const FOR_GOOD: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// The type of a file by the end of its name.
fn kind(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    }
}

/// GET: a file.
pub(crate) async fn show(Path(name): Path<String>, headers: HeaderMap) -> Result<Response, Fault> {
    let file = FILES.iter().find(|file| file.name == name).ok_or(Fault::NotFound)?;
    let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    // A weight of zero would refuse it; no browser sends that, and the plain file is served then too.
    let packed = accepted.split(',').any(|coding| coding.trim().eq_ignore_ascii_case("gzip"));
    let shared = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind(file.name))),
        (header::CACHE_CONTROL, FOR_GOOD),
        (header::VARY, HeaderValue::from_static("Accept-Encoding")),
    ];
    Ok(if packed {
        (shared, [(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"))], file.packed).into_response()
    } else {
        (shared, file.plain).into_response()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_has_a_known_type_and_a_name_with_its_hash() {
        assert!(FILES.len() >= 6, "styles, scripts and icons");
        for file in FILES {
            assert_ne!(kind(file.name), "application/octet-stream", "{}", file.name);
            let stem = file.name.rsplit_once('.').expect("an ending").0;
            let hash = stem.rsplit('-').next().expect("a hash");
            assert!(hash.len() == 8 && hash.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{}", file.name);
        }
        for address in [APP_CSS, MAIN_JS, ICONS_SVG, RECIPIENTS_CSS, UNSUBSCRIBE_JS] {
            let name = address.strip_prefix("/static/").expect("below /static");
            assert!(FILES.iter().any(|file| file.name == name), "{address}");
        }
    }
}

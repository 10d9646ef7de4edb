//! What is counted of requests.

use std::time::Duration;

use axum::http::{Method, StatusCode};
use meters::{Counts, Histogram, Meter};

/// Requests.
pub(crate) static REQUESTS: Counts = Counts::new(
    "jawort_http_requests_total",
    "Requests that were answered, by whom the page or call is for and by class of the answer.",
    "answer",
    &["1xx", "2xx", "3xx", "4xx", "5xx"],
)
.by("area", &["recipients", "signed_in", "api", "elsewhere"])
.alarm("`5xx` grows, of `recipients` above all");

/// How long they took.
pub(crate) static TIMES: Histogram = Histogram::new(
    "jawort_http_seconds",
    "How long requests took, unsubscribes apart.",
    &[1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000],
);

/// How long an unsubscribe took, its waiting for what is on the wire included.
pub(crate) static UNSUBSCRIBES: Histogram = Histogram::new(
    "jawort_unsubscribe_seconds",
    "How long an unsubscribe took from the request to the answer, its waiting for what is on the wire included (promise 3).",
    &[5, 10, 25, 50, 100, 250, 500, 1_000, 1_250, 2_500, 5_000, 10_000],
)
.alarm("the 99th percentile is above 1.25 seconds");

/// Every meter of this door.
pub static METERS: &[&'static dyn Meter] = &[&REQUESTS, &TIMES, &UNSUBSCRIBES];

/// Whom a path is for; its first part alone decides, so that no token comes near a label.
fn area(path: &str) -> &'static str {
    let first = path.trim_start_matches('/').split('/').next().unwrap_or_default();
    match first {
        "api" => "api",
        "u" | "c" | "p" | "f" | "e" | "v" | "complain" | "contact" | "legal" => "recipients",
        "" | "a" | "desk" | "me" | "login" | "logout" | "forgot" | "start" | "i" | "r" => "signed_in",
        _ => "elsewhere",
    }
}

/// `/u/{token}`, and with a slash behind it; not the undo.
fn is_unsubscribe(path: &str) -> bool {
    path.strip_prefix("/u/").is_some_and(|rest| !rest.trim_end_matches('/').contains('/'))
}

/// Counts an answered request.
pub(crate) fn answered(method: &Method, path: &str, status: StatusCode, took: Duration) {
    let class = match status.as_u16() {
        100..=199 => "1xx",
        200..=299 => "2xx",
        300..=399 => "3xx",
        400..=499 => "4xx",
        _ => "5xx",
    };
    REQUESTS.add_at(area(path), class, 1);
    if *method == Method::POST && is_unsubscribe(path) {
        UNSUBSCRIBES.took(took);
    } else {
        TIMES.took(took);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_paths_area_is_one_of_few_words_whatever_it_holds() {
        for (path, is) in [
            ("/u/0123456789012345678901", "recipients"),
            ("/complain/abc", "recipients"),
            ("/a/7/contacts", "signed_in"),
            ("/api/v1/contacts", "api"),
            ("/eve@post.test", "elsewhere"),
            ("//u/x", "recipients"),
            ("/wp-login.php", "elsewhere"),
        ] {
            assert_eq!(area(path), is, "{path}");
        }
        assert!(crate::recipients_paths().into_iter().all(|path| area(path) == "recipients"));
        assert!(crate::pages().iter().all(|page| area(page.path) == "signed_in"));
        assert!(is_unsubscribe("/u/0123") && is_unsubscribe("/u/0123/") && !is_unsubscribe("/u/0123/undo"));
        answered(&Method::POST, "/u/0123456789012345678901?x=eve@post.test", StatusCode::OK, Duration::from_millis(3));
        let told = meters::tell(METERS);
        assert!(!told.contains("eve@") && !told.contains("0123456789"), "{told}");
    }
}

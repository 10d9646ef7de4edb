//! The listener for machines that look after this one: metrics, whether the process lives, and whether
//! it may be given work. Addresses of its own, so that none of it stands among the pages.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use tokio::sync::watch;

use crate::serve::{self, Hall, Listeners};

/// Connections at one time; more wait.
const CONNECTIONS: usize = 32;
/// The head of a request must come within this time.
const HEADER_LIMIT: Duration = Duration::from_secs(5);

/// An answer that takes its time.
pub type Answered<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What this listener tells; whoever starts the program knows it.
pub trait Status: Send + Sync + 'static {
    /// Everything that is counted, in the text format of Prometheus.
    fn metrics(&self) -> Answered<'_, String>;

    /// Why no work should be given to this process now, each in a line; empty where it is ready.
    fn problems(&self) -> Answered<'_, Vec<String>>;
}

type Told = Arc<dyn Status>;

/// Serves `/metrics`, `/healthz` and `/readyz` until `stop` becomes true.
pub async fn run_status(status: Arc<dyn Status>, listeners: Listeners, stop: watch::Receiver<bool>) {
    let hall = Hall::new(router(status), CONNECTIONS, HEADER_LIMIT);
    serve::serve_all(hall, listeners, stop).await;
}

/// The three paths.
fn router(status: Told) -> Router {
    Router::new()
        .route("/metrics", get(metrics))
        .route("/healthz", get(health))
        .route("/readyz", get(readiness))
        .with_state(status)
}

async fn metrics(State(status): State<Told>) -> Response {
    plain(StatusCode::OK, meters::CONTENT_TYPE, status.metrics().await)
}

/// Whoever reads this knows that the process lives and its threads do: nothing else is asked, so that a
/// database that is away gets no process killed.
async fn health() -> Response {
    plain(StatusCode::OK, "text/plain; charset=utf-8", "alive\n".to_owned())
}

async fn readiness(State(status): State<Told>) -> Response {
    let problems = status.problems().await;
    let (code, text) = match problems.is_empty() {
        true => (StatusCode::OK, "ready\n".to_owned()),
        false => {
            let lines: String = problems.iter().map(|problem| format!("{problem}\n")).collect();
            (StatusCode::SERVICE_UNAVAILABLE, format!("not ready\n{lines}"))
        }
    };
    plain(code, "text/plain; charset=utf-8", text)
}

fn plain(code: StatusCode, kind: &'static str, text: String) -> Response {
    let headers: [(HeaderName, &str); 3] = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (code, headers, text).into_response()
}

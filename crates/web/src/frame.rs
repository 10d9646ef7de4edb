//! Around every request: a panic and a slow answer become pages, and every answer has its headers.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};

use crate::client::language;
use crate::context::{Web, WebContext};
use crate::error::Fault;
use crate::{api, meters, pages, recipients, ui};

/// Seconds after which somebody who met a busy server may come again.
const COME_AGAIN: &str = "30";
const YEAR: &str = "max-age=31536000";

/// Every page and call that the door serves.
pub fn router(context: WebContext) -> Router {
    of(Web::new(context))
}

/// The same for a door whose memory somebody else knows too.
pub(crate) fn of(web: Web) -> Router {
    Router::new()
        .merge(recipients::router(&web))
        .merge(ui::table::router())
        .merge(pages::statics())
        .nest("/api/v1", api::router())
        .fallback(|| async { Fault::NotFound })
        .method_not_allowed_fallback(|| async { Fault::BadMethod })
        .layer(from_fn_with_state(web.clone(), around))
        .with_state(web)
}

async fn around(State(web): State<Web>, request: Request, next: Next) -> Response {
    let language = language(request.headers());
    let (method, path, began) = (request.method().clone(), request.uri().path().to_owned(), web.clock.reading());
    let served = Guarded(Box::pin(next.run(request)));
    let mut response = tokio::select! {
        response = served => response,
        () = web.clock.sleep(web.settings.request_limit) => Fault::Busy.into_response(),
    };
    if let Some(fault) = response.extensions_mut().remove::<Fault>() {
        response = pages::fault(&web, language, fault);
    }
    dress(&web, &mut response);
    meters::answered(&method, &path, response.status(), web.clock.reading().elapsed_since(began));
    response
}

/// The headers that every answer carries; a handler may have set its own.
fn dress(web: &Web, response: &mut Response) {
    let busy = response.status() == Fault::Busy.status();
    let headers = response.headers_mut();
    let mut default = |name: HeaderName, value: &'static str| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    default(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    default(header::REFERRER_POLICY, "no-referrer");
    default(header::X_FRAME_OPTIONS, "DENY");
    default(header::CONTENT_SECURITY_POLICY, recipients::POLICY);
    default(header::CACHE_CONTROL, "no-store");
    default(HeaderName::from_static("permissions-policy"), "interest-cohort=()");
    if web.gate.house().public_url.starts_with("https://") {
        default(header::STRICT_TRANSPORT_SECURITY, YEAR);
    }
    if busy {
        default(header::RETRY_AFTER, COME_AGAIN);
    }
}

/// Turns a panic of one request into its page. The text of the panic goes to the log alone.
struct Guarded(Pin<Box<dyn Future<Output = Response> + Send>>);

impl Future for Guarded {
    type Output = Response;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Response> {
        catch_unwind(AssertUnwindSafe(|| self.0.as_mut().poll(cx))).unwrap_or_else(|_| {
            tracing::error!("a page panicked");
            Poll::Ready(Fault::Failed.into_response())
        })
    }
}

//! HTML that a template of ours wrote: it is put into a page as it is, where text is escaped.

use std::fmt;

use askama::Template;
use askama::filters::HtmlSafe;

/// A piece of finished HTML. Only templates make it; what people wrote gets into it escaped.
#[derive(Clone, Debug, Default)]
pub(crate) struct Html(String);

impl Html {
    /// The output of a template with the ending `.html`. What cannot be rendered is absent, and the log says so.
    pub(crate) fn of(template: &impl Template) -> Self {
        Self(template.render().unwrap_or_else(|error| {
            tracing::error!(%error, "a part of a page could not be rendered");
            String::new()
        }))
    }
}

impl Html {
    /// Text as HTML.
    pub(crate) fn text(text: &str) -> Self {
        Self::of(&Plain { text })
    }
}

#[derive(Template)]
#[template(source = "{{ text }}", ext = "html")]
struct Plain<'t> {
    text: &'t str,
}

impl fmt::Display for Html {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl HtmlSafe for Html {}

//! The mailbox providers that labels may name.

use std::sync::OnceLock;

use crate::OTHER;

/// Providers that can be listed at most.
pub const MOST_PROVIDERS: usize = 64;

static NAMED: OnceLock<Vec<String>> = OnceLock::new();

/// Says which mailbox providers have labels of their own: once, when the program starts, and the first
/// [`MOST_PROVIDERS`] of them. Until then, and for all others, the label is [`OTHER`].
pub fn name_providers(names: &[String]) {
    let names = names.iter().take(MOST_PROVIDERS).map(|name| name.to_ascii_lowercase()).collect();
    // A second list changes nothing: what was counted under a name stays there.
    let _ = NAMED.set(names);
}

fn named() -> &'static [String] {
    NAMED.get().map_or(&[], Vec::as_slice)
}

/// The place of a provider among the named ones; behind the last for all others.
pub(crate) fn place(provider: &str) -> usize {
    named().iter().position(|name| name == provider).unwrap_or(MOST_PROVIDERS)
}

/// The named ones with their places, and [`OTHER`].
pub(crate) fn all() -> impl Iterator<Item = (usize, &'static str)> {
    named().iter().map(String::as_str).enumerate().chain([(MOST_PROVIDERS, OTHER)])
}

//! A state as pages show it: a word, and a sign whose shape says the same.

/// A state: its kind for the eye (`good`, `wait`, `bad`, `info`, `open`), and its word.
#[derive(Clone, Debug)]
pub(crate) struct Badge {
    pub(crate) kind: &'static str,
    pub(crate) word: String,
}

impl Badge {
    pub(crate) fn new(kind: &'static str, word: String) -> Self {
        Self { kind, word }
    }
}

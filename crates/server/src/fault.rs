//! Why a command did not do what was asked: one clear sentence and an exit code.

use std::fmt;
use std::process::ExitCode;

use store::StoreError;

/// A command that failed. The text says what to do.
#[derive(Debug)]
pub(crate) struct Fault {
    code: u8,
    text: String,
}

impl Fault {
    /// It could not be done, or a check failed: exit code 1.
    pub(crate) fn failed(text: impl Into<String>) -> Self {
        Self { code: 1, text: text.into() }
    }

    /// It was asked for in the wrong way: exit code 2.
    pub(crate) fn usage(text: impl Into<String>) -> Self {
        Self { code: 2, text: text.into() }
    }

    /// A check failed, and everything was said already.
    pub(crate) fn told() -> Self {
        Self::failed("")
    }

    /// The code with which the program ends.
    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(self.code)
    }

    /// Whether there is something left to say.
    pub(crate) fn is_told(&self) -> bool {
        self.text.is_empty()
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        let text = error.to_string();
        match error {
            StoreError::Invalid(_) => Self::usage(text),
            _ => Self::failed(text),
        }
    }
}

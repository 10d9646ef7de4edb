//! The text of `secrets.key`: comments and key lines, the current key first.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Bytes of a secret.
pub(crate) const SECRET_BYTES: usize = 32;

const VERSION: &str = "jawort-secrets-1";

const HEADING: &str = "\
# The secret of this installation. Every link in every mail depends on it.
# Keep a copy in a safe place that is not the database's backup. Never change a line.
# To change keys, put a new line above the old ones; old ones stay for what was sent with them.
";

/// Why `secrets.key` cannot be used. The operator must act; nothing here shows a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretsError {
    /// There is no key line.
    Empty,
    /// The line (counted from 1) is neither a comment nor a key of a version that we know.
    UnknownVersion {
        /// The line in the file, from 1.
        line: usize,
    },
    /// The line (counted from 1) does not hold exactly 32 bytes in base64.
    Damaged {
        /// The line in the file, from 1.
        line: usize,
    },
    /// The line (counted from 1) repeats an earlier key.
    Repeated {
        /// The line in the file, from 1.
        line: usize,
    },
}

impl fmt::Display for SecretsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => write!(
                f,
                "secrets.key holds no key line; put back your copy of the file (a new key would \
                 make every link in mails already sent useless and forget every exclusion)"
            ),
            Self::UnknownVersion { line } => write!(
                f,
                "line {line} of secrets.key does not start with \"{VERSION} \" or \"#\"; put back \
                 your copy of the file, or use the program version that wrote it"
            ),
            Self::Damaged { line } => write!(
                f,
                "the key in line {line} of secrets.key is damaged (it must be {SECRET_BYTES} bytes \
                 in base64); put back your copy of the file"
            ),
            Self::Repeated { line } => {
                write!(f, "line {line} of secrets.key repeats an earlier key; remove that line")
            }
        }
    }
}

impl std::error::Error for SecretsError {}

/// The secrets of the file, the current one first.
pub(crate) fn parse(text: &str) -> Result<Vec<[u8; SECRET_BYTES]>, SecretsError> {
    let mut secrets = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let (number, line) = (number + 1, line.trim());
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let secret = parse_line(line, number)?;
        if secrets.contains(&secret) {
            return Err(SecretsError::Repeated { line: number });
        }
        secrets.push(secret);
    }
    if secrets.is_empty() { Err(SecretsError::Empty) } else { Ok(secrets) }
}

fn parse_line(line: &str, number: usize) -> Result<[u8; SECRET_BYTES], SecretsError> {
    let unknown = SecretsError::UnknownVersion { line: number };
    let damaged = SecretsError::Damaged { line: number };
    let (version, key) = line.split_once(char::is_whitespace).ok_or(unknown)?;
    if version != VERSION {
        return Err(unknown);
    }
    let bytes = STANDARD.decode(key.trim()).map_err(|_| damaged)?;
    bytes.try_into().map_err(|_| damaged)
}

/// The text of a file with this one secret.
pub(crate) fn text(secret: &[u8; SECRET_BYTES]) -> String {
    format!("{HEADING}{VERSION} {}\n", STANDARD.encode(secret))
}

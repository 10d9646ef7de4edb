//! Checks of text that customers write; the doors check the same before, with the field's name.

use crate::error::{Result, StoreError};

/// One line: trimmed, 1 to `max` characters, no control characters.
pub(crate) fn line(what: &str, text: &str, max: usize) -> Result<String> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > max || text.chars().any(char::is_control) {
        return Err(StoreError::Invalid(format!("{what} must have 1 to {max} characters and no control characters")));
    }
    Ok(text.to_owned())
}

/// Several lines: at most `max` characters, no control characters but line breaks and tabs.
pub(crate) fn lines(what: &str, text: &str, max: usize) -> Result<String> {
    let strange = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    if text.chars().count() > max || text.chars().any(strange) {
        return Err(StoreError::Invalid(format!(
            "{what} must have at most {max} characters and no control characters but line breaks"
        )));
    }
    Ok(text.to_owned())
}

/// Who decides, and why: a decision has a name and a reason (R89).
pub(crate) fn signed(by: &str, reason: &str) -> Result<(String, String)> {
    let by = line("the name of whoever decides", by, 80)?;
    let reason = lines("the reason", reason.trim(), 2_000)?;
    if reason.is_empty() {
        return Err(StoreError::Invalid("a decision needs a written reason".to_owned()));
    }
    Ok((by, reason))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Proves M4: what stands in one line holds no line break.
    #[test]
    fn m4_a_line_holds_no_line_break() {
        for bad in ["", " ", "a\rb", "a\nb", "a\0b", "aaaaa"] {
            assert!(line("x", bad, 4).is_err(), "{bad:?}");
        }
        assert_eq!(line("x", " ab ", 4).expect("fits"), "ab");
        assert!(lines("x", "a\0", 4).is_err());
        assert!(lines("x", "a\r\nb", 4).is_ok());
    }
}

//! Checks of text that customers write; the doors check the same before, with the field's name.

use policy::invalid::{Invalid, Item};

use crate::error::{Result, StoreError};

/// Longest name of whoever decides, in characters.
const NAME_CHARS: usize = 80;
/// Longest reason of a decision, in characters.
const REASON_CHARS: usize = 2_000;

/// One line: trimmed, 1 to `limit` characters, no control characters.
pub(crate) fn line(item: Item, text: &str, limit: usize) -> Result<String> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > limit || text.chars().any(char::is_control) {
        return Err(StoreError::Invalid(Invalid::Line { item, limit }));
    }
    Ok(text.to_owned())
}

/// Several lines: at most `limit` characters, no control characters but line breaks and tabs.
pub(crate) fn lines(item: Item, text: &str, limit: usize) -> Result<String> {
    let strange = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    if text.chars().count() > limit || text.chars().any(strange) {
        return Err(StoreError::Invalid(Invalid::Text { item, limit }));
    }
    Ok(text.to_owned())
}

/// Who decides, and why: a decision has a name and a reason (R89).
pub(crate) fn signed(by: &str, reason: &str) -> Result<(String, String)> {
    if by.trim().is_empty() || reason.trim().is_empty() {
        return Err(StoreError::Invalid(Invalid::Unsigned));
    }
    Ok((line(Item::Person, by, NAME_CHARS)?, lines(Item::Reason, reason.trim(), REASON_CHARS)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Proves M4: what stands in one line holds no line break.
    #[test]
    fn m4_a_line_holds_no_line_break() {
        for bad in ["", " ", "a\rb", "a\nb", "a\0b", "aaaaa"] {
            assert!(line(Item::Name, bad, 4).is_err(), "{bad:?}");
        }
        assert_eq!(line(Item::Name, " ab ", 4).expect("fits"), "ab");
        assert!(lines(Item::Reason, "a\0", 4).is_err());
        assert!(lines(Item::Reason, "a\r\nb", 4).is_ok());
        assert!(signed("Olga", " \n").is_err());
    }
}

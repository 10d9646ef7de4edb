//! Conditional comments: what Outlook reads where browsers read a comment.
//!
//! `<!--[if mso]>…<![endif]-->` shows its content to Outlook only; `<!--[if !mso]><!-->…
//! <!--<![endif]-->` hides it from Outlook only. So one body has several readings, one for each way
//! in which its conditions can come out, and each of them is checked like the first.

use std::ops::Range;

use crate::problem::{Fault, Found};

/// Conditions that differ, negations apart; each doubles the readings.
const MAX_CONDITIONS: usize = 3;

/// A part of the text that depends on a condition.
struct Part {
    /// The number of the condition.
    condition: usize,
    /// Shown when the condition holds, or when it does not.
    when: bool,
    open: Range<usize>,
    close: Range<usize>,
}

/// The readings of `text` by Outlook; none when it has no conditional comments. `comments` are
/// the comments that browsers see. Offsets in a reading are those of the text.
pub(crate) fn readings(text: &str, comments: &[Range<usize>]) -> Result<Vec<String>, Found> {
    let (parts, conditions) = parts(text, comments)?;
    if parts.is_empty() {
        return Ok(Vec::new());
    }
    let count = 1_usize << conditions;
    Ok((0..count).map(|holds| reading(text, &parts, comments, holds)).collect())
}

fn parts(text: &str, comments: &[Range<usize>]) -> Result<(Vec<Part>, usize), Found> {
    let mut names: Vec<String> = Vec::new();
    let mut parts = Vec::new();
    let mut revealed: Option<(Range<usize>, String)> = None;
    for comment in comments {
        let bad = || Found::new(comment.start, Fault::BadConditionalComment);
        let inner = &text[comment.start + 4..comment.end - 3];
        let lower = inner.trim().to_ascii_lowercase();
        if let Some((open, _)) = &revealed {
            if lower != "<![endif]" {
                // Comments between the two are allowed, other conditions are not.
                if lower.contains("[if") || lower.contains("[endif") {
                    return Err(Found::new(open.start, Fault::BadConditionalComment));
                }
                continue;
            }
        } else if !lower.contains("[if") && !lower.contains("[endif") {
            continue;
        }
        if let Some((open, name)) = revealed.take() {
            parts.push(part(&mut names, &name, open, comment.clone()));
            continue;
        }
        let rest = inner.strip_prefix("[if").ok_or_else(bad)?;
        let (name, body) = rest.split_once("]>").ok_or_else(bad)?;
        let name = name.trim().to_ascii_lowercase();
        if body == "<!" {
            revealed = Some((comment.clone(), name));
            continue;
        }
        let content = body.strip_suffix("<![endif]").ok_or_else(bad)?;
        if content.contains("<![") {
            return Err(bad());
        }
        let body_at = comment.end - 3 - body.len();
        let open = comment.start..body_at;
        parts.push(part(&mut names, &name, open, body_at + content.len()..comment.end));
    }
    match revealed {
        Some((open, _)) => Err(Found::new(open.start, Fault::BadConditionalComment)),
        None if names.len() > MAX_CONDITIONS => {
            Err(Found::new(comments.first().map_or(0, |c| c.start), Fault::BadConditionalComment))
        }
        None => Ok((parts, names.len())),
    }
}

fn part(names: &mut Vec<String>, name: &str, open: Range<usize>, close: Range<usize>) -> Part {
    let bare = name.trim_start_matches('!').trim_matches(['(', ')', ' ']).to_owned();
    let condition = names.iter().position(|known| *known == bare).unwrap_or_else(|| {
        names.push(bare);
        names.len() - 1
    });
    Part { condition, when: !name.starts_with('!'), open, close }
}

/// The text with what is not read blanked out, byte for byte.
fn reading(text: &str, parts: &[Part], comments: &[Range<usize>], holds: usize) -> String {
    let mut bytes = text.as_bytes().to_vec();
    let mut blank = |range: Range<usize>| {
        for byte in &mut bytes[range] {
            if *byte != b'\n' {
                *byte = b' ';
            }
        }
    };
    for comment in comments {
        if !parts.iter().any(|part| part.open.start == comment.start) {
            blank(comment.clone());
        }
    }
    for part in parts {
        if (holds >> part.condition & 1 == 1) == part.when {
            blank(part.open.clone());
            blank(part.close.clone());
        } else {
            blank(part.open.start..part.close.end);
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<Vec<String>> {
        let rules = crate::markup::Rules { slots: None, office: false, document: false };
        let scan = crate::markup::scan(text, rules).ok()?;
        let readings = readings(text, &scan.comments).ok()?;
        Some(readings.iter().map(|r| r.split_whitespace().collect::<Vec<_>>().join(" ")).collect())
    }

    #[test]
    fn r26_every_reading_of_conditional_comments_is_seen() {
        assert_eq!(read("<p>a</p><!-- note -->"), Some(vec![]));
        assert_eq!(
            read("<!--[if mso]><b>x</b><![endif]--><p>a</p>"),
            Some(vec!["<p>a</p>".into(), "<b>x</b> <p>a</p>".into()])
        );
        let both = "<!--[if mso]><i>x</i><![endif]--><!--[if !mso]><!--><u>y</u><!--<![endif]-->";
        assert_eq!(read(both), Some(vec!["<u>y</u>".into(), "<i>x</i>".into()]));
        for text in [
            "<!--[if mso]>x-->",
            "<!--[if mso]><!--><p>x</p>",
            "<!--<![endif]-->",
            "<!--[if a]><!--><!--[if b]>x<![endif]--><!--<![endif]-->",
            "<!--[if a]>x<![endif]--><!--[if b]>x<![endif]--><!--[if c]>x<![endif]--><!--[if d]>x<![endif]-->",
            "<!--[if mso]>x<![endif]y<![endif]-->",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}

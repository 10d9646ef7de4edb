//! Line breaks: a form sends every one of them as CR LF, and a mailing keeps those that it has.

/// A text in lines, each with the break that ends it.
fn lines(text: &str) -> Vec<(&str, &str)> {
    let mut lines = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['\r', '\n']) {
        let length = if rest[at..].starts_with("\r\n") { 2 } else { 1 };
        lines.push((&rest[..at], &rest[at..at + length]));
        rest = &rest[at + length..];
    }
    lines.push((rest, ""));
    lines
}

/// The break that most lines have; LF where there is none.
fn usual<'t>(lines: &[(&str, &'t str)]) -> &'t str {
    let often = |mark: &str| lines.iter().filter(|(_, ending)| *ending == mark).count();
    // Of equals the last one wins, and LF is the last.
    ["\r", "\r\n", "\n"].into_iter().max_by_key(|mark| often(mark)).unwrap_or("\n")
}

/// What a form sent, with the line breaks of what it was made of: lines that nobody touched keep
/// theirs, new ones get the usual one.
pub(super) fn kept(before: &str, sent: &str) -> String {
    let (old, new) = (lines(before), lines(sent));
    let usual = usual(&old);
    let same = |(a, b): &(&(&str, &str), &(&str, &str))| a.0 == b.0;
    let head = old.iter().zip(&new).take_while(same).count();
    let most = old.len().min(new.len()) - head;
    let tail = old.iter().rev().zip(new.iter().rev()).take(most).take_while(same).count();
    let mut text = String::with_capacity(sent.len());
    for (at, (line, _)) in new.iter().enumerate() {
        text.push_str(line);
        if at + 1 == new.len() {
            break;
        }
        // As many lines as before: each was changed in its place.
        let in_place = at < head || old.len() == new.len();
        let of = if in_place { Some(at) } else { (at + tail >= new.len()).then(|| at + old.len() - new.len()) };
        let ending = of.and_then(|at| old.get(at)).map_or("", |(_, ending)| *ending);
        text.push_str(if ending.is_empty() { usual } else { ending });
    }
    text
}

#[cfg(test)]
mod tests {
    use seals::fake::SeededDice;
    use seals::u64_below;

    use super::*;

    /// As a browser sends a text: every break is CR LF.
    fn through_a_form(text: &str) -> String {
        text.replace("\r\n", "\n").replace('\r', "\n").replace('\n', "\r\n")
    }

    #[test]
    fn whatever_line_breaks_a_text_has_it_comes_back_as_it_was() {
        let dice = SeededDice::new(42);
        let pieces = ["a", "", "\n", "\r\n", "\r", "<p>ä</p>", " ", "\t", "{{ x }}", "\u{2028}"];
        for _ in 0..5_000 {
            let length = u64_below(&dice, 12);
            let pick = |_| pieces[usize::try_from(u64_below(&dice, 10)).expect("small")];
            let text: String = (0..length).map(pick).collect();
            assert_eq!(kept(&text, &through_a_form(&text)), text, "{text:?}");
        }
    }

    #[test]
    fn lines_that_nobody_touched_keep_their_breaks() {
        for (before, sent, wanted) in [
            ("a\nb\r\nc", "a\r\nx\r\nc", "a\nx\r\nc"),
            ("a\r\nb\r\nc\r\n", "a\r\nb\r\nnew\r\nc\r\n", "a\r\nb\r\nnew\r\nc\r\n"),
            ("", "a\r\nb", "a\nb"),
            ("a\rb\rc", "a\r\nb\r\nc\r\nd", "a\rb\rc\rd"),
            ("a\nb", "b", "b"),
            ("a\r\nb", "a\r\n", "a\r\n"),
            ("one", "two\r\none", "two\none"),
        ] {
            assert_eq!(kept(before, sent), wanted, "{before:?} {sent:?}");
        }
    }
}

//! Two texts side by side: what both have, what went, what came.

/// One line of a text against the version before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    /// `same`, `gone` or `new`.
    pub(crate) kind: &'static str,
    pub(crate) text: String,
}

/// The lines of two versions side by side: what both have stands once (longest common subsequence; legal
/// notices, statements and records have a few lines).
pub(crate) fn compared(before: &[String], after: &[String]) -> Vec<Line> {
    let (rows, columns) = (before.len(), after.len());
    let mut longest = vec![vec![0_usize; columns + 1]; rows + 1];
    for row in (0..rows).rev() {
        for column in (0..columns).rev() {
            longest[row][column] = if before[row] == after[column] {
                longest[row + 1][column + 1] + 1
            } else {
                longest[row + 1][column].max(longest[row][column + 1])
            };
        }
    }
    let (mut row, mut column, mut lines) = (0, 0, Vec::new());
    let line = |kind, text: &String| Line { kind, text: text.clone() };
    while row < rows && column < columns {
        if before[row] == after[column] {
            lines.push(line("same", &after[column]));
            (row, column) = (row + 1, column + 1);
        } else if longest[row + 1][column] >= longest[row][column + 1] {
            lines.push(line("gone", &before[row]));
            row += 1;
        } else {
            lines.push(line("new", &after[column]));
            column += 1;
        }
    }
    lines.extend(before[row..].iter().map(|text| line("gone", text)));
    lines.extend(after[column..].iter().map(|text| line("new", text)));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    /// Proves R48: whoever reviews sees just what changed.
    #[test]
    fn r48_what_both_versions_have_stands_once() {
        let shown = |before: &str, after: &str| {
            let lines = compared(&lines(before), &lines(after));
            lines.iter().map(|line| format!("{}{}", &line.kind[..1], line.text)).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(shown("a b c", "a x c"), "sa gb nx sc");
        assert_eq!(shown("", "a b"), "na nb");
        assert_eq!(shown("a b", ""), "ga gb");
        assert_eq!(shown("a b c d", "b d e"), "ga sb gc sd ne");
        assert_eq!(shown("a", "a"), "sa");
    }
}

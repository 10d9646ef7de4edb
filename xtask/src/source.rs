//! A Rust file taken apart just far enough for the house rules: code without
//! comments and literals, the string literals, and the lines that are tests.

/// A string literal and the line (from 1) on which it starts.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Literal {
    /// Line number, from 1.
    pub(crate) line: usize,
    /// What stands between the quotes, escapes untouched.
    pub(crate) text: String,
}

/// One Rust file.
pub(crate) struct Source {
    /// Path from the workspace root.
    pub(crate) path: String,
    /// The lines as written.
    pub(crate) lines: Vec<String>,
    /// The same lines with comments and the insides of literals blanked.
    pub(crate) code: Vec<String>,
    /// The string literals.
    pub(crate) literals: Vec<Literal>,
    /// For each line: is it inside a test?
    pub(crate) in_test: Vec<bool>,
}

impl Source {
    /// Takes a file apart.
    pub(crate) fn new(path: &str, text: &str) -> Self {
        let (code, literals) = Splitter::new(text).split();
        let in_test = test_lines(path, &code);
        Self {
            path: path.to_owned(),
            lines: text.lines().map(str::to_owned).collect(),
            code: code.lines().map(str::to_owned).collect(),
            literals,
            in_test,
        }
    }

    /// The folder name of the crate that the file belongs to (`policy`, `xtask`).
    pub(crate) fn crate_name(&self) -> &str {
        let mut parts = self.path.split('/');
        match parts.next() {
            Some("crates") => parts.next().unwrap_or(""),
            other => other.unwrap_or(""),
        }
    }

    /// Is line `number` (from 1) inside a test?
    pub(crate) fn is_test(&self, number: usize) -> bool {
        self.in_test.get(number - 1).copied().unwrap_or(false)
    }
}

/// Walks through the characters once and sorts them into code, comments and literals.
struct Splitter {
    chars: Vec<char>,
    at: usize,
    line: usize,
    code: String,
    literals: Vec<Literal>,
}

impl Splitter {
    fn new(text: &str) -> Self {
        Self {
            chars: text.chars().collect(),
            at: 0,
            line: 1,
            code: String::with_capacity(text.len()),
            literals: Vec::new(),
        }
    }

    fn split(mut self) -> (String, Vec<Literal>) {
        while let Some(here) = self.peek(0) {
            match (here, self.peek(1)) {
                ('/', Some('/')) => self.line_comment(),
                ('/', Some('*')) => self.block_comment(),
                ('"', _) => self.string(None),
                ('\'', _) => self.character(),
                ('r', Some('"' | '#')) if !self.after_word() && self.raw_hashes().is_some() => {
                    self.raw_string();
                }
                _ => self.keep(),
            }
        }
        (self.code, self.literals)
    }

    fn peek(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).copied()
    }

    fn after_word(&self) -> bool {
        // `b`, `c` and `br` may stand before a literal; any other word means that `r` ends a name.
        let word: String =
            self.chars[..self.at].iter().rev().take_while(|c| c.is_alphanumeric() || **c == '_').collect();
        !matches!(word.as_str(), "" | "b" | "c")
    }

    fn keep(&mut self) {
        if let Some(here) = self.peek(0) {
            self.line += usize::from(here == '\n');
            self.code.push(here);
            self.at += 1;
        }
    }

    /// Passes one character without keeping it; line ends stay, so that line numbers stay true.
    fn blank(&mut self) {
        if let Some(here) = self.peek(0) {
            self.line += usize::from(here == '\n');
            self.code.push(if here == '\n' { '\n' } else { ' ' });
            self.at += 1;
        }
    }

    fn line_comment(&mut self) {
        while self.peek(0).is_some_and(|here| here != '\n') {
            self.blank();
        }
    }

    fn block_comment(&mut self) {
        let mut depth = 0usize;
        loop {
            match (self.peek(0), self.peek(1)) {
                (None, _) => return,
                (Some('/'), Some('*')) => {
                    depth += 1;
                    self.blank();
                }
                (Some('*'), Some('/')) => {
                    depth -= 1;
                    self.blank();
                    if depth == 0 {
                        self.blank();
                        return;
                    }
                }
                _ => {}
            }
            self.blank();
        }
    }

    /// A string literal; a raw one names its hashes and knows no escapes.
    fn string(&mut self, raw: Option<usize>) {
        let line = self.line;
        let hashes = raw.unwrap_or(0);
        let mut text = String::new();
        self.keep();
        while let Some(here) = self.peek(0) {
            if here == '"' && (1..=hashes).all(|ahead| self.peek(ahead) == Some('#')) {
                self.keep();
                break;
            }
            if here == '\\' && raw.is_none() {
                text.push(here);
                self.blank();
            }
            text.extend(self.peek(0));
            self.blank();
        }
        self.literals.push(Literal { line, text });
    }

    fn raw_hashes(&self) -> Option<usize> {
        let mut hashes = 0;
        while self.peek(1 + hashes) == Some('#') {
            hashes += 1;
        }
        (self.peek(1 + hashes) == Some('"')).then_some(hashes)
    }

    fn raw_string(&mut self) {
        let hashes = self.raw_hashes().unwrap_or(0);
        for _ in 0..=hashes {
            self.keep();
        }
        self.string(Some(hashes));
    }

    /// A character literal, or the tick of a lifetime.
    fn character(&mut self) {
        let escaped = self.peek(1) == Some('\\');
        if !escaped && self.peek(2) != Some('\'') {
            self.keep();
            return;
        }
        self.keep();
        if escaped {
            self.blank();
            self.blank();
        }
        while self.peek(0).is_some_and(|here| here != '\'') {
            self.blank();
        }
        self.keep();
    }
}

/// Marks the lines that belong to tests: whole files under `tests/` and `benches/` or named so, and
/// whatever stands under `#[cfg(test)]`.
fn test_lines(path: &str, code: &str) -> Vec<bool> {
    let count = code.lines().count();
    if path.contains("/tests/")
        || path.contains("/benches/")
        || path.ends_with("/tests.rs")
        || path.ends_with("_tests.rs")
    {
        return vec![true; count];
    }
    let mut marked = vec![false; count];
    for (start, _) in code.match_indices("#[cfg(test)]") {
        let end = start + item_length(&code[start..]);
        let first = code[..start].matches('\n').count();
        let last = code[..end].matches('\n').count();
        marked[first..=last.min(count.saturating_sub(1))].fill(true);
    }
    marked
}

/// How many bytes the item takes that starts here: to its closing brace, or to its semicolon.
fn item_length(code: &str) -> usize {
    let mut depth = 0usize;
    for (at, here) in code.char_indices() {
        match here {
            ';' if depth == 0 => return at,
            '{' => depth += 1,
            '}' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at;
                }
            }
            _ => {}
        }
    }
    code.len().saturating_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_literals_are_no_code() {
        let text = "let a = \"Instant::now\"; // SystemTime::now\n/* a /* b */ c */ let d = 'x';\n";
        let source = Source::new("crates/policy/src/lib.rs", text);
        assert!(!source.code.join("\n").contains("now"));
        assert!(source.code[1].contains("let d = ' ';"));
        assert_eq!(source.literals[0].text, "Instant::now");
        assert_eq!(source.crate_name(), "policy");
    }

    #[test]
    fn raw_strings_lifetimes_and_escapes_keep_the_rest_in_step() {
        let text = "fn f<'a>(x: &'a str) { g(r#\"one \" two\"#, r\"c:\\\", b\"\\\"\", '\\'', '\"'); h() }";
        let source = Source::new("crates/policy/src/lib.rs", text);
        let found: Vec<&str> = source.literals.iter().map(|l| l.text.as_str()).collect();
        assert_eq!(found, ["one \" two", "c:\\", "\\\""]);
        assert!(source.code[0].ends_with("h() }"));
    }

    #[test]
    fn lines_keep_their_numbers() {
        let text = "let a = \"x\ny\";\nlet b = \"z\";\n";
        let source = Source::new("crates/policy/src/lib.rs", text);
        assert_eq!(source.code.len(), source.lines.len());
        assert_eq!(source.literals[1].line, 3);
    }

    #[test]
    fn a_test_module_is_marked_to_its_closing_brace() {
        let text = "fn a() {}\n#[cfg(test)]\nmod tests {\n    fn b() {}\n}\nfn c() {}\n";
        let source = Source::new("crates/policy/src/lib.rs", text);
        assert_eq!(source.in_test, [false, true, true, true, true, false]);
        assert!(Source::new("crates/policy/tests/it/main.rs", text).is_test(1));
    }
}

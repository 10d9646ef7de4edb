//! The house rules that the compiler does not know: floors, sockets, SQL, the one
//! maker of released messages, ambient clocks and dice, words, lengths.
//!
//! Each rule is a small function from a file to findings, with a bad example in its
//! tests. What a rule must let through stands in [`EXCEPTIONS`] with its reason; an
//! exception that is no longer needed is a finding itself.

mod code;
pub(crate) mod floors;
mod words;

use crate::files;
use crate::source::Source;
use std::path::Path;

/// One broken rule.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    /// The rule's short name.
    pub(crate) rule: &'static str,
    /// The file, from the workspace root.
    pub(crate) path: String,
    /// The line, from 1.
    pub(crate) line: usize,
    /// What is wrong and what to do.
    pub(crate) say: String,
    /// A warning is printed and fails nothing.
    pub(crate) warning: bool,
}

impl Finding {
    /// A finding that fails the check.
    pub(crate) fn error(rule: &'static str, path: &str, line: usize, say: String) -> Self {
        Self { rule, path: path.to_owned(), line, say, warning: false }
    }

    /// A finding that is only printed.
    pub(crate) fn warning(rule: &'static str, path: &str, line: usize, say: String) -> Self {
        Self { warning: true, ..Self::error(rule, path, line, say) }
    }
}

/// What a rule lets through: rule, path (or the start of it), reason.
const EXCEPTIONS: &[(&str, &str, &str)] = &[(
    "dice",
    "crates/mail-formats/src/dkim.rs",
    "aws-lc-rs makes keys with its own generator and asks for it when it signs; the signatures do not depend on it",
)];

/// Checks the whole tree and fails when a rule is broken.
pub(crate) fn run(arguments: &[String]) -> Result<(), String> {
    if !arguments.is_empty() {
        return Err("takes no flags".to_owned());
    }
    let root = files::root();
    let findings = check(&root)?;
    let errors = findings.iter().filter(|finding| !finding.warning).count();
    for finding in &findings {
        let kind = if finding.warning { "warning: " } else { "" };
        eprintln!("{}:{}: {kind}{}: {}", finding.path, finding.line, finding.rule, finding.say);
    }
    if errors > 0 {
        return Err(format!("{errors} findings"));
    }
    println!("tidy: no findings, {} warnings", findings.len());
    Ok(())
}

/// All findings of the tree, exceptions taken out.
fn check(root: &Path) -> Result<Vec<Finding>, String> {
    let mut findings = floors::check(root)?;
    for path in files::ending_in(root, &[".rs"])? {
        let source = Source::new(&path, &files::read(root, &path)?);
        findings.extend(code::check(&source));
    }
    for path in files::all(root)? {
        if words::is_text(&path) {
            findings.extend(words::check(&path, &files::read(root, &path)?));
        }
    }
    Ok(without_exceptions(findings, EXCEPTIONS))
}

/// Takes out what an exception lets through and reports exceptions that let nothing through.
fn without_exceptions(findings: Vec<Finding>, exceptions: &[(&str, &str, &str)]) -> Vec<Finding> {
    let lets_through = |exception: &(&str, &str, &str), finding: &Finding| {
        exception.0 == finding.rule && finding.path.starts_with(exception.1)
    };
    let mut kept: Vec<Finding> = exceptions
        .iter()
        .filter(|exception| !findings.iter().any(|finding| lets_through(exception, finding)))
        .map(|(rule, path, _)| {
            let say = format!("the exception from `{rule}` is no longer needed: remove it");
            Finding::error("exceptions", path, 1, say)
        })
        .collect();
    kept.extend(findings.into_iter().filter(|finding| !exceptions.iter().any(|one| lets_through(one, finding))));
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exception_that_lets_nothing_through_is_a_finding() {
        let exception = ("clock", "crates/policy/", "no reason");
        let kept = without_exceptions(Vec::new(), &[exception]);
        assert_eq!(kept.len(), 1);
        let finding = Finding::error("clock", "crates/policy/src/a.rs", 1, String::new());
        assert_eq!(without_exceptions(vec![finding], &[exception]), []);
    }
}

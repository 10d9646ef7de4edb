//! One recorded breakage: how its file is read, and how it is applied to the text that it breaks.

use crate::requirements::Id;
use std::collections::BTreeSet;

/// A test's crate and name, as a breakage's file gives them.
pub(super) type Named = (String, String);

/// One recorded breakage.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Break {
    /// The name of its file.
    pub(super) name: String,
    /// The requirements whose rule it breaks; none where the rule has no number.
    pub(super) proves: BTreeSet<Id>,
    /// The file that it changes.
    pub(super) file: String,
    find: String,
    replace: String,
    /// The tests of which one must fail.
    pub(super) tests: Vec<Named>,
}

impl Break {
    /// Reads a file of the form that the folder's README shows.
    pub(super) fn parse(name: &str, text: &str) -> Result<Self, String> {
        let mut read = Self { name: name.to_owned(), ..Self::default() };
        let mut field = "";
        for (index, line) in text.lines().enumerate() {
            let wrong = |what: &str| format!("{name}:{}: {what}", index + 1);
            if let Some(row) = line.strip_prefix('|') {
                let row = row.strip_prefix(' ').unwrap_or(row);
                let target = match field {
                    "find" => &mut read.find,
                    "replace" => &mut read.replace,
                    _ => return Err(wrong("a line with `|` belongs below find: or replace:")),
                };
                target.push_str(row);
                target.push('\n');
            } else if !line.trim().is_empty() && !line.starts_with('#') {
                let (key, value) = line.split_once(':').ok_or_else(|| wrong("no field"))?;
                field = key;
                read.set(key, value.trim()).map_err(|what| wrong(&what))?;
            }
        }
        read.complete()
    }

    fn set(&mut self, key: &str, value: &str) -> Result<(), String> {
        match key {
            "proves" => {
                for word in value.split(',') {
                    let id = Id::parse(word.trim());
                    self.proves.insert(id.ok_or_else(|| format!("no number: {word}"))?);
                }
            }
            "file" => value.clone_into(&mut self.file),
            "find" | "replace" if value.is_empty() => {}
            "test" => {
                let (of, test) = value.split_once(' ').ok_or("test: takes CRATE and TEST")?;
                self.tests.push((of.to_owned(), test.trim().to_owned()));
            }
            _ => return Err(format!("does not know the field `{key}`")),
        }
        Ok(())
    }

    fn complete(mut self) -> Result<Self, String> {
        // Both sides lose the last line end, so that a part of a line can be named too.
        self.find = self.find.trim_end_matches('\n').to_owned();
        self.replace = self.replace.trim_end_matches('\n').to_owned();
        let missing = [("file", self.file.is_empty()), ("find", self.find.is_empty()), ("test", self.tests.is_empty())];
        match missing.iter().find(|(_, missing)| *missing) {
            Some((field, _)) => Err(format!("{}: the field `{field}` is missing", self.name)),
            None if self.find == self.replace => Err(format!("{}: changes nothing", self.name)),
            None => Ok(self),
        }
    }

    /// The file's text with the breakage in it; it must fit in exactly one place.
    pub(super) fn apply(&self, text: &str) -> Result<String, String> {
        match text.matches(&self.find).count() {
            1 => Ok(text.replacen(&self.find, &self.replace, 1)),
            count => {
                Err(format!("{}: its text stands {count} times in {} (must be once): renew it", self.name, self.file))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXAMPLE: &str = "# why\nproves: R58, R57\nfile: crates/policy/src/bounce.rs\nfind:\n|     if count >= 3 {\n|         exclude();\nreplace:\n|     if count > 3 {\n|         exclude();\ntest: policy r58_third\n";

    #[test]
    fn a_breakage_is_read_and_applied_in_one_place_only() {
        let read = Break::parse("third.break", EXAMPLE).expect("the example is well formed");
        assert_eq!(read.tests, [("policy".to_owned(), "r58_third".to_owned())]);
        assert_eq!(read.proves.len(), 2);
        let text = "{\n    if count >= 3 {\n        exclude();\n    }\n}\n";
        let broken = read.apply(text).expect("it fits once");
        assert!(broken.contains("    if count > 3 {\n        exclude();\n    }"));
        assert!(read.apply(&text.repeat(2)).is_err());
        assert!(read.apply("").is_err());
    }

    #[test]
    fn an_incomplete_breakage_is_refused() {
        for gone in ["file:", "test:"] {
            let kept: Vec<&str> = EXAMPLE.lines().filter(|line| !line.starts_with(gone)).collect();
            assert!(Break::parse("a.break", &kept.join("\n")).is_err(), "{gone}");
        }
        assert!(Break::parse("a.break", &EXAMPLE.replace("> 3", ">= 3")).is_err());
        assert!(Break::parse("a.break", "| stray\n").is_err());
        assert!(Break::parse("a.break", &EXAMPLE.replace("R57", "57")).is_err());
    }
}

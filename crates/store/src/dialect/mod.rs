//! What the two databases spell differently, and nothing else.

pub(crate) mod locks;

use std::borrow::Cow;

/// Markers of statements (DML): name, SQLite, PostgreSQL.
const MARKERS: &[(&str, &str, &str)] = &[
    // Rows that another transaction holds are passed over. SQLite has one writer, so there are none.
    ("{skip_locked}", "", "FOR UPDATE SKIP LOCKED"),
    ("{for_update}", "", "FOR UPDATE"),
    // Read, and unchanged by others until the transaction ends.
    ("{for_share}", "", "FOR SHARE"),
    // The same for the rows of the table that the statement calls `d`, where it joins others.
    ("{skip_locked_d}", "", "FOR UPDATE OF d SKIP LOCKED"),
    ("{for_update_d}", "", "FOR UPDATE OF d"),
];

/// Words of the schema (DDL): name, SQLite, PostgreSQL.
const WORDS: &[(&str, &str, &str)] = &[
    ("{int}", "INTEGER", "BIGINT"),
    ("{bool}", "INTEGER", "BOOLEAN"),
    ("{text}", "TEXT", "TEXT"),
    // SQLite compares text byte by byte; PostgreSQL does where it is told to.
    ("{word}", "TEXT", "TEXT COLLATE \"C\""),
    ("{blob}", "BLOB", "BYTEA"),
    ("{tail}", " STRICT, WITHOUT ROWID", ""),
];

fn replace(text: &'static str, table: &[(&str, &str, &str)], postgres: bool) -> Cow<'static, str> {
    let mut filled = Cow::Borrowed(text);
    for (marker, sqlite, pg) in table {
        if filled.contains(marker) {
            filled = Cow::Owned(filled.replace(marker, if postgres { pg } else { sqlite }));
        }
    }
    filled
}

/// Fills the markers of a statement.
pub(crate) fn fill(text: &'static str, postgres: bool) -> Cow<'static, str> {
    if text.contains('{') { replace(text, MARKERS, postgres) } else { Cow::Borrowed(text) }
}

/// The statements of a migration file for one database.
///
/// A line `-- only: sqlite` or `-- only: postgres` marks the statement that
/// follows it.
pub(crate) fn migration(file: &'static str, postgres: bool) -> Vec<String> {
    let wanted = if postgres { "-- only: postgres" } else { "-- only: sqlite" };
    let filled = replace(file, WORDS, postgres);
    filled
        .split_inclusive(";\n")
        .filter(|part| part.lines().filter(|line| line.starts_with("-- only: ")).all(|line| line.trim() == wanted))
        .map(|part| part.lines().filter(|line| !line.trim_start().starts_with("--")).collect::<Vec<_>>().join("\n"))
        .map(|statement| statement.trim().trim_end_matches(';').to_owned())
        .filter(|statement| !statement.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_marked_for_one_database_stays_away_from_the_other() {
        let file =
            "-- why\nCREATE TABLE a (x {int}){tail};\n-- only: postgres\nALTER TABLE a;\n-- only: sqlite\nPRAGMA x;\n";
        assert_eq!(migration(file, true), ["CREATE TABLE a (x BIGINT)", "ALTER TABLE a"]);
        assert_eq!(migration(file, false), ["CREATE TABLE a (x INTEGER) STRICT, WITHOUT ROWID", "PRAGMA x"]);
    }
}

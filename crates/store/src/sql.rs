//! Statements: one text for both databases, values beside it.
//!
//! A statement is written once, as `sql!("… $1 …", value, …)`. What the two
//! databases spell differently stands as a marker in braces and is filled in
//! by [`crate::dialect`]. `{rows}` takes any number of rows of values; their
//! number is padded to 1, 8, 64 or 512 so that the statement can stay
//! prepared, and padding rows repeat the last one.

use std::borrow::Cow;

use sqlx::postgres::PgArguments;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Arguments as _, Row as _};

use crate::error::{Result, StoreError};

/// Writes a statement with its values. The text is a literal, so that the
/// build can list every statement.
macro_rules! sql {
    ($text:literal $(, $value:expr)* $(,)?) => {
        $crate::sql::Sql::new($text)$(.with($value))*
    };
}
pub(crate) use sql;

/// Every fixed statement of this crate with the file it stands in.
pub(crate) const STATEMENTS: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/statements.rs"));

/// One value of a statement.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Int(Option<i64>),
    Bool(Option<bool>),
    Text(Option<String>),
    Blob(Option<Vec<u8>>),
}

macro_rules! value_from {
    ($($from:ty => $to:ident($make:expr)),* $(,)?) => {$(
        impl From<$from> for Value {
            fn from(value: $from) -> Self {
                let make: fn($from) -> _ = $make;
                Self::$to(Some(make(value)))
            }
        }
        impl From<Option<$from>> for Value {
            fn from(value: Option<$from>) -> Self {
                let make: fn($from) -> _ = $make;
                Self::$to(value.map(make))
            }
        }
    )*};
}

value_from! {
    i64 => Int(|v| v),
    bool => Bool(|v| v),
    String => Text(|v| v),
    &str => Text(|v| v.to_owned()),
    Vec<u8> => Blob(|v| v),
    &[u8] => Blob(|v| v.to_vec()),
    [u8; 32] => Blob(|v| v.to_vec()),
    seals::AddressKey => Blob(|v| v.as_bytes().to_vec()),
    &seals::AddressKey => Blob(|v| v.as_bytes().to_vec()),
    policy::Timestamp => Int(|v| v.millis()),
    policy::AccountId => Int(|v| v.get()),
    policy::ContactId => Int(|v| v.get()),
    policy::UserId => Int(|v| v.get()),
    policy::WebsiteId => Int(|v| v.get()),
    policy::TopicId => Int(|v| v.get()),
    policy::FormId => Int(|v| v.get()),
    policy::TagId => Int(|v| v.get()),
    policy::SenderId => Int(|v| v.get()),
    policy::DomainId => Int(|v| v.get()),
    policy::KeyId => Int(|v| v.get()),
    policy::MailingId => Int(|v| v.get()),
    policy::NoticeId => Int(|v| v.get()),
    policy::CaseId => Int(|v| v.get()),
    policy::IncidentId => Int(|v| v.get()),
    policy::LoginId => Int(|v| v.get()),
    policy::SessionId => Int(|v| v.get()),
    policy::role::Role => Int(|v| v.number()),
    policy::RowState => Int(|v| v.number()),
    policy::Standing => Int(|v| v.number()),
    policy::Purpose => Int(|v| v.number()),
}

/// Sizes to which the rows of a batch are padded.
const PADDED: [usize; 4] = [1, 8, 64, 512];
/// Rows that one batch statement takes at most.
pub(crate) const MAX_ROWS: usize = PADDED[3];

/// A statement with its values.
#[derive(Clone, Debug)]
pub(crate) struct Sql {
    /// The text as it stands in the source.
    pub(crate) text: &'static str,
    pub(crate) values: Vec<Value>,
    /// Rows for the marker `{rows}`; all of one width.
    rows: Vec<Vec<Value>>,
}

impl Sql {
    pub(crate) const fn new(text: &'static str) -> Self {
        Self { text, values: Vec::new(), rows: Vec::new() }
    }

    pub(crate) fn with(mut self, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        self
    }

    /// Fills the marker `{rows}`. At least one row, at most [`MAX_ROWS`].
    ///
    /// Fixed values (`$1` …) come before the rows' values in the numbering, so
    /// that the text can name them.
    pub(crate) fn rows(mut self, rows: Vec<Vec<Value>>) -> Self {
        self.rows = rows;
        self
    }

    /// The text for one database, with markers and rows filled in, and all values in order.
    pub(crate) fn finish(mut self, postgres: bool) -> (Cow<'static, str>, Vec<Value>) {
        let mut text = crate::dialect::fill(self.text, postgres);
        if !self.rows.is_empty() {
            debug_assert!(self.rows.len() <= MAX_ROWS, "a batch is cut before it comes here");
            let size = PADDED.into_iter().find(|size| *size >= self.rows.len()).unwrap_or(MAX_ROWS);
            if let Some(last) = self.rows.last().cloned() {
                self.rows.resize(size, last);
            }
            let width = self.rows[0].len();
            let marks = row_marks(self.values.len(), width, size);
            text = Cow::Owned(text.replace("{rows}", &marks));
            self.values.extend(self.rows.into_iter().flatten());
        }
        (text, self.values)
    }
}

/// `($3,$4),($5,$6),…`
fn row_marks(first: usize, width: usize, rows: usize) -> String {
    let mut marks = String::with_capacity(rows * width * 5);
    let mut number = first;
    for row in 0..rows {
        marks.push_str(if row == 0 { "(" } else { ",(" });
        for column in 0..width {
            number += 1;
            if column > 0 {
                marks.push(',');
            }
            marks.push('$');
            marks.push_str(&number.to_string());
        }
        marks.push(')');
    }
    marks
}

/// Cuts rows into batches that one statement takes.
pub(crate) fn batches(mut rows: Vec<Vec<Value>>) -> Vec<Vec<Vec<Value>>> {
    let mut cut = Vec::new();
    while rows.len() > MAX_ROWS {
        let rest = rows.split_off(MAX_ROWS);
        cut.push(rows);
        rows = rest;
    }
    if !rows.is_empty() {
        cut.push(rows);
    }
    cut
}

fn too_many(error: sqlx::error::BoxDynError) -> StoreError {
    StoreError::Bug(format!("a value cannot be bound: {error}"))
}

pub(crate) fn sqlite_arguments(values: Vec<Value>) -> Result<SqliteArguments> {
    let mut arguments = SqliteArguments::default();
    for value in values {
        match value {
            Value::Int(v) => arguments.add(v),
            Value::Bool(v) => arguments.add(v),
            Value::Text(v) => arguments.add(v),
            Value::Blob(v) => arguments.add(v),
        }
        .map_err(too_many)?;
    }
    Ok(arguments)
}

pub(crate) fn pg_arguments(values: Vec<Value>) -> Result<PgArguments> {
    let mut arguments = PgArguments::default();
    for value in values {
        match value {
            Value::Int(v) => arguments.add(v),
            Value::Bool(v) => arguments.add(v),
            Value::Text(v) => arguments.add(v),
            Value::Blob(v) => arguments.add(v),
        }
        .map_err(too_many)?;
    }
    Ok(arguments)
}

/// One row of an answer; columns are read by their place, from 0.
pub(crate) enum Row {
    Sqlite(sqlx::sqlite::SqliteRow),
    Postgres(sqlx::postgres::PgRow),
}

macro_rules! column {
    ($(#[$doc:meta])* $name:ident, $type:ty) => {
        $(#[$doc])*
        pub(crate) fn $name(&self, at: usize) -> Result<$type> {
            Ok(match self {
                Self::Sqlite(row) => row.try_get::<$type, _>(at)?,
                Self::Postgres(row) => row.try_get::<$type, _>(at)?,
            })
        }
    };
}

impl Row {
    column!(int, i64);
    column!(int_opt, Option<i64>);
    column!(bool, bool);
    column!(text, String);
    column!(text_opt, Option<String>);
    column!(blob, Vec<u8>);
    column!(blob_opt, Option<Vec<u8>>);

    /// A time stamp.
    pub(crate) fn time(&self, at: usize) -> Result<policy::Timestamp> {
        Ok(policy::Timestamp::from_millis(self.int(at)?))
    }

    /// A time stamp that may be absent.
    pub(crate) fn time_opt(&self, at: usize) -> Result<Option<policy::Timestamp>> {
        Ok(self.int_opt(at)?.map(policy::Timestamp::from_millis))
    }

    /// A 32-byte hash.
    pub(crate) fn hash(&self, at: usize) -> Result<[u8; 32]> {
        <[u8; 32]>::try_from(self.blob(at)?).map_err(|_| StoreError::Corrupt("a hash is not 32 bytes long".to_owned()))
    }

    /// A list or object that is kept as JSON.
    pub(crate) fn json<T: serde::de::DeserializeOwned>(&self, at: usize) -> Result<T> {
        serde_json::from_str(&self.text(at)?).map_err(|error| StoreError::Corrupt(error.to_string()))
    }
}

/// A value as JSON text for a column.
pub(crate) fn to_json<T: serde::Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|error| StoreError::Bug(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_padded_so_that_it_can_stay_prepared() {
        let rows = (0..3).map(|n| vec![Value::from(n), Value::from("x")]).collect();
        let (text, values) =
            sql!("WITH v(a, b) AS (VALUES {rows}) SELECT a FROM v WHERE a > $1", 0_i64).rows(rows).finish(true);
        assert!(text.contains("(VALUES ($2,$3),($4,$5)"), "{text}");
        assert!(text.contains("($16,$17))"), "{text}");
        assert_eq!(values.len(), 17);
        assert_eq!(values[15], Value::from(2_i64));
    }

    #[test]
    fn every_statement_of_the_crate_is_listed() {
        assert!(STATEMENTS.iter().any(|(file, text)| file.ends_with("ids.rs") && text.contains("UPDATE id_block")));
    }
}

//! The fields of contacts as people look for them: folded texts under an index, beside the JSON that
//! templates merge.

use std::collections::BTreeMap;

use policy::ContactId;
use policy::search::beginnings;

use crate::conn::Conn;
use crate::error::Result;
use crate::sql::{Value, batches, sql};

/// What stands in a contact without fields.
pub(crate) const NO_FIELDS: &str = "{}";

/// Keeps the fields of a contact that has none kept.
pub(crate) async fn keep(conn: &mut Conn, contact: ContactId, fields: &BTreeMap<String, String>) -> Result<()> {
    let texts = fields.iter().flat_map(|(name, value)| {
        let texts = beginnings(value).into_iter().enumerate();
        texts.map(move |(at, text)| vec![Value::from(text), Value::from(name.as_str()), Value::from(at == 0)])
    });
    for batch in batches(texts.collect()) {
        conn.execute(
            sql!(
                "WITH v(value, name, whole) AS (VALUES {rows}), u AS (SELECT DISTINCT * FROM v)
                 INSERT INTO contact_field (account_id, value, contact_id, name, whole)
                 SELECT CAST($1 AS BIGINT), u.value, CAST($2 AS BIGINT), u.name, u.whole FROM u",
                contact.account(),
                contact,
            )
            .rows(batch),
        )
        .await?;
    }
    Ok(())
}

/// Forgets the fields of a contact that leaves.
pub(crate) async fn forget(conn: &mut Conn, contact: ContactId) -> Result<()> {
    conn.execute(sql!(
        "DELETE FROM contact_field WHERE account_id = $1 AND contact_id = $2",
        contact.account(),
        contact
    ))
    .await
    .map(drop)
}

/// Keeps other fields than before.
pub(crate) async fn replace(conn: &mut Conn, contact: ContactId, fields: &BTreeMap<String, String>) -> Result<()> {
    forget(conn, contact).await?;
    keep(conn, contact, fields).await
}

//! Looking for contacts: by what somebody typed, by tags, by a field (R17, R20).
//!
//! A list goes along one index, and looks at each contact of it whether the rest fits. So that a wish
//! which fits nobody costs no more than another, one look examines [`EXAMINED`] contacts at most and
//! says where to go on. Nothing here counts a million: a count says when there are more.

use std::collections::{BTreeMap, BTreeSet};

use policy::search::{Wanted, folded};
use policy::{AccountId, ContactId, TagId, Timestamp};

use crate::Store;
use crate::conn::Conn;
use crate::error::Result;
use crate::profiles::tags;
use crate::sql::{Row, Sql, Value, sql};

/// Tags that a look names at most, on each side.
const MAX_TAGS_NAMED: usize = 20;
/// Contacts that one look examines at most.
const EXAMINED: usize = 4_096;
/// Contacts that it examines at once.
const WINDOW: usize = 512;
/// Contacts that are counted along one index.
const COUNTED: i64 = 200_000;
/// Contacts that are counted where each is compared with tags.
const COMPARED: i64 = 20_000;

/// Whom somebody looks for. Everything that is said must fit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Finding {
    /// What was typed.
    pub typed: String,
    /// Contacts carry one of these tags; empty = all.
    pub include: Vec<TagId>,
    /// Contacts carry none of these tags.
    pub exclude: Vec<TagId>,
    /// The name of a field, and its value.
    pub field: Option<(String, String)>,
}

/// Behind which contact a list goes on. What is typed orders a list by text; else the newest come first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The text by which the contact was found; empty where lists have none.
    pub text: String,
    /// The contact.
    pub id: ContactId,
}

/// A contact of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundContact {
    /// Its number.
    pub id: ContactId,
    /// Its address.
    pub address: String,
    /// Its fields.
    pub fields: BTreeMap<String, String>,
    /// Since when it is one.
    pub since: Timestamp,
    /// The tags that it carries.
    pub tags: Vec<TagId>,
}

/// A page of contacts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Those that fit.
    pub contacts: Vec<FoundContact>,
    /// Where the list goes on; `None` at its end.
    pub next: Option<Mark>,
    /// Enough was examined for now: there may be nobody more behind `next`.
    pub paused: bool,
}

/// How many there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    /// So many were counted.
    pub n: i64,
    /// These are all.
    pub exact: bool,
}

/// A look with what was typed understood.
struct Look<'f> {
    finding: &'f Finding,
    wanted: Option<Wanted>,
    /// The field's value as it is compared.
    value: String,
    /// What was typed fits so few that it leads; else a field or a tag does.
    typed_leads: bool,
    /// The account's tags. One that was removed is carried by nobody, though its rows are not swept yet.
    tags: BTreeSet<TagId>,
}

impl Look<'_> {
    /// Only tags, or nothing, say who fits.
    const fn is_plain(&self) -> bool {
        self.wanted.is_none() && self.finding.field.is_none()
    }

    /// The text by which a contact is found along what was typed; `None` when it does not fit.
    fn fits(&self, contact: &FoundContact, domain: &str) -> Option<String> {
        let carried = |tag: &TagId| contact.tags.contains(tag);
        if !self.finding.include.is_empty() && !self.finding.include.iter().any(carried) {
            return None;
        }
        if self.finding.exclude.iter().any(carried) {
            return None;
        }
        if let Some((name, _)) = &self.finding.field
            && contact.fields.get(name).is_none_or(|value| folded(value) != self.value)
        {
            return None;
        }
        match &self.wanted {
            None => Some(String::new()),
            Some(wanted) => {
                let text = wanted.found_by(&contact.address, domain, &contact.fields)?;
                Some(if self.typed_leads { text } else { String::new() })
            }
        }
    }
}

/// A page of the list that leads, in its order, behind a mark.
async fn candidates(
    conn: &mut Conn,
    account: AccountId,
    look: &Look<'_>,
    behind: Option<&Mark>,
    most: usize,
) -> Result<Vec<Mark>> {
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    if let (Some(wanted), true) = (&look.wanted, look.typed_leads) {
        let rows = conn.all(along_text(account, wanted, behind, most)).await?;
        return rows.iter().map(|row| Ok(Mark { text: row.text(0)?, id: ContactId::from_raw(row.int(1)?) })).collect();
    }
    let before = behind.map_or(i64::MAX, |mark| mark.id.get());
    let mut ids = Vec::new();
    if let Some((name, _)) = &look.finding.field {
        let rows = conn.all(along_field(account, name, &look.value, before, most)).await?;
        ids.extend(numbers(&rows)?);
    } else if look.finding.include.is_empty() {
        ids.extend(numbers(&conn.all(along_book(account, before, most)).await?)?);
    } else {
        for tag in &look.finding.include {
            ids.extend(numbers(&conn.all(along_tag(account, *tag, before, most)).await?)?);
        }
        ids.sort_unstable_by(|a, b| b.cmp(a));
        ids.dedup();
        ids.truncate(usize::try_from(most).unwrap_or(usize::MAX));
    }
    Ok(ids.into_iter().map(|id| Mark { text: String::new(), id: ContactId::from_raw(id) }).collect())
}

fn numbers(rows: &[Row]) -> Result<Vec<i64>> {
    rows.iter().map(|row| row.int(0)).collect()
}

fn along_book(account: AccountId, before: i64, most: i64) -> Sql {
    sql!("SELECT id FROM contact WHERE account_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3", account, before, most)
}

fn along_tag(account: AccountId, tag: TagId, before: i64, most: i64) -> Sql {
    sql!(
        "SELECT contact_id FROM contact_tag WHERE account_id = $1 AND tag_id = $2 AND contact_id < $3 ORDER BY contact_id DESC LIMIT $4",
        account,
        tag,
        before,
        most,
    )
}

fn along_field(account: AccountId, name: &str, value: &str, before: i64, most: i64) -> Sql {
    sql!(
        "SELECT contact_id FROM contact_field WHERE account_id = $1 AND value = $2 AND contact_id < $3 AND name = $4 AND whole = TRUE
         ORDER BY contact_id DESC LIMIT $5",
        account,
        value,
        before,
        name,
        most,
    )
}

/// Texts that begin as somebody typed, each with its contact. A contact stands at each of its texts;
/// whoever lists it takes the least.
fn along_text(account: AccountId, wanted: &Wanted, behind: Option<&Mark>, most: i64) -> Sql {
    // A mark that somebody made up leads no further back than the beginning.
    let behind = behind.filter(|mark| mark.text.as_str() >= wanted.beginning());
    let from = behind.map_or_else(|| wanted.beginning().to_owned(), |mark| mark.text.clone());
    let id = behind.map_or(0, |mark| mark.id.get());
    match wanted {
        Wanted::Domain(_) => sql!(
            "SELECT domain, id FROM contact WHERE account_id = $1 AND (domain, id) > ($2, $4) AND domain < $3 ORDER BY domain, id LIMIT $5",
            account,
            from,
            wanted.end(),
            id,
            most,
        ),
        Wanted::Text(_) => sql!(
            "SELECT text, id FROM
                (SELECT * FROM (SELECT search AS text, id AS id FROM contact
                    WHERE account_id = $1 AND (search, id) > ($2, $4) AND search < $3 ORDER BY search, id LIMIT $5) AS a
                 UNION
                 SELECT * FROM (SELECT value AS text, contact_id AS id FROM contact_field
                    WHERE account_id = $1 AND (value, contact_id) > ($2, $4) AND value < $3 ORDER BY value, contact_id LIMIT $5) AS b) AS u
             ORDER BY text, id LIMIT $5",
            account,
            from,
            wanted.end(),
            id,
            most,
        ),
    }
}

/// The contacts of a page with everything by which they fit, by number.
async fn read(
    conn: &mut Conn,
    account: AccountId,
    look: &Look<'_>,
    page: &[Mark],
) -> Result<BTreeMap<ContactId, (FoundContact, String)>> {
    let mut found = BTreeMap::new();
    if page.is_empty() {
        return Ok(found);
    }
    let rows = page.iter().map(|mark| vec![Value::from(mark.id)]).collect();
    let rows = conn
        .all(
            sql!(
                "WITH v(id) AS (VALUES {rows})
                 SELECT c.id, c.address, c.fields, c.since, c.domain,
                    (SELECT string_agg(CAST(g.tag_id AS TEXT), ' ') FROM contact_tag g WHERE g.account_id = c.account_id AND g.contact_id = c.id)
                 FROM contact c WHERE c.account_id = $1 AND c.id IN (SELECT id FROM v)",
                account,
            )
            .rows(rows),
        )
        .await?;
    for row in &rows {
        let id = ContactId::from_raw(row.int(0)?);
        let mut carried = tags(row.text_opt(5)?)?;
        carried.retain(|tag| look.tags.contains(tag));
        let contact =
            FoundContact { id, address: row.text(1)?, fields: row.json(2)?, since: row.time(3)?, tags: carried };
        found.insert(id, (contact, row.text(4)?));
    }
    Ok(found)
}

/// Whether so few begin as somebody typed that all of them can be examined.
async fn is_narrow(conn: &mut Conn, account: AccountId, wanted: &Wanted) -> Result<bool> {
    let most = i64::try_from(EXAMINED).unwrap_or(i64::MAX);
    let rows = conn.all(along_text(account, wanted, None, most)).await?;
    Ok(rows.len() < EXAMINED)
}

async fn understood<'f>(conn: &mut Conn, account: AccountId, finding: &'f Finding) -> Result<Look<'f>> {
    let wanted = Wanted::parse(&finding.typed);
    let value = finding.field.as_ref().map(|(_, value)| folded(value)).unwrap_or_default();
    let others_lead = finding.field.is_some() || !finding.include.is_empty();
    let typed_leads = match &wanted {
        Some(wanted) if others_lead => is_narrow(conn, account, wanted).await?,
        Some(_) => true,
        None => false,
    };
    let rows = conn.all(sql!("SELECT id FROM tag WHERE account_id = $1 AND removed_at IS NULL", account)).await?;
    let tags = numbers(&rows)?.into_iter().map(TagId::from_raw).collect();
    Ok(Look { finding, wanted, value, typed_leads, tags })
}

/// Goes along the list that leads until `enough` fit, or until enough was examined.
async fn along(
    conn: &mut Conn,
    account: AccountId,
    look: &Look<'_>,
    behind: Option<Mark>,
    enough: usize,
) -> Result<Found> {
    let mut found = Found { contacts: Vec::new(), next: behind, paused: false };
    // Where everybody fits, one more than enough tells whether the list goes on.
    let everybody = look.is_plain() && look.finding.exclude.is_empty();
    let window = if everybody { enough.saturating_add(1).min(WINDOW) } else { WINDOW };
    for _ in 0..EXAMINED.div_ceil(window) {
        let page = candidates(conn, account, look, found.next.as_ref(), window).await?;
        let mut known = read(conn, account, look, &page).await?;
        let more = page.len() == window;
        for mark in page {
            let fits = known.get(&mark.id).and_then(|(contact, domain)| look.fits(contact, domain));
            // Along texts a contact stands several times, and counts at the least one.
            if fits.is_some_and(|text| text == mark.text)
                && let Some((contact, _)) = known.remove(&mark.id)
            {
                if found.contacts.len() == enough {
                    return Ok(found);
                }
                found.contacts.push(contact);
            }
            found.next = Some(mark);
        }
        if !more {
            found.next = None;
            return Ok(found);
        }
    }
    found.paused = true;
    Ok(found)
}

impl Store {
    /// Active contacts that fit, behind a mark, at most `limit` (≤ 500): by the text that was typed where
    /// it leads, else the newest first. It examines 4,096 contacts at most, and then says where to go on.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn find_contacts(
        &self,
        account: AccountId,
        finding: &Finding,
        behind: Option<Mark>,
        limit: usize,
    ) -> Result<Found> {
        let mut conn = self.reader().await?;
        let look = understood(&mut conn, account, finding).await?;
        along(&mut conn, account, &look, behind, limit.clamp(1, WINDOW)).await
    }

    /// How many active contacts fit. Counts no further than a page can wait for, and then says so.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn count_found(&self, account: AccountId, finding: &Finding) -> Result<Count> {
        let mut conn = self.reader().await?;
        let look = understood(&mut conn, account, finding).await?;
        if !look.is_plain() {
            let found = along(&mut conn, account, &look, None, usize::MAX).await?;
            return Ok(Count {
                n: i64::try_from(found.contacts.len()).unwrap_or(i64::MAX),
                exact: found.next.is_none(),
            });
        }
        let known = |tags: &[TagId]| tags.iter().copied().filter(|tag| look.tags.contains(tag)).collect::<Vec<_>>();
        let (include, exclude) = (known(&finding.include), known(&finding.exclude));
        let (statement, most) = match (include.as_slice(), exclude.is_empty()) {
            ([], _) if !finding.include.is_empty() => return Ok(Count { n: 0, exact: true }),
            ([], true) => (all_of(account), COUNTED),
            ([tag], true) => (with_tag(account, *tag), COUNTED),
            ([], false) => (without_tags(account, &exclude), COMPARED),
            (tags, _) => (with_tags(account, tags, &exclude), COMPARED),
        };
        let row = conn.one(statement).await?;
        let (examined, n) = (row.int(0)?, row.int(1)?);
        Ok(Count { n: n.min(most), exact: examined <= most })
    }
}

fn all_of(account: AccountId) -> Sql {
    sql!(
        "SELECT COUNT(*), COUNT(*) FROM (SELECT 1 FROM contact WHERE account_id = $1 ORDER BY domain, id LIMIT $2) AS few",
        account,
        COUNTED + 1,
    )
}

fn with_tag(account: AccountId, tag: TagId) -> Sql {
    sql!(
        "SELECT COUNT(*), COUNT(*) FROM (SELECT 1 FROM contact_tag WHERE account_id = $1 AND tag_id = $2 LIMIT $3) AS few",
        account,
        tag,
        COUNTED + 1,
    )
}

/// Tags with their side: 0 = one of them, 1 = none of them.
fn sides(include: &[TagId], exclude: &[TagId]) -> Vec<Vec<Value>> {
    let side = |tags: &[TagId], side: i64| {
        let tags = tags.iter().take(MAX_TAGS_NAMED);
        tags.map(|tag| vec![Value::from(*tag), Value::from(side)]).collect::<Vec<_>>()
    };
    let mut rows = side(include, 0);
    rows.extend(side(exclude, 1));
    // Batches are padded with their last row; side 2 is neither.
    rows.push(vec![Value::from(0), Value::from(2)]);
    rows
}

/// A contact that carries several of the tags counts at the first of them.
fn with_tags(account: AccountId, include: &[TagId], exclude: &[TagId]) -> Sql {
    sql!(
        "WITH v(tag_id, side) AS (VALUES {rows})
         SELECT COUNT(*), CAST(COALESCE(SUM(CASE WHEN EXISTS (SELECT 1 FROM v e JOIN contact_tag h ON h.account_id = $1 AND h.contact_id = few.contact_id AND h.tag_id = e.tag_id
                WHERE e.side = 1 OR (e.side = 0 AND e.tag_id < few.tag_id)) THEN 0 ELSE 1 END), 0) AS BIGINT)
         FROM (SELECT g.contact_id, g.tag_id FROM v JOIN contact_tag g ON g.account_id = $1 AND g.tag_id = v.tag_id WHERE v.side = 0 LIMIT $2) AS few",
        account,
        COMPARED + 1,
    )
    .rows(sides(include, exclude))
}

fn without_tags(account: AccountId, exclude: &[TagId]) -> Sql {
    sql!(
        "WITH v(tag_id, side) AS (VALUES {rows})
         SELECT COUNT(*), CAST(COALESCE(SUM(CASE WHEN EXISTS (SELECT 1 FROM v e JOIN contact_tag h ON h.account_id = $1 AND h.contact_id = few.id AND h.tag_id = e.tag_id
                WHERE e.side = 1) THEN 0 ELSE 1 END), 0) AS BIGINT)
         FROM (SELECT id FROM contact WHERE account_id = $1 ORDER BY id LIMIT $2) AS few",
        account,
        COMPARED + 1,
    )
    .rows(sides(&[], exclude))
}

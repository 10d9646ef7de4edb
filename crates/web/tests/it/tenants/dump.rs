//! Everything that the memory holds, row by row, so that a test sees what changed.

use std::collections::BTreeMap;

use store::conformance::texts;

use crate::door::Door;

/// Tables whose rows belong to nobody's account and change by themselves, or with every visit.
const MOVING: &[&str] = &["id_block", "session", "life", "migration"];

/// One table: its name, how its rows are read, and whether they name an account.
struct Table {
    name: String,
    read: &'static str,
    tenant: bool,
}

/// How to read every table.
pub(crate) struct Dump(Vec<Table>);

/// All rows, by table.
pub(crate) type Rows = BTreeMap<String, Vec<String>>;

impl Dump {
    /// Learns the tables and their columns.
    pub(crate) async fn of(door: &Door) -> Self {
        let columns = texts(
            &door.store,
            "SELECT m.name, p.name FROM sqlite_master m JOIN pragma_table_info(m.name) p WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' ORDER BY m.name, p.cid",
            2,
        )
        .await
        .expect("the tables");
        let mut tables: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for row in columns {
            let [Some(table), Some(column)] = &row[..] else { panic!("{row:?}") };
            tables.entry(table.clone()).or_default().push(column.clone());
        }
        let wanted = tables.into_iter().filter(|(name, _)| !MOVING.contains(&name.as_str()));
        Self(wanted.map(|(name, columns)| Table::new(name, &columns)).collect())
    }

    /// Tables of accounts in which one of these accounts has no row.
    pub(crate) async fn lacking(&self, door: &Door, accounts: &[i64]) -> Vec<String> {
        let mut lacking = Vec::new();
        for table in self.0.iter().filter(|table| table.tenant) {
            let rows = read(door, table).await;
            let has = |account: &i64| rows.iter().any(|row| row.starts_with(&format!("{account}|")));
            if !accounts.iter().all(has) {
                lacking.push(table.name.clone());
            }
        }
        lacking
    }

    /// Every row that belongs to none of `but`.
    pub(crate) async fn rows(&self, door: &Door, but: &[i64]) -> Rows {
        let mut all = Rows::new();
        for table in &self.0 {
            let mut rows = read(door, table).await;
            rows.retain(|row| !table.tenant || !but.iter().any(|account| row.starts_with(&format!("{account}|"))));
            all.insert(table.name.clone(), rows);
        }
        all
    }
}

async fn read(door: &Door, table: &Table) -> Vec<String> {
    let rows = texts(&door.store, table.read, 1).await.expect("rows");
    rows.into_iter().map(|mut row| row.remove(0).expect("quoted")).collect()
}

impl Table {
    /// Rows begin with the number of their account, where they have one.
    fn new(name: String, columns: &[String]) -> Self {
        let owner = if name == "account" { "id" } else { "account_id" };
        let own = columns.iter().any(|column| column == owner);
        // What happened in a case belongs to the case's account.
        let (tenant, owner) = match name.as_str() {
            "case_event" => (true, "COALESCE((SELECT c.account_id FROM abuse_case c WHERE c.id = case_id), '')"),
            _ if own => (true, owner),
            _ => (false, "''"),
        };
        let quoted: Vec<String> = columns.iter().map(|column| format!("quote({column})")).collect();
        let text = format!("SELECT {owner} || '|' || {} FROM {name} ORDER BY 1", quoted.join(" || ',' || "));
        // A statement of the memory is a fixed text; there is one a table and test.
        Self { name, read: Box::leak(text.into_boxed_str()), tenant }
    }
}

/// The first tables that differ, with the rows that are in one of them alone.
pub(crate) fn difference(before: &Rows, after: &Rows) -> Vec<String> {
    let mut found = Vec::new();
    for (table, old) in before {
        let new = &after[table];
        found.extend(old.iter().filter(|row| !new.contains(row)).map(|row| format!("- {table} {row}")));
        found.extend(new.iter().filter(|row| !old.contains(row)).map(|row| format!("+ {table} {row}")));
    }
    found.truncate(6);
    found
}

//! Every text of the memory that somebody outside wrote, found by the columns of its tables, so that what
//! is added later is tried too.

use store::conformance::texts;

use crate::door::{Door, NOTICE};

/// Columns beside the primary keys that hold the program's own words, keys and lists, or what was parsed at its door (addresses of
/// people, whose parser lets none of this in); `*` is every table.
const OURS: &[(&str, &[&str])] = &[
    (
        "*",
        &[
            "language",
            "kind",
            "state",
            "format",
            "template",
            "dedupe_key",
            "time_zone",
            "decision",
            "address",
            "mail_from",
        ],
    ),
    ("abuse_case", &["cluster"]),
    ("api_replay", &["replay_key", "body"]),
    ("bounce", &["class", "effect"]),
    ("complaint", &["source"]),
    ("consent_event", &["kind"]),
    ("former_contact", &["reason"]),
    ("id_block", &["kind"]),
    ("installation", &["operator_address", "operator_language", "secret_marks"]),
    ("life", &["node"]),
    ("login", &["password_hash"]),
    ("mailing_revision", &["include", "exclude"]),
    // Names of hosts have a parser of their own.
    ("sending_domain", &["name"]),
    ("website", &["host"]),
    ("signing_key", &["selector", "algorithm", "public_key", "domain"]),
    ("suppression", &["reason"]),
];

/// Columns that hold JSON: the words in it are replaced.
const JSON: &[&str] = &["fields", "tags", "params", "found", "evidence"];

/// One column.
struct Field {
    table: String,
    column: String,
    /// Rows have a number, which makes texts different that must be so.
    numbered: bool,
}

/// Every text that others wrote.
pub(super) struct Fields {
    plain: Vec<Field>,
    json: Vec<Field>,
    /// What stands for words in JSON now.
    word: String,
}

fn ours(table: &str, column: &str) -> bool {
    OURS.iter().any(|(of, columns)| (*of == "*" || *of == table) && columns.contains(&column))
}

/// A text of SQL, whatever it holds.
fn literal(text: &str) -> String {
    let hex: String = text.bytes().map(|byte| format!("{byte:02x}")).collect();
    format!("CAST(x'{hex}' AS TEXT)")
}

/// The text as it stands within a JSON string.
fn within_json(text: &str) -> String {
    let quoted = serde_json::Value::String(text.to_owned()).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

/// The memory gives out no legal notice that its rules would not take: then another name stands there.
fn legal_name(text: &str) -> String {
    let wanted: String = text.chars().filter(|c| (' '..='~').contains(c)).take(90).collect();
    let mut notice: serde_json::Value = serde_json::from_str(NOTICE).expect("a legal notice");
    notice["name"] = wanted.clone().into();
    let fits = serde_json::from_value::<policy::legal_notice::LegalNotice>(notice).is_ok();
    if fits { wanted } else { "<b>Gartenfreunde</b>".to_owned() }
}

impl Fields {
    /// Finds them. `word` is what stands in the texts of JSON until something else does.
    pub(super) async fn of(door: &Door, word: &str) -> Self {
        let rows = texts(
            &door.store,
            "SELECT m.name, p.name, CASE WHEN EXISTS (SELECT 1 FROM pragma_table_info(m.name) q WHERE q.name = 'id') THEN 'id' ELSE '' END
             FROM sqlite_master m JOIN pragma_table_info(m.name) p WHERE m.type = 'table' AND p.type = 'TEXT' AND p.pk = 0 ORDER BY m.name, p.cid",
            3,
        )
        .await
        .expect("columns");
        let (mut plain, mut json) = (Vec::new(), Vec::new());
        for row in rows {
            let [Some(table), Some(column), Some(id)] = &row[..] else { panic!("{row:?}") };
            let field = Field { table: table.clone(), column: column.clone(), numbered: id == "id" };
            if JSON.contains(&column.as_str()) {
                json.push(field);
            } else if !ours(table, column) && column != "notice" {
                plain.push(field);
            }
        }
        assert!(plain.len() > 60, "only {} columns hold what others wrote", plain.len());
        Self { plain, json, word: word.to_owned() }
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.plain.len() + self.json.len() + 2
    }

    /// Puts a text into each of them: `text` is asked with their numbers.
    pub(super) async fn put(&mut self, door: &Door, text: impl Fn(usize) -> String) {
        let mut script = String::new();
        for (n, field) in self.plain.iter().enumerate() {
            let Field { table, column, numbered } = field;
            // Mails that were sent are composed once more by the desk's page; a subject that no mail may
            // have would leave nothing to show.
            let sent =
                if table == "mailing" && (column == "subject" || column == "body") { "AND state < 2" } else { "" };
            let number = if *numbered { " || ' ' || id" } else { "" };
            let line = text(n).replace(
                ['\n', '\r'],
                if matches!(column.as_str(), "host" | "name" | "provider_group") { " " } else { "\n" },
            );
            script.push_str(&format!(
                "UPDATE {table} SET {column} = {}{number} WHERE {column} IS NOT NULL {sent};\n",
                literal(&line)
            ));
        }
        let word = text(self.plain.len());
        for Field { table, column, .. } in &self.json {
            let (before, after) = (literal(&within_json(&self.word)), literal(&within_json(&word)));
            script.push_str(&format!("UPDATE {table} SET {column} = REPLACE({column}, {before}, {after});\n"));
        }
        self.word = word;
        let raw = literal(&format!("From: {0}\r\nSubject: {0}\r\n\r\n{0}", text(self.plain.len() + 1)));
        script.push_str(&format!("UPDATE inbox SET raw = CAST({raw} AS BLOB);\n"));
        let name = within_json(&legal_name(&text(self.plain.len() + 2)));
        script.push_str(&format!(
            "UPDATE legal_notice SET notice = json_set(notice, '$.name', json({}));\n",
            literal(&format!("\"{name}\""))
        ));
        door.script(&script).await;
    }
}

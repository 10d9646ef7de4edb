//! axe-core looks at pages for barriers (WCAG 2.0 to 2.2, levels A and AA). It is a program for
//! development that `cargo xtask setup` installs outside of the tree; nothing of it ships.

use std::fmt;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::{Browser, NoBrowser, fail};

/// What it looks for.
const TAGS: [&str; 6] = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"];

/// The rules that ask for colours: in the other scheme nothing else can differ.
const OF_COLOURS: [&str; 2] = ["color-contrast", "link-in-text-block"];

/// The program.
#[derive(Clone, Debug)]
pub struct Axe(String);

/// What is asked of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// Every rule.
    Everything,
    /// Those about colours.
    Colours,
}

/// One thing that stands in somebody's way.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Barrier {
    /// The rule's name.
    pub rule: String,
    /// Where, as a CSS selector.
    pub at: String,
    /// What is wrong, in its words.
    pub what: String,
}

impl fmt::Display for Barrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}: {}", self.rule, self.at, self.what)
    }
}

impl Axe {
    /// Finds it where `XTASK_AXE` says.
    ///
    /// # Errors
    /// [`NoBrowser`]: it is not installed.
    pub fn find() -> Result<Self, NoBrowser> {
        let absent = || fail("axe-core is absent (XTASK_AXE): cargo xtask setup");
        let file = std::env::var_os("XTASK_AXE").map(PathBuf::from).ok_or_else(absent)?;
        std::fs::read_to_string(&file).map(Self).map_err(|error| fail(format!("{}: {error}", file.display())))
    }
}

impl Browser {
    /// Looks at the page as it is shown now. What stands in frames is looked at as pages of their own.
    ///
    /// # Errors
    /// What the driver or axe said.
    pub async fn barriers(&self, axe: &Axe, asked: Asked) -> Result<Vec<Barrier>, NoBrowser> {
        let there = self.cdp("Runtime.evaluate", json!({ "expression": "!!window.axe" })).await?;
        if there["result"]["value"] != true {
            self.evaluate(&format!("{};0", axe.0)).await?;
        }
        let mut options = json!({ "resultTypes": ["violations"], "iframes": false });
        match asked {
            Asked::Everything => {
                options["runOnly"] = json!({ "type": "tag", "values": TAGS });
                options["rules"] = json!({ "target-size": { "enabled": true } });
            }
            Asked::Colours => options["runOnly"] = json!({ "type": "rule", "values": OF_COLOURS }),
        }
        let shown = "nodes.map(n => ({ rule: v.id, at: n.target.flat(9).join(' '), what: n.failureSummary }))";
        let ask = format!("axe.run(document, {options}).then(r => r.violations.flatMap(v => v.{shown}))");
        let found = self.evaluate(&ask).await?;
        let list = found.as_array().ok_or_else(|| fail(format!("axe said {found}")))?;
        let text = |value: &Value| value.as_str().unwrap_or_default().replace('\n', " ");
        Ok(list
            .iter()
            .map(|one| Barrier { rule: text(&one["rule"]), at: text(&one["at"]), what: text(&one["what"]) })
            .collect())
    }

    /// The value of an expression in the page, waited for.
    ///
    /// # Errors
    /// What the driver said, or what the expression threw.
    pub async fn evaluate(&self, expression: &str) -> Result<Value, NoBrowser> {
        let how = json!({ "expression": expression, "awaitPromise": true, "returnByValue": true });
        let mut told = self.cdp("Runtime.evaluate", how).await?;
        match &told["exceptionDetails"] {
            Value::Null => Ok(told["result"]["value"].take()),
            thrown => Err(fail(format!("the page threw {thrown}"))),
        }
    }
}

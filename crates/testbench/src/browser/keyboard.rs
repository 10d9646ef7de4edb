//! A hand on the keyboard alone: no pointer, no focus by script.

use serde_json::{Value, json};

use super::{Browser, NoBrowser, fail};

/// Presses of Tab after which somebody gives up.
const PATIENCE: usize = 250;

/// Where the focus is: whether it is at the element, what it is, and what can be seen of it.
const FOCUS: &str = "
    const at = document.activeElement, root = at && at.shadowRoot && at.shadowRoot.activeElement || at;
    if (!root || root === document.body || root === document.documentElement) return null;
    const style = getComputedStyle(root), host = getComputedStyle(at);
    const ring = (s) => s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2;
    const box = root.getBoundingClientRect();
    const inner = [...(root.closest('.cm-editor') ? [root.closest('.cm-editor')] : []), ...(root.labels || [])];
    const seen = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
    return {
        is: at.matches(arguments[0]),
        what: root.tagName.toLowerCase() + (root.id ? '#' + root.id : '') + (root.name ? '[' + root.name + ']' : '')
            + ' ' + (root.innerText || root.getAttribute('aria-label') || '').trim().slice(0, 40),
        ring: [style, host, ...inner.map((one) => getComputedStyle(one))].some(ring),
        seen,
    };";

/// A key that types nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// To the next element.
    Tab,
    /// To the one before.
    BackTab,
    /// Follows, presses, sends.
    Enter,
    /// Presses and ticks.
    Space,
    /// The next of several.
    Down,
    /// To the end of what is typed.
    End,
    /// Marks all that is typed.
    All,
    /// Away with what is open.
    Escape,
}

impl Key {
    /// The keys that are held, and the one that is pressed (W3C WebDriver §17.4.2).
    const fn codes(self) -> (&'static str, &'static str) {
        const SHIFT: &str = "\u{e008}";
        const CONTROL: &str = "\u{e009}";
        match self {
            Self::Tab => ("", "\u{e004}"),
            Self::BackTab => (SHIFT, "\u{e004}"),
            Self::Enter => ("", "\u{e007}"),
            Self::Space => ("", " "),
            Self::Down => ("", "\u{e015}"),
            Self::End => (CONTROL, "\u{e010}"),
            Self::All => (CONTROL, "a"),
            Self::Escape => ("", "\u{e00c}"),
        }
    }
}

impl Browser {
    /// Presses keys, one after the other.
    ///
    /// # Errors
    /// What the driver said.
    pub async fn press(&self, keys: &[Key]) -> Result<(), NoBrowser> {
        let mut actions = Vec::new();
        for key in keys {
            let (held, pressed) = key.codes();
            actions.extend((!held.is_empty()).then(|| json!({ "type": "keyDown", "value": held })));
            actions.push(json!({ "type": "keyDown", "value": pressed }));
            actions.push(json!({ "type": "keyUp", "value": pressed }));
            actions.extend((!held.is_empty()).then(|| json!({ "type": "keyUp", "value": held })));
        }
        self.keys(actions).await
    }

    /// Types text to where the focus is.
    ///
    /// # Errors
    /// What the driver said.
    pub async fn types(&self, text: &str) -> Result<(), NoBrowser> {
        let stroke =
            |letter: char| ["keyDown", "keyUp"].map(|kind| json!({ "type": kind, "value": letter.to_string() }));
        self.keys(text.chars().flat_map(stroke).collect()).await
    }

    async fn keys(&self, actions: Vec<Value>) -> Result<(), NoBrowser> {
        let hand = json!({ "type": "key", "id": "keyboard", "actions": actions });
        self.ask("POST", "/actions", json!({ "actions": [hand] })).await.map(drop)
    }

    /// Goes by Tab to what the CSS selector finds. Each stop on the way must show where the focus is.
    ///
    /// # Errors
    /// It is not reached, a stop shows nothing, or what the driver said.
    pub async fn tab_to(&self, selector: &str) -> Result<(), NoBrowser> {
        let mut way = Vec::new();
        for _ in 0..PATIENCE {
            let asked = json!({ "script": FOCUS, "args": [selector] });
            let here = self.ask("POST", "/execute/sync", asked).await?;
            let what = here["what"].as_str().unwrap_or("nowhere").to_owned();
            let shown = here.is_null() || (here["ring"] == true && here["seen"] == true);
            if !shown {
                return Err(fail(format!("the focus on {what} cannot be seen ({here}) at {}", self.url().await?)));
            }
            if here["is"] == true {
                return Ok(());
            }
            way.push(what);
            self.press(&[Key::Tab]).await?;
        }
        way.truncate(60);
        Err(fail(format!("{selector} is not reached by Tab at {}: {}", self.url().await?, way.join(" | "))))
    }
}

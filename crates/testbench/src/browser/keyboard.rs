//! A hand on the keyboard alone: no pointer, no focus by script.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Browser, NoBrowser, fail};

/// Presses of Tab after which somebody gives up.
const PATIENCE: usize = 400;
/// Presses of Tab that one thing may take: a field for day and time has a stop for each of its parts.
const STOPS_OF_ONE: usize = 12;
/// The same for a frame, whose links are stops of their own.
const STOPS_OF_A_FRAME: usize = 60;

/// Looks at a stop until it must be seen, and the time between two.
const LOOKS: usize = 10;
const MOMENT: Duration = Duration::from_millis(30);

/// Where the focus is, and what can be seen of it.
const FOCUS: &str = include_str!("focus.js");

/// A key that types nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// To the next element.
    Tab,
    /// Follows, presses, sends.
    Enter,
    /// Presses and ticks.
    Space,
    /// The next of several.
    Down,
    /// The one before.
    Up,
    /// Marks all that is typed.
    All,
    /// Away with what is marked.
    Delete,
}

impl Key {
    /// The key that is held, and the one that is pressed (W3C WebDriver §17.4.2).
    const fn codes(self) -> (&'static str, &'static str) {
        const CONTROL: &str = "\u{e009}";
        match self {
            Self::Tab => ("", "\u{e004}"),
            Self::Enter => ("", "\u{e007}"),
            Self::Space => ("", " "),
            Self::Down => ("", "\u{e015}"),
            Self::Up => ("", "\u{e013}"),
            Self::All => (CONTROL, "a"),
            Self::Delete => ("", "\u{e017}"),
        }
    }
}

/// A stop of the keyboard.
struct Stop(Value);

impl Stop {
    fn is(&self, name: &str) -> bool {
        self.0[name] == true
    }

    fn what(&self) -> String {
        self.0["what"].as_str().unwrap_or("nowhere").to_owned()
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

    /// Types text to where the focus is; a line break is the Enter key.
    ///
    /// # Errors
    /// What the driver said.
    pub async fn types(&self, text: &str) -> Result<(), NoBrowser> {
        let stroke = |letter: char| {
            let key = if letter == '\n' { '\u{e007}' } else { letter };
            ["keyDown", "keyUp"].map(|kind| json!({ "type": kind, "value": key.to_string() }))
        };
        self.keys(text.chars().flat_map(stroke).collect()).await
    }

    async fn keys(&self, actions: Vec<Value>) -> Result<(), NoBrowser> {
        let hand = json!({ "type": "key", "id": "keyboard", "actions": actions });
        self.ask("POST", "/actions", json!({ "actions": [hand] })).await.map(drop)
    }

    /// Where the focus is. Each stop must show that it has it, and must not be covered by something else
    /// (WCAG 2.4.7, 2.4.11).
    async fn stop(&self, wanted: &Value) -> Result<Stop, NoBrowser> {
        let mut looks = 0;
        let here = loop {
            let here = Stop(self.ask("POST", "/execute/sync", json!({ "script": FOCUS, "args": [wanted] })).await?);
            if here.0.is_null() || (here.is("ring") && here.is("seen")) {
                return Ok(here);
            }
            looks += 1;
            if looks > LOOKS {
                break here;
            }
            // An editor draws its ring a moment after the focus came, and a page scrolls to where it is.
            tokio::time::sleep(MOMENT).await;
        };
        let way = if here.is("seen") { "shows no ring" } else { "is out of sight" };
        Err(fail(format!("the focus on {} {way}", here.what())))
    }

    /// Goes by Tab to an element, or to its group of radio buttons.
    ///
    /// # Errors
    /// It is not reached, a stop on the way cannot be seen, or what the driver said.
    pub(super) async fn tab_to(&self, element: &Value) -> Result<(), NoBrowser> {
        let mut way = Vec::new();
        for _ in 0..PATIENCE {
            let here = self.stop(element).await?;
            if here.is("is") {
                return Ok(());
            }
            way.push(here.what());
            self.press(&[Key::Tab]).await?;
        }
        way.truncate(60);
        Err(fail(format!("not reached by Tab: {}", way.join(" | "))))
    }

    /// Goes by Tab once around the page: every stop shows where the focus is, and none holds it.
    ///
    /// # Errors
    /// The first stop that cannot be seen, one that is not left by Tab, or what the driver said.
    pub(super) async fn tab_around(&self) -> Result<usize, NoBrowser> {
        let mut held = 0;
        for stops in 0..PATIENCE {
            self.press(&[Key::Tab]).await?;
            let here = self.stop(&Value::Null).await?;
            if here.0.is_null() || (here.is("again") && stops > 0 && !here.is("same")) {
                return Ok(stops);
            }
            held = if here.is("same") { held + 1 } else { 0 };
            let most = if here.is("framed") { STOPS_OF_A_FRAME } else { STOPS_OF_ONE };
            if held > most {
                return Err(fail(format!("{} holds the focus: Tab does not leave it", here.what())));
            }
        }
        Err(fail(format!("Tab does not come around in {PATIENCE} presses")))
    }
}

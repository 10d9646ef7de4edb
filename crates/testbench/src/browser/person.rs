//! Somebody at a browser, who does what a story says in its reader's words: follows links, fills in fields,
//! presses buttons. How it is done is the hand's: by pointer, without scripts, or by the keyboard alone.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use super::{Browser, ELEMENT, Habits, Key, NoBrowser};

/// How long a page may take to show what is waited for.
pub const SOON: Duration = Duration::from_secs(20);
/// Nobody fills in a form faster (D6): what is quicker counts as a program's.
const WRITING: Duration = Duration::from_millis(2_200);
/// Nobody tells the driver when a page changes.
const LOOK_AGAIN: Duration = Duration::from_millis(50);
/// A page that looks again by itself may take the thing away that somebody reaches for.
const TRIES: usize = 4;
/// Letters of a page that an error quotes.
const QUOTED: usize = 1_500;

const FIND: &str = include_str!("find.js");
/// Tells documents apart.
const DOCUMENT: &str = "return document.readyState === 'complete' ? performance.timeOrigin : null";

/// How somebody works a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hand {
    /// By pointer and keys, with the page's scripts.
    Pointer,
    /// The same, and no page may run a script.
    WithoutScripts,
    /// By Tab, Enter, Space and arrow keys alone. Each stop must show where the focus is, and each page that
    /// is new is gone around once: nothing may hold the focus.
    Keyboard,
}

impl Hand {
    /// Whether pages may run scripts.
    #[must_use]
    pub const fn has_scripts(self) -> bool {
        !matches!(self, Self::WithoutScripts)
    }
}

impl fmt::Display for Hand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pointer => "by pointer",
            Self::WithoutScripts => "without scripts",
            Self::Keyboard => "by keyboard",
        })
    }
}

/// What came of a step: in words, what went wrong.
pub type Step = Result<(), String>;

/// Things of a page that have words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Link,
    Button,
    Fold,
    Field,
}

impl Kind {
    /// The word in `find.js`.
    const fn word(self) -> &'static str {
        match self {
            Self::Link => "link",
            Self::Button => "button",
            Self::Fold => "fold",
            Self::Field => "field",
        }
    }
}

/// Somebody with a browser. Dropping it closes the browser.
pub struct Person {
    name: &'static str,
    hand: Hand,
    browser: Browser,
    /// Where the keyboard must not be caught; pages elsewhere are not looked at.
    house: String,
    /// Pages that were gone around already.
    around: BTreeSet<String>,
    /// Words of the part of the page in which the next thing stands.
    near: Option<String>,
}

impl Person {
    /// Somebody who reads `language` and works on the pages of `house`.
    ///
    /// # Errors
    /// [`NoBrowser`]: it did not start.
    pub async fn new(name: &'static str, hand: Hand, language: &'static str, house: String) -> Result<Self, NoBrowser> {
        let habits = Habits { scripts: hand.has_scripts(), languages: language, window: (1280, 900) };
        let browser = Browser::with(habits).await?;
        Ok(Self { name, hand, browser, house, around: BTreeSet::new(), near: None })
    }

    /// How they work.
    #[must_use]
    pub const fn hand(&self) -> Hand {
        self.hand
    }

    /// Enters an address and waits for its page.
    ///
    /// # Errors
    /// As every step: what went wrong, and what the page shows.
    pub async fn opens(&mut self, url: &str) -> Step {
        let done = self.browser.open(url).await.map_err(String::from);
        let done = if done.is_ok() { self.arrives().await } else { done };
        self.told("opens", url, done).await
    }

    /// Of several things with the same words, the next step means the one of the part of the page that has
    /// these words.
    pub fn near(&mut self, words: &str) -> &mut Self {
        self.near = Some(words.to_owned());
        self
    }

    /// Follows a link to another page.
    ///
    /// # Errors
    /// As every step.
    pub async fn follows(&mut self, words: &str) -> Step {
        let done = self.acts_and_arrives(Kind::Link, words, Key::Enter).await;
        self.told("follows", words, done).await
    }

    /// Presses a button that leads to another page.
    ///
    /// # Errors
    /// As every step.
    pub async fn presses(&mut self, words: &str) -> Step {
        let done = self.acts_and_arrives(Kind::Button, words, Key::Space).await;
        self.told("presses", words, done).await
    }

    /// Presses a button that does something on the page itself.
    ///
    /// # Errors
    /// As every step.
    pub async fn presses_here(&mut self, words: &str) -> Step {
        let done = self.acts(Kind::Button, words, Key::Space).await;
        self.told("presses", words, done).await
    }

    /// Opens what is folded.
    ///
    /// # Errors
    /// As every step.
    pub async fn unfolds(&mut self, words: &str) -> Step {
        let done = self.acts(Kind::Fold, words, Key::Enter).await;
        self.told("unfolds", words, done).await
    }

    /// Writes into a field what it then holds.
    ///
    /// # Errors
    /// As every step; the field does not hold it.
    pub async fn fills(&mut self, label: &str, text: &str) -> Step {
        let done = self.writes(label, text, true).await;
        self.told("fills in", label, done).await
    }

    /// Writes on in a field, where the last key was pressed.
    ///
    /// # Errors
    /// As every step.
    pub async fn writes_on(&mut self, text: &str) -> Step {
        let done = self.browser.types(text).await.map_err(String::from);
        self.told("writes on", text, done).await
    }

    /// Ticks a box, or chooses one of several.
    ///
    /// # Errors
    /// As every step; it is not ticked then.
    pub async fn ticks(&mut self, label: &str) -> Step {
        let done = self.ticked(label).await;
        self.told("ticks", label, done).await
    }

    /// Chooses an entry of a list.
    ///
    /// # Errors
    /// As every step; there is no such entry.
    pub async fn chooses(&mut self, label: &str, entry: &str) -> Step {
        let done = self.chosen(label, entry).await;
        self.told("chooses", &format!("{label}: {entry}"), done).await
    }

    /// Sees words on the page.
    ///
    /// # Errors
    /// As every step; they are not there [`SOON`].
    pub async fn sees(&mut self, words: &str) -> Step {
        self.sees_within(words, SOON).await
    }

    /// The same with a limit of its own.
    ///
    /// # Errors
    /// As every step.
    pub async fn sees_within(&mut self, words: &str, limit: Duration) -> Step {
        let there = self.shows(words, limit).await;
        let done = if there { Ok(()) } else { Err(format!("not within {} s", limit.as_secs())) };
        self.told("sees", words, done).await
    }

    /// Does not see words on the page as it stands.
    ///
    /// # Errors
    /// As every step; they are there.
    pub async fn does_not_see(&mut self, words: &str) -> Step {
        let there = self.text().await.is_none_or(|text| text.contains(words));
        let done = if there { Err("there it stands".to_owned()) } else { Ok(()) };
        self.told("does not see", words, done).await
    }

    /// Goes back to the page before.
    ///
    /// # Errors
    /// As every step.
    pub async fn goes_back(&mut self) -> Step {
        let before = self.page().await;
        let done = self.browser.ask("POST", "/back", json!({})).await.map(drop).map_err(String::from);
        let done = if done.is_ok() { self.waits_for_another(before).await } else { done };
        self.told("goes back", "", done).await
    }

    /// Takes as long as anybody for filling in a form.
    pub async fn takes_time(&self) {
        tokio::time::sleep(WRITING).await;
    }

    /// Does what counts as a person's first touch: the page acts by itself then, and where no script runs,
    /// its button is pressed.
    ///
    /// # Errors
    /// As every step; the page did not act.
    pub async fn touches_or_presses(&mut self, button: &str) -> Step {
        let done = match self.hand {
            Hand::WithoutScripts => return self.presses(button).await,
            Hand::Pointer => self.browser.move_pointer().await,
            Hand::Keyboard => self.browser.press(&[Key::Tab]).await,
        };
        let done = done.map_err(String::from);
        let done = if done.is_ok() { self.waits_until_gone(button).await } else { done };
        self.told("touches the page of", button, done).await
    }

    /// Prints the page: the document that comes out (PDF).
    ///
    /// # Errors
    /// What the driver said.
    pub async fn prints(&self) -> Result<Vec<u8>, String> {
        let coded = self.browser.ask("POST", "/print", json!({})).await?;
        Ok(crate::letter::unbase64(coded.as_str().unwrap_or_default().as_bytes()))
    }

    /// The address of the page.
    ///
    /// # Errors
    /// What the driver said.
    pub async fn url(&self) -> Result<String, String> {
        self.browser.url().await.map_err(String::from)
    }

    /// Tells one loading of a page from every other; none while it loads.
    pub async fn page(&self) -> Option<f64> {
        self.browser.run(DOCUMENT).await.ok()?.as_f64()
    }

    /// Whether scripts run on the page as the hand has it.
    ///
    /// # Errors
    /// As every step; it is otherwise.
    pub async fn has_scripts_as_told(&mut self) -> Step {
        let ran = self.browser.run("return customElements.get('key-help') !== undefined").await? == true;
        let done = if ran == self.hand.has_scripts() { Ok(()) } else { Err(format!("scripts ran: {ran}")) };
        self.told("has scripts", "as told", done).await
    }

    /// The end: no page complained, and none asked another host for anything.
    ///
    /// # Errors
    /// What they complained about.
    pub async fn goes_home(self) -> Step {
        let mut told = self.browser.complaints().await?;
        told.extend(self.browser.strayed());
        if told.is_empty() { Ok(()) } else { Err(format!("{}, {}: {}", self.name, self.hand, told.join("\n"))) }
    }

    async fn text(&self) -> Option<String> {
        // A page that is just being replaced has no body for a moment.
        let text = self.browser.text().await.ok()?;
        Some(text.split_whitespace().collect::<Vec<_>>().join(" "))
    }

    async fn shows(&self, words: &str, limit: Duration) -> bool {
        let end = Instant::now() + limit;
        while !self.text().await.is_some_and(|text| text.contains(words)) {
            if Instant::now() > end {
                return false;
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        true
    }

    /// Waits until another page stands there, whole.
    async fn waits_for_another(&mut self, before: Option<f64>) -> Step {
        let end = Instant::now() + SOON;
        loop {
            let now = self.page().await;
            if now.is_some() && now != before {
                return self.arrives().await;
            }
            if Instant::now() > end {
                return Err("it leads nowhere".to_owned());
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }

    /// Waits until a page without this button stands there, whole. Of a key that leads to a page, what is left
    /// of it may be the first touch.
    async fn waits_until_gone(&mut self, button: &str) -> Step {
        let end = Instant::now() + SOON;
        let asked = json!({ "script": FIND, "args": [Kind::Button.word(), button, Value::Null, false] });
        loop {
            let there = self.browser.ask("POST", "/execute/sync", asked.clone()).await;
            if there.is_ok_and(|there| there.is_null()) && self.page().await.is_some() {
                return self.arrives().await;
            }
            if Instant::now() > end {
                return Err("the button is still there".to_owned());
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }

    /// On a new page the keyboard goes around once.
    async fn arrives(&mut self) -> Step {
        if self.hand != Hand::Keyboard {
            return Ok(());
        }
        let url = self.browser.url().await?;
        let Some(path) = url.strip_prefix(&self.house) else { return Ok(()) };
        // Numbers and tokens make no other page.
        let plain = path.split(['?', '#']).next().unwrap_or_default();
        let piece = |piece: &str| {
            if piece.len() > 12 || piece.bytes().all(|byte| byte.is_ascii_digit()) { "*" } else { piece }.to_owned()
        };
        let kind = plain.split('/').map(piece).collect::<Vec<_>>().join("/");
        // The first key that is pressed there unsubscribes.
        if !self.around.insert(kind.clone()) || kind == "/u/*" {
            return Ok(());
        }
        self.browser.tab_around().await.map(drop).map_err(String::from)
    }

    async fn find(&mut self, kind: Kind, words: &str, near: Option<&str>) -> Result<Value, String> {
        let end = Instant::now() + SOON;
        loop {
            let asked = json!({ "script": FIND, "args": [kind.word(), words, near, self.hand.has_scripts()] });
            match self.browser.ask("POST", "/execute/sync", asked).await {
                Ok(element) if !element.is_null() => return Ok(element),
                Ok(_) if Instant::now() > end => return Err(format!("there is no such {}", kind.word())),
                Err(why) if Instant::now() > end => return Err(why.into()),
                _ => tokio::time::sleep(LOOK_AGAIN).await,
            }
        }
    }

    /// Finds a thing, goes there, and does something with it. Where the page took it away meanwhile, once more.
    async fn reaches(&mut self, kind: Kind, words: &str) -> Result<Value, String> {
        let near = self.near.take();
        let mut tries = 0;
        loop {
            let element = self.find(kind, words, near.as_deref()).await?;
            let reached = match self.hand {
                Hand::Keyboard => self.browser.tab_to(&element).await.map_err(String::from),
                Hand::Pointer | Hand::WithoutScripts => Ok(()),
            };
            tries += 1;
            match reached {
                Ok(()) => return Ok(element),
                Err(why) if tries < TRIES && is_gone(&why) => {}
                Err(why) => return Err(why),
            }
        }
    }

    /// Presses what was reached.
    async fn acts(&mut self, kind: Kind, words: &str, key: Key) -> Step {
        let element = self.reaches(kind, words).await?;
        self.hits(&element, key).await
    }

    async fn hits(&self, element: &Value, key: Key) -> Step {
        match self.hand {
            Hand::Keyboard => self.browser.press(&[key]).await?,
            Hand::Pointer | Hand::WithoutScripts => self.browser.click_at(element).await?,
        }
        Ok(())
    }

    async fn acts_and_arrives(&mut self, kind: Kind, words: &str, key: Key) -> Step {
        let before = self.page().await;
        self.acts(kind, words, key).await?;
        self.waits_for_another(before).await
    }

    async fn writes(&mut self, label: &str, text: &str, anew: bool) -> Step {
        let field = self.reaches(Kind::Field, label).await?;
        if self.hand != Hand::Keyboard {
            self.browser.click_at(&field).await?;
        }
        if anew {
            self.browser.press(&[Key::All, Key::Delete]).await?;
        }
        self.browser.types(text).await?;
        let held = self.browser.of("return arguments[0].value ?? arguments[0].innerText", &field).await?;
        let held = held.as_str().unwrap_or_default().replace('\r', "");
        if held.trim_end() == text.trim_end() { Ok(()) } else { Err(format!("it holds {held:?}")) }
    }

    async fn ticked(&mut self, label: &str) -> Step {
        const IS: &str = "return arguments[0].checked";
        let field = self.reaches(Kind::Field, label).await?;
        if self.browser.of(IS, &field).await? == true {
            return Ok(());
        }
        if self.hand == Hand::Keyboard && self.browser.of("return arguments[0].type", &field).await? == "radio" {
            self.turns_to(&field).await?;
        } else {
            self.hits(&field, Key::Space).await?;
        }
        if self.browser.of(IS, &field).await? == true { Ok(()) } else { Err("it stays empty".to_owned()) }
    }

    /// Of a group of radio buttons, by arrow keys: Space takes the one with the focus.
    async fn turns_to(&self, radio: &Value) -> Step {
        const AT: &str = "return document.activeElement === arguments[0]";
        for _ in 0..20 {
            if self.browser.of(AT, radio).await? == true {
                return self.browser.press(&[Key::Space]).await.map_err(String::from);
            }
            self.browser.press(&[Key::Down]).await?;
        }
        Err("no arrow key leads there".to_owned())
    }

    async fn chosen(&mut self, label: &str, entry: &str) -> Step {
        const PLACES: &str = "const list = arguments[0], even = (one) => one.text.replace(/\\s+/g, ' ').trim(); \
            return [list.selectedIndex, [...list.options].findIndex((one) => even(one).startsWith(arguments[1]))]";
        let list = self.reaches(Kind::Field, label).await?;
        let places = self.browser.of_with(PLACES, &list, entry).await?;
        let (at, to) = (places[0].as_i64().unwrap_or(0), places[1].as_i64().unwrap_or(-1));
        if to < 0 {
            return Err("there is no such entry".to_owned());
        }
        if self.hand == Hand::Keyboard {
            let key = if to > at { Key::Down } else { Key::Up };
            let steps = usize::try_from((to - at).abs()).unwrap_or(0);
            self.browser.press(&vec![key; steps]).await?;
        } else {
            let option = self.browser.of_with("return arguments[0].options[arguments[1]]", &list, to).await?;
            self.browser.click_at(&option).await?;
        }
        let now = self.browser.of("return arguments[0].selectedIndex", &list).await?;
        if now == to { Ok(()) } else { Err(format!("entry {now} is chosen, not {to}")) }
    }

    /// An error with who did what, and what the page shows.
    async fn told(&mut self, act: &str, words: &str, done: Step) -> Step {
        self.near = None;
        let Err(why) = done else { return Ok(()) };
        let (url, text) = (self.browser.url().await.unwrap_or_default(), self.text().await.unwrap_or_default());
        let text: String = text.chars().take(QUOTED).collect();
        Err(format!("{}, {}, {act} “{words}”: {why}\n{url} shows: {text}", self.name, self.hand))
    }
}

/// Whether the driver says that the page took the element away.
fn is_gone(why: &str) -> bool {
    why.contains("stale element") || why.contains("does not belong to the document")
}

impl Browser {
    /// Scrolls to an element that was found, and clicks it: nothing may lie on top.
    async fn click_at(&self, element: &Value) -> Result<(), NoBrowser> {
        self.of("arguments[0].scrollIntoView({ block: 'center', behavior: 'instant' })", element).await?;
        let id = element[ELEMENT].as_str().unwrap_or_default();
        self.ask("POST", &format!("/element/{id}/click"), json!({})).await.map(drop)
    }

    /// What a script says of an element.
    async fn of(&self, script: &str, element: &Value) -> Result<Value, NoBrowser> {
        self.of_with(script, element, Value::Null).await
    }

    async fn of_with(&self, script: &str, element: &Value, with: impl Into<Value>) -> Result<Value, NoBrowser> {
        let with: Value = with.into();
        self.ask("POST", "/execute/sync", json!({ "script": script, "args": [element, with] })).await
    }
}

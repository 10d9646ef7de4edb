//! Reads the forms of a page as a browser does, so that a test fills in what a person would
//! see and sends back whatever else the page holds.

/// One form of a page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Form {
    /// Where it is sent; empty means the page's own address.
    pub action: String,
    /// `get` or `post`.
    pub method: String,
    /// Everything that would be sent, in order: name and value. Boxes that are not ticked are
    /// left out.
    pub fields: Vec<(String, String)>,
    /// Names of boxes that are not ticked, with the value that ticking sends.
    pub unticked: Vec<(String, String)>,
    /// Buttons with a name: name and value.
    pub buttons: Vec<(String, String)>,
}

impl Form {
    /// All forms of a page, in their order.
    #[must_use]
    pub fn read_all(page: &str) -> Vec<Self> {
        let mut forms: Vec<Self> = Vec::new();
        let mut open = false;
        // The name of the list whose options come now.
        let mut list = None;
        for (name, attributes, text) in tags(page) {
            match name.as_str() {
                "form" => {
                    open = true;
                    let action = value(&attributes, "action").unwrap_or_default();
                    let method = value(&attributes, "method").unwrap_or_else(|| "get".into());
                    let method = method.to_ascii_lowercase();
                    forms.push(Self { action, method, ..Self::default() });
                }
                "/form" => open = false,
                "select" if open => list = value(&attributes, "name"),
                "option" => {
                    if let (Some(form), Some(name)) = (forms.last_mut(), &list) {
                        form.take_option(name, &attributes, &text);
                    }
                }
                "/select" => list = None,
                "input" | "textarea" | "button" if open => {
                    if let Some(form) = forms.last_mut() {
                        form.take(&name, &attributes, &text);
                    }
                }
                _ => {}
            }
        }
        forms
    }

    /// Of a list the option that is chosen is sent, or the first one.
    fn take_option(&mut self, list: &str, attributes: &[(String, String)], text: &str) {
        let held = value(attributes, "value").unwrap_or_else(|| unescape(text.trim()));
        let chosen = attributes.iter().any(|(known, _)| known == "selected");
        match self.fields.iter_mut().find(|(known, _)| known == list) {
            Some((_, value)) if chosen => *value = held,
            Some(_) => {}
            None => self.fields.push((list.to_owned(), held)),
        }
    }

    fn take(&mut self, tag: &str, attributes: &[(String, String)], text: &str) {
        let Some(name) = value(attributes, "name") else { return };
        let kind = value(attributes, "type").unwrap_or_default();
        let held = value(attributes, "value");
        match (tag, kind.as_str()) {
            ("button", _) | (_, "submit") => {
                self.buttons.push((name, held.unwrap_or_default()));
            }
            (_, "checkbox" | "radio") => {
                let ticked = attributes.iter().any(|(known, _)| known == "checked");
                let list = if ticked { &mut self.fields } else { &mut self.unticked };
                list.push((name, held.unwrap_or_else(|| "on".into())));
            }
            ("textarea", _) => self.fields.push((name, unescape(text))),
            _ => self.fields.push((name, held.unwrap_or_default())),
        }
    }

    /// Fills in a field.
    ///
    /// # Errors
    /// The form has no such field; the text names those that it has.
    pub fn fill(&mut self, name: &str, text: &str) -> Result<(), String> {
        match self.fields.iter_mut().find(|(known, _)| known == name) {
            Some((_, value)) => {
                text.clone_into(value);
                Ok(())
            }
            None => Err(format!("the form has no field {name}: {:?}", self.fields)),
        }
    }

    /// Ticks all boxes of this name.
    pub fn tick(&mut self, name: &str) {
        let (chosen, rest) = self.unticked.drain(..).partition(|(known, _)| known == name);
        self.unticked = rest;
        let mut chosen: Vec<(String, String)> = chosen;
        self.fields.append(&mut chosen);
    }

    /// Chooses one of several, or ticks one box of several.
    ///
    /// # Errors
    /// There is no such choice.
    pub fn choose(&mut self, name: &str, value: &str) -> Result<(), String> {
        let place = self.unticked.iter().position(|(known, held)| known == name && held == value);
        let place = place.ok_or_else(|| format!("{value} is no choice of {name}: {:?}", self.unticked))?;
        let chosen = self.unticked.remove(place);
        self.fields.push(chosen);
        Ok(())
    }

    /// The fields as [`Client::post_form`](crate::http::Client::post_form) takes them.
    #[must_use]
    pub fn pairs(&self) -> Vec<(&str, &str)> {
        self.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
    }
}

type Attributes = Vec<(String, String)>;

/// Start and end tags (`/name`), attributes, and the text up to the next tag.
fn tags(page: &str) -> Vec<(String, Attributes, String)> {
    let mut found = Vec::new();
    let mut rest = page;
    while let Some(start) = rest.find('<') {
        rest = &rest[start + 1..];
        if rest.starts_with("!--") {
            rest = rest.find("-->").map_or("", |end| &rest[end + 3..]);
            continue;
        }
        let end = tag_end(rest);
        let (tag, after) = rest.split_at(end);
        rest = after.get(1..).unwrap_or("");
        let cut = tag.find(|letter: char| letter.is_whitespace()).unwrap_or(tag.len());
        let name = tag[..cut].trim_end_matches('/').to_ascii_lowercase();
        let text = rest.split('<').next().unwrap_or_default().to_owned();
        found.push((name, attributes(&tag[cut..]), text));
    }
    found
}

/// Where the tag ends, `>` in quotes passed over.
fn tag_end(text: &str) -> usize {
    let mut quote = None;
    for (place, letter) in text.char_indices() {
        match (quote, letter) {
            (None, '>') => return place,
            (None, '"' | '\'') => quote = Some(letter),
            (Some(open), _) if open == letter => quote = None,
            _ => {}
        }
    }
    text.len()
}

fn attributes(text: &str) -> Attributes {
    let mut found = Vec::new();
    let mut rest = text.trim_matches(|letter: char| letter.is_whitespace() || letter == '/');
    while !rest.is_empty() {
        let cut = rest.find(|letter: char| letter == '=' || letter.is_whitespace());
        let (name, after) = rest.split_at(cut.unwrap_or(rest.len()));
        let after = after.trim_start();
        let (value, after) = match after.strip_prefix('=') {
            Some(after) => quoted(after.trim_start()),
            None => ("", after),
        };
        found.push((name.to_ascii_lowercase(), unescape(value)));
        rest = after.trim_start();
    }
    found
}

fn quoted(text: &str) -> (&str, &str) {
    for quote in ['"', '\''] {
        if let Some(inner) = text.strip_prefix(quote) {
            return inner.split_once(quote).unwrap_or((inner, ""));
        }
    }
    text.split_once(char::is_whitespace).unwrap_or((text, ""))
}

fn value(attributes: &[(String, String)], name: &str) -> Option<String> {
    attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
}

/// The references that pages of the product use.
#[must_use]
pub fn unescape(text: &str) -> String {
    let named = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#34;", "\"")];
    let numbered = [("&#60;", "<"), ("&#62;", ">"), ("&#39;", "'"), ("&#x27;", "'")];
    let mut plain = text.to_owned();
    for (reference, letter) in named.into_iter().chain(numbered) {
        plain = plain.replace(reference, letter);
    }
    plain.replace("&#38;", "&").replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_read_with_all_that_it_sends() {
        let page = r#"<p>a > b</p><!-- <form action="/no"> --><form method=POST action="/f/1?a&amp;b">
            <input type="hidden" name="stamp" value="x&quot;y"><input name=address type=email required>
            <label><input type="checkbox" name="keep" value="7"> Seven</label>
            <input type="checkbox" name="consent" checked>
            <select name="topic"><option value="1">One</option><option value="2" selected>Two</option></select>
            <select name="size"><option>small</option><option>large</option></select>
            <textarea name="note">old</textarea><button name="act" value="go">Go</button></form><input name="outside">"#;
        let mut forms = Form::read_all(page);
        assert_eq!(forms.len(), 1);
        let form = &mut forms[0];
        assert_eq!((form.action.as_str(), form.method.as_str()), ("/f/1?a&b", "post"));
        assert_eq!(form.buttons, [("act".to_owned(), "go".to_owned())]);
        form.fill("address", "a@b.test").expect("there");
        assert!(form.fill("name", "x").is_err());
        form.tick("keep");
        assert_eq!(
            form.pairs(),
            [
                ("stamp", "x\"y"),
                ("address", "a@b.test"),
                ("consent", "on"),
                ("topic", "2"),
                ("size", "small"),
                ("note", "old"),
                ("keep", "7")
            ]
        );
    }
}

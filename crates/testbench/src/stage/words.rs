//! What the accounts of the stage write.

/// The words of one account.
#[derive(Clone, Copy, Debug)]
pub(super) struct Words {
    /// Name and public name of tags.
    pub(super) tags: [(&'static str, &'static str); 2],
    /// The name of a form that is closed.
    pub(super) form: &'static str,
    /// A website whose proof is missing.
    pub(super) site: &'static str,
    /// A statement that waits for the operator.
    pub(super) statement: &'static str,
    /// A domain whose records are missing.
    pub(super) domain: &'static str,
    /// The part of a second sender's address before the @, and its name.
    pub(super) sender: (&'static str, &'static str),
    /// Subjects of newsletters: sent, a draft, scheduled, on its way, paused.
    pub(super) subjects: [&'static str; 5],
    /// Subjects of autoresponders: active, a draft.
    pub(super) series: [&'static str; 2],
    /// A text with a heading, a list, a link and a merge field.
    pub(super) body: &'static str,
    /// The same text a little later.
    pub(super) body_again: &'static str,
    /// What the owner asks the operator.
    pub(super) question: &'static str,
}

const GERMAN: Words = Words {
    tags: [("stammgaeste", "Angebote für Stammgäste"), ("termine", "Termine und Kurse")],
    form: "Messestand im Frühjahr",
    site: "blog.gartenhof.example",
    statement: "Einmal im Monat die Termine unserer Schnittkurse, mit Ort, Preis und Zahl der freien Plätze",
    domain: "post.gartenhof.example",
    sender: ("kurse", "Kurse im Gartenhof"),
    subjects: [
        "Was im Beet überwintert",
        "Schnittkurs im Februar",
        "Saatgut ist da",
        "Die Winterpause beginnt",
        "Neue Öffnungszeiten",
    ],
    series: ["Willkommen, und was Sie erwartet", "Nach vier Wochen"],
    body: "Guten Tag {{ given_name | default(\"\") }},\n\n# Was jetzt zu tun ist\n\nDrei Dinge vor dem Frost:\n\n- Dahlien \
           ausgraben\n- Kübel ins Haus holen\n- Laub unter die Hecke\n\n[Zum ganzen Beitrag](https://www.gartenhof.example/frost)\n",
    body_again: "Guten Tag {{ given_name | default(\"\") }},\n\n# Was jetzt zu tun ist\n\nVier Dinge vor dem Frost:\n\n- Dahlien \
           ausgraben\n- Kübel ins Haus holen\n- Laub unter die Hecke\n- Wasserhahn zudrehen\n\n[Zum ganzen Beitrag](https://www.gartenhof.example/frost)\n",
    question: "Dürfen wir unsere Kursteilnehmer von vor drei Jahren anschreiben, wenn sie damals auf einer Liste unterschrieben haben?",
};

const ENGLISH: Words = Words {
    tags: [("regulars", "Offers for regulars"), ("evenings", "Open evenings")],
    form: "Trade fair in spring",
    site: "blog.lampchair.example",
    statement: "Once a month the dates of our open evenings, with the place, the guests and how many seats are left",
    domain: "mail.lampchair.example",
    sender: ("evenings", "Open evenings at Lamp and Chair"),
    subjects: [
        "How we light a small room",
        "An open evening in February",
        "The oak chair is back",
        "We close for the holidays",
        "New opening hours",
    ],
    series: ["Welcome, and what to expect", "After four weeks"],
    body: "Hello {{ given_name | default(\"there\") }},\n\n# One lamp, three places\n\nIt stands well:\n\n- beside a bed\n- \
           on a sill\n- under a shelf\n\n[Read all of it](https://shop.lampchair.example/rooms)\n",
    body_again: "Hello {{ given_name | default(\"there\") }},\n\n# One lamp, four places\n\nIt stands well:\n\n- beside a bed\n- \
           on a sill\n- under a shelf\n- on the floor\n\n[Read all of it](https://shop.lampchair.example/rooms)\n",
    question: "May we write to people who left their address in our guest book three years ago?",
};

/// The words for a language.
pub(super) fn of(language: &str) -> Words {
    if language == "de" { GERMAN } else { ENGLISH }
}

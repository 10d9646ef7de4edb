//! Folding of text for comparisons: case, accents, look-alike letters.
//!
//! Lists of forbidden words would be worthless if an accent or a Cyrillic
//! letter got around them. The folded text is for comparing only and is never
//! shown; what contacts are looked for by is kept folded ([`crate::search`]).

/// Lower-cases, drops accents and turns letters that look Latin into Latin ones.
pub(crate) fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars().flat_map(char::to_lowercase) {
        match letter {
            '\u{300}'..='\u{36f}' => {}
            'ß' | 'ẞ' => out.push_str("ss"),
            'æ' => out.push_str("ae"),
            'œ' => out.push_str("oe"),
            '\u{ff01}'..='\u{ff5e}' => out.extend(full_width(letter).to_lowercase()),
            _ => out.push(plain(letter)),
        }
    }
    out
}

/// The ASCII twin of a full-width form.
fn full_width(letter: char) -> char {
    char::from_u32(u32::from(letter) - 0xfee0).unwrap_or(letter)
}

/// One letter without its accent, or its Latin look-alike.
fn plain(letter: char) -> char {
    const TABLE: &[(&str, char)] = &[
        ("àáâãäåāăąα\u{430}", 'a'),
        ("çćčсϲ", 'c'),
        ("ďđԁ", 'd'),
        ("èéêëēėęěеё", 'e'),
        ("ğģ", 'g'),
        ("һ", 'h'),
        ("ìíîïīįıіιї", 'i'),
        ("ј", 'j'),
        ("κк", 'k'),
        ("łľļӏ", 'l'),
        ("м", 'm'),
        ("ñńňņ", 'n'),
        ("òóôõöøōőоο", 'o'),
        ("рρ", 'p'),
        ("ŕř", 'r'),
        ("śšşșѕ", 's'),
        ("ťţțт", 't'),
        ("ùúûüūůűųυ", 'u'),
        ("ν", 'v'),
        ("ŵԝ", 'w'),
        ("хχ", 'x'),
        ("ýÿу", 'y'),
        ("źżž", 'z'),
    ];
    if letter.is_ascii() {
        return letter;
    }
    TABLE.iter().find(|(letters, _)| letters.contains(letter)).map_or(letter, |&(_, latin)| latin)
}

/// The folded words of a text: runs of letters and runs of digits.
pub(crate) fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut last = Kind::Other;
    for letter in fold(text).chars() {
        let kind = Kind::of(letter);
        if kind == Kind::Other {
            last = kind;
            continue;
        }
        match words.last_mut() {
            Some(word) if kind == last => word.push(letter),
            _ => words.push(letter.to_string()),
        }
        last = kind;
    }
    words
}

#[derive(PartialEq, Eq, Clone, Copy)]
enum Kind {
    Letter,
    Digit,
    Other,
}

impl Kind {
    fn of(letter: char) -> Self {
        if letter.is_numeric() {
            Self::Digit
        } else if letter.is_alphabetic() {
            Self::Letter
        } else {
            Self::Other
        }
    }
}

/// Control, bidirectional, invisible and line-breaking characters: never part of a name or a line.
pub(crate) fn is_unprintable(letter: char) -> bool {
    letter.is_control()
        || matches!(letter,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// Trims a text and makes every run of spaces one space.
pub(crate) fn one_spaced(text: &str) -> String {
    text.split([' ', '\u{a0}']).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding_sees_through_accents_and_look_alikes() {
        assert_eq!(fold("Boîte POSTALE"), "boite postale");
        assert_eq!(fold("Boi\u{302}te"), "boite");
        assert_eq!(fold("n\u{43e}-reply"), "no-reply");
        assert_eq!(fold("ｎｏｒｅｐｌｙ"), "noreply");
        assert_eq!(fold("Straße"), "strasse");
    }

    #[test]
    fn words_are_runs_of_letters_and_runs_of_digits() {
        assert_eq!(words("P.O. Box12"), ["p", "o", "box", "12"]);
        assert_eq!(words("  --  "), Vec::<String>::new());
    }
}

//! Invented people: the same seed gives the same people. All domains are reserved for examples
//! and tests; nobody real has such an address.

const GIVEN: [&str; 32] = [
    "Ada", "Bela", "Cora", "Dario", "Elif", "Finn", "Greta", "Henrik", "Ines", "Jonas", "Käthe", "Levi", "Mira",
    "Noor", "Oskar", "Paula", "Quirin", "Rosa", "Sören", "Thea", "Ugo", "Vera", "Wanda", "Xaver", "Yara", "Zeno",
    "Anouk", "Björn", "Clara", "Emre", "Frida", "Ole",
];
const FAMILY: [&str; 32] = [
    "Abendrot",
    "Birkholz",
    "Chlodwig",
    "Dornbusch",
    "Eichengrün",
    "Falkenau",
    "Gänseblum",
    "Haselbach",
    "Immergrün",
    "Junkerfeld",
    "Kieselstein",
    "Lindenau",
    "Moosbach",
    "Nordlicht",
    "Ofenloch",
    "Pappelweg",
    "Quellbach",
    "Rosenhag",
    "Silbertau",
    "Tannhof",
    "Uferschwalb",
    "Veilchental",
    "Wiesengrund",
    "Xantenfels",
    "Ypsilanti",
    "Zaunkoenig",
    "Ackerwinde",
    "Bachstelz",
    "Distelfink",
    "Ährenfeld",
    "Farnkraut",
    "Glimmer",
];
const PLACES: [&str; 8] =
    ["Musterstadt", "Beispielheim", "Probendorf", "Testingen", "Neumuster", "Altbeispiel", "Versuchsau", "Entwurfen"];

/// The domains that people live at unless others are given.
pub const DOMAINS: [&str; 6] =
    ["post.test", "mail.test", "brief.example", "posthof.example", "kurier.test", "bote.example"];

/// A small generator (SplitMix64), so that a seed means the same with every library version.
#[derive(Clone, Debug)]
pub struct Seed(u64);

impl Seed {
    /// Begins with this seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number.
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `limit`, which is not 0.
    ///
    /// # Panics
    /// When `limit` is 0.
    pub fn below(&mut self, limit: u64) -> u64 {
        assert!(limit > 0, "nothing is below 0");
        let wide = u128::from(self.number()) * u128::from(limit);
        u64::try_from(wide >> 64).expect("the upper half fits")
    }

    /// True in `permille` of 1,000 cases.
    pub fn chance(&mut self, permille: u64) -> bool {
        self.below(1000) < permille
    }

    /// One of these.
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        let place = self.below(from.len() as u64);
        &from[usize::try_from(place).expect("a place in a slice")]
    }

    /// Puts these in random order.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for place in (1..items.len()).rev() {
            let other = self.below(place as u64 + 1);
            items.swap(place, usize::try_from(other).expect("a place in a slice"));
        }
    }
}

/// Somebody who does not exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Given name; may hold letters outside ASCII.
    pub given: String,
    /// Family name; may hold letters outside ASCII.
    pub family: String,
    /// A place that does not exist.
    pub place: String,
    /// An address in ASCII; no two people of one call share one.
    pub address: String,
}

impl Person {
    /// Given and family name.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{} {}", self.given, self.family)
    }

    /// The domain of the address.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.address.rsplit_once('@').map_or("", |(_, domain)| domain)
    }
}

/// Invents `count` people at [`DOMAINS`].
#[must_use]
pub fn people(seed: u64, count: usize) -> Vec<Person> {
    people_at(seed, count, &DOMAINS)
}

/// Invents `count` people at these domains.
#[must_use]
pub fn people_at(seed: u64, count: usize, domains: &[&str]) -> Vec<Person> {
    let mut seed = Seed::new(seed);
    (0..count).map(|number| person(&mut seed, number, domains)).collect()
}

fn person(seed: &mut Seed, number: usize, domains: &[&str]) -> Person {
    let (given, family) = (*seed.pick(&GIVEN), *seed.pick(&FAMILY));
    let domain = *seed.pick(domains);
    let mark = *seed.pick(&[".", "-", "_", ""]);
    // The number keeps addresses apart, whatever the names.
    let local = format!("{}{mark}{}{number}", ascii(given), ascii(family));
    Person {
        given: given.to_owned(),
        family: family.to_owned(),
        place: (*seed.pick(&PLACES)).to_owned(),
        address: format!("{local}@{domain}"),
    }
}

/// A name in ASCII, as it stands in headers of simple programs.
#[must_use]
pub fn plain(name: &str) -> String {
    ascii(name)
}

fn ascii(name: &str) -> String {
    let mut plain = String::with_capacity(name.len() + 2);
    for letter in name.to_lowercase().chars() {
        match letter {
            'ä' => plain.push_str("ae"),
            'ö' => plain.push_str("oe"),
            'ü' => plain.push_str("ue"),
            'ß' => plain.push_str("ss"),
            other => plain.push(other),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn a_seed_always_gives_the_same_people_and_another_seed_others() {
        assert_eq!(people(7, 50), people(7, 50));
        assert_ne!(people(7, 50), people(8, 50));
        assert_eq!(Seed::new(0).number(), 0xe220_a839_7b1d_cdaf);
    }

    #[test]
    fn addresses_are_distinct_ascii_and_of_nobody() {
        let many = people(1, 20_000);
        let distinct: HashSet<_> = many.iter().map(|person| person.address.as_str()).collect();
        assert_eq!(distinct.len(), many.len());
        for person in &many {
            assert!(person.address.is_ascii(), "{}", person.address);
            let domain = person.domain();
            assert!(domain.ends_with(".test") || domain.ends_with(".example"), "{domain}");
        }
    }
}

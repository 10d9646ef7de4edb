//! Settings: each is defined once, with its bounds, and from that definition
//! come the check of the configuration, the help and the example file.
//!
//! A door defines its settings with [`settings!`](crate::settings!) in its own
//! crate; `server` collects all [`Key`]s, reads the file and the environment
//! and gives the checked [`Values`] back to the doors. No setting switches a
//! control off: a key that touches one says so and has bounds (R2).

mod layers;
mod render;
mod shown;
mod values;

pub use layers::{ENV_PREFIX, Problem, Raw, SettingProblem, Source};
pub use render::example;
pub use shown::{Origin, Shown, shown};
pub use values::{Value, Values};

/// The definition of one setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// `section.key`, or `key` where it stands above all sections.
    pub name: &'static str,
    /// What it does, in a sentence or two.
    pub help: &'static str,
    /// The value that holds where nothing is set.
    pub default: DefaultValue,
    /// What values are allowed.
    pub kind: Kind,
    /// The setting touches a control of the published policies: R2's test sets it to both ends.
    pub touches_control: bool,
}

/// What values a setting takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A whole number within bounds, both included.
    Int {
        /// Smallest.
        min: i64,
        /// Largest.
        max: i64,
    },
    /// `true` or `false`.
    Bool,
    /// One line of text; the limit is in characters. Empty means not set.
    Text {
        /// Most characters.
        max: usize,
    },
    /// One of some words.
    Choice(&'static [&'static str]),
    /// A list of lines of text.
    List {
        /// Most entries.
        max: usize,
    },
    /// A span such as `90s`, `15m`, `24h`, `4d`, within bounds, both included.
    Duration {
        /// Shortest, in seconds.
        min_seconds: u64,
        /// Longest, in seconds.
        max_seconds: u64,
    },
}

/// A default value. Must be of the key's kind; [`Values::from_layers`] checks that like any other value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DefaultValue {
    /// For [`Kind::Int`].
    Int(i64),
    /// For [`Kind::Bool`].
    Bool(bool),
    /// For [`Kind::Text`] and [`Kind::Choice`].
    Text(&'static str),
    /// For [`Kind::List`].
    List(&'static [&'static str]),
    /// For [`Kind::Duration`], in seconds.
    Seconds(u64),
    /// There is none: the operator must set the key.
    Required,
}

impl Key {
    /// The name of the environment variable: `JAWORT_SECTION__KEY`.
    #[must_use]
    pub fn env_name(&self) -> String {
        format!("{ENV_PREFIX}{}", self.name.to_ascii_uppercase().replace('.', "__"))
    }
}

/// Defines a struct of settings together with their keys.
///
/// The section's name ends in a dot; an empty one puts the keys above all
/// sections. Defaults are single literals. Kinds: `int(min, max)`, `bool`, `text(max)`, `choice("a", "b")`,
/// `list(max)`, `duration(min, max)` in seconds. Behind the default stands
/// `control` for a key that touches a control of the policies (R2), else
/// `plain`. In place of a default, `required` makes the operator set it.
///
/// ```
/// policy::settings! {
///     /// How the doors listen.
///     pub struct Listen in "listen." {
///         connections: int(1, 10_000) = 500, plain, "Connections at once.";
///         idle: duration(5, 600) = 60, plain, "An idle connection is closed after this time.";
///         names: list(10) = &[], plain, "Further host names.";
///     }
/// }
/// let values = policy::settings::Values::from_layers(Listen::KEYS, &Default::default(), []).expect("defaults are valid");
/// assert_eq!(Listen::from_values(&values).connections, 500);
/// ```
#[macro_export]
macro_rules! settings {
    (@type int) => { i64 };
    (@type bool) => { bool };
    (@type text) => { String };
    (@type choice) => { String };
    (@type list) => { Vec<String> };
    (@type duration) => { ::std::time::Duration };

    (@kind int($min:expr, $max:expr)) => { $crate::settings::Kind::Int { min: $min, max: $max } };
    (@kind bool) => { $crate::settings::Kind::Bool };
    (@kind text($max:expr)) => { $crate::settings::Kind::Text { max: $max } };
    (@kind choice($($word:expr),+)) => { $crate::settings::Kind::Choice(&[$($word),+]) };
    (@kind list($max:expr)) => { $crate::settings::Kind::List { max: $max } };
    (@kind duration($min:expr, $max:expr)) => {
        $crate::settings::Kind::Duration { min_seconds: $min, max_seconds: $max }
    };

    (@default $kind:ident required) => { $crate::settings::DefaultValue::Required };
    (@default int $value:expr) => { $crate::settings::DefaultValue::Int($value) };
    (@default bool $value:expr) => { $crate::settings::DefaultValue::Bool($value) };
    (@default text $value:expr) => { $crate::settings::DefaultValue::Text($value) };
    (@default choice $value:expr) => { $crate::settings::DefaultValue::Text($value) };
    (@default list $value:expr) => { $crate::settings::DefaultValue::List($value) };
    (@default duration $value:expr) => { $crate::settings::DefaultValue::Seconds($value) };

    (@control control) => { true };
    (@control plain) => { false };

    (
        $(#[$doc:meta])*
        $vis:vis struct $name:ident in $section:literal {
            $( $field:ident : $kind:ident $(($($arg:expr),+))? = $default:tt $([$($element:expr),*])?, $touch:ident, $help:literal; )+
        }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        $vis struct $name {
            $( #[doc = $help] $vis $field: $crate::settings!(@type $kind), )+
        }

        impl $name {
            /// The definitions of these settings.
            $vis const KEYS: &'static [$crate::settings::Key] = &[
                $( $crate::settings::Key {
                    name: concat!($section, stringify!($field)),
                    help: $help,
                    default: $crate::settings!(@default $kind $default $([$($element),*])?),
                    kind: $crate::settings!(@kind $kind $(($($arg),+))?),
                    touches_control: $crate::settings!(@control $touch),
                }, )+
            ];

            /// Takes the settings from checked values.
            ///
            /// # Panics
            /// When the values were not made with [`Self::KEYS`] among the keys.
            #[must_use]
            $vis fn from_values(values: &$crate::settings::Values) -> Self {
                Self {
                    $( $field: values.$kind(concat!($section, stringify!($field))), )+
                }
            }
        }
    };
}

settings! {
    /// Sign-ups (R8, R18, C2).
    pub struct SignupSettings in "signup." {
        timeout_days: int(1, 7) = 3, control,
            "Days after which a sign-up that nobody confirmed is forgotten.";
        per_ip_hour: int(1, 100) = 10, control,
            "Sign-ups per hour from one IP address.";
        per_network_hour: int(1, 1000) = 50, control,
            "Sign-ups per hour from one IPv4 network (/24).";
        per_network6_hour: int(1, 1000) = 20, control,
            "Sign-ups per hour from one IPv6 network (/56).";
        per_form_hour: int(1, 100_000) = 500, control,
            "Sign-ups per hour by one form; above it visitors must prove to be persons.";
    }
}

settings! {
    /// The review of legal notices (R48).
    pub struct LegalNoticeSettings in "legal_notice." {
        review_at_contacts: int(1, 5000) = 500, control,
            "From so many contacts on the operator checks an account's legal notice; larger sends wait for it.";
    }
}

settings! {
    /// Unsubscribing (D1).
    pub struct UnsubscribeSettings in "unsubscribe." {
        body_link: choice("auto", "get") = "auto", control,
            "How the link in a mail's body acts: auto = the page submits itself at once, scanners change nothing; get = the first fetch acts.";
    }
}

settings! {
    /// Bounces (D5).
    pub struct BounceSettings in "bounce." {
        reset_on_delivery: bool = false, control,
            "Whether a delivery clears the soft bounces of an address. Off is the strict reading of the policy; the public page names the mode.";
    }
}

settings! {
    /// Cases of the abuse desk (R92). These may only be shortened.
    pub struct CaseSettings in "case." {
        first_look_hours: int(1, 24) = 24, control,
            "Hours of working days until a person first looks at a case.";
        decision_days: int(1, 5) = 5, control,
            "Working days until a case is decided.";
    }
}

settings! {
    /// Bulk mail (T5).
    pub struct BulkSettings in "bulk." {
        expiry_hours: int(24, 120) = 96, control,
            "Hours for which a deferred newsletter or autoresponder is tried; then it counts as a soft bounce.";
    }
}

settings! {
    /// Signatures (D8). Stands above all sections.
    pub struct DomainKeysSettings in "" {
        domainkeys: choice("on", "retired") = "on", control,
            "Whether mail is also signed with DomainKeys and Sender ID records are published. Both are historic; the public page names the mode.";
    }
}

/// How the unsubscribe link in a mail's body acts (D1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BodyLink {
    /// The page submits itself: one human click ends all mail, a scanner's fetch changes nothing.
    Auto,
    /// The fetch itself acts.
    Get,
}

impl UnsubscribeSettings {
    /// How the link in the body acts.
    #[must_use]
    pub fn mode(&self) -> BodyLink {
        if self.body_link == "get" { BodyLink::Get } else { BodyLink::Auto }
    }
}

impl DomainKeysSettings {
    /// Whether mail is signed with DomainKeys, and Sender ID records are published (D8, D9).
    #[must_use]
    pub fn active(&self) -> bool {
        self.domainkeys != "retired"
    }
}

/// All settings of the published policies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicySettings {
    /// Sign-ups.
    pub signup: SignupSettings,
    /// Reviews of legal notices.
    pub legal_notice: LegalNoticeSettings,
    /// Unsubscribing.
    pub unsubscribe: UnsubscribeSettings,
    /// Bounces.
    pub bounce: BounceSettings,
    /// Cases.
    pub case: CaseSettings,
    /// Bulk mail.
    pub bulk: BulkSettings,
    /// Signatures.
    pub domainkeys: DomainKeysSettings,
}

impl PolicySettings {
    /// The definitions of all of them.
    #[must_use]
    pub fn keys() -> Vec<Key> {
        [
            DomainKeysSettings::KEYS,
            SignupSettings::KEYS,
            LegalNoticeSettings::KEYS,
            UnsubscribeSettings::KEYS,
            BounceSettings::KEYS,
            CaseSettings::KEYS,
            BulkSettings::KEYS,
        ]
        .concat()
    }

    /// Takes the settings from checked values.
    ///
    /// # Panics
    /// When the values were not made with [`Self::keys`] among the keys.
    #[must_use]
    pub fn from_values(values: &Values) -> Self {
        Self {
            signup: SignupSettings::from_values(values),
            legal_notice: LegalNoticeSettings::from_values(values),
            unsubscribe: UnsubscribeSettings::from_values(values),
            bounce: BounceSettings::from_values(values),
            case: CaseSettings::from_values(values),
            bulk: BulkSettings::from_values(values),
            domainkeys: DomainKeysSettings::from_values(values),
        }
    }

    /// The settings where nothing is configured.
    #[must_use]
    pub fn defaults() -> Self {
        let none = std::collections::BTreeMap::new();
        let values = Values::from_layers(&Self::keys(), &none, []).expect("defaults lie within their bounds");
        Self::from_values(&values)
    }
}

#[cfg(test)]
mod tests;

//! One function for each sentence, one file for each area. A line there is the only place that names
//! a key in Rust.
//!
//! A new area is a line in the list below, a file beside this one, and `ftl/{de,en}/{area}.ftl`.

/// Makes the functions that say the sentences `{area}_{name}`, and [`Say`](dates::Say) for templates.
macro_rules! sentences {
    ($module:ident: $($name:ident($($arg:ident: $kind:ty),*);)*) => {
        use crate::{Language, bundles};

        /// The area's sentences in one language, for templates: `{{ t.title() }}`.
        #[derive(Clone, Copy, Debug)]
        pub struct Say(pub Language);

        impl Say {
            $(
                #[doc = concat!("Says `", stringify!($module), "_", stringify!($name), "`.")]
                #[must_use]
                pub fn $name(self $(, $arg: $kind)*) -> String {
                    self::$name(self.0 $(, $arg)*)
                }
            )*
        }

        $(
            #[doc = concat!("Says `", stringify!($module), "_", stringify!($name), "`.")]
            #[must_use]
            pub fn $name(language: Language $(, $arg: $kind)*) -> String {
                let key = concat!(stringify!($module), "_", stringify!($name));
                bundles::say(language, key, &[$((stringify!($arg), $arg.into())),*])
            }
        )*

        /// Every key with its arguments and the sentence said with samples of them.
        #[cfg(test)]
        pub(crate) fn all(language: Language) -> Vec<(&'static str, Vec<&'static str>, String)> {
            use crate::tests::Sample;
            vec![$((
                concat!(stringify!($module), "_", stringify!($name)),
                vec![$(stringify!($arg)),*],
                Say(language).$name($(<$kind>::sample(concat!("‹", stringify!($arg), "›"))),*),
            )),*]
        }
    };
}

/// Declares the areas, and the files of each language.
macro_rules! areas {
    ($($area:ident)*) => {
        $(pub mod $area;)*

        /// The German files, as they were compiled in.
        pub(crate) const GERMAN: &[&str] = &[
            $(include_str!(concat!("../../ftl/de/", stringify!($area), ".ftl")),)*
            include_str!("../../ftl/de/refusals.ftl"),
        ];
        /// The English files, as they were compiled in.
        pub(crate) const ENGLISH: &[&str] = &[
            $(include_str!(concat!("../../ftl/en/", stringify!($area), ".ftl")),)*
            include_str!("../../ftl/en/refusals.ftl"),
        ];

        /// Keys, arguments and sample sentences of every area.
        #[cfg(test)]
        pub(crate) fn all(language: crate::Language) -> Vec<(&'static str, Vec<&'static str>, String)> {
            [$($area::all(language)),*].concat()
        }
    };
}

areas! {
    account
    audience
    content
    dates
    desk
    dns
    entry
    errors
    invalid
    mail
    mailings
    pages
    score
    setup
    ui
}

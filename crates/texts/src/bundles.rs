//! The sentences of both languages, read once.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, Ordering};

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};

use crate::{Language, keys};

/// The files of a language, as they were compiled in.
pub(crate) const fn files(language: Language) -> &'static [&'static str] {
    match language {
        Language::De => keys::GERMAN,
        Language::En => keys::ENGLISH,
    }
}

static GERMAN: LazyLock<FluentBundle<FluentResource>> = LazyLock::new(|| read(Language::De));
static ENGLISH: LazyLock<FluentBundle<FluentResource>> = LazyLock::new(|| read(Language::En));

static MARKED: AtomicBool = AtomicBool::new(false);

/// For tests: from now on every sentence of this process stands between `⟦` and `⟧`, so that text which
/// did not come from here can be told apart.
pub fn mark_every_sentence() {
    MARKED.store(true, Ordering::Relaxed);
}

const TESTED: &str = "the tests read every sentence of both languages";

fn read(language: Language) -> FluentBundle<FluentResource> {
    let code = language.code().parse().expect("de and en are language codes");
    let mut bundle = FluentBundle::new_concurrent(vec![code]);
    // The marks around arguments would stand in plain-text mails and break copied addresses.
    bundle.set_use_isolating(false);
    for file in files(language) {
        let resource = FluentResource::try_new((*file).to_owned()).map_err(|(_, errors)| errors);
        bundle.add_resource(resource.expect(TESTED)).expect(TESTED);
    }
    bundle
}

/// The sentence under `key` with its arguments; `None` if there is none.
pub(crate) fn find(language: Language, key: &str, arguments: &[(&'static str, FluentValue<'_>)]) -> Option<String> {
    let bundle = match language {
        Language::De => &*GERMAN,
        Language::En => &*ENGLISH,
    };
    let pattern = bundle.get_message(key)?.value()?;
    let arguments: FluentArgs<'_> = arguments.iter().cloned().collect();
    let mut errors = Vec::new();
    let text = bundle.format_pattern(pattern, Some(&arguments), &mut errors).into_owned();
    debug_assert!(errors.is_empty(), "{key}: {errors:?}");
    Some(if MARKED.load(Ordering::Relaxed) { format!("⟦{text}⟧") } else { text })
}

/// The sentence under a key of this crate.
pub(crate) fn say(language: Language, key: &str, arguments: &[(&'static str, FluentValue<'_>)]) -> String {
    find(language, key, arguments).expect(TESTED)
}

//! The pages of an account, one module for each area.

mod activity;
mod ask;
pub(crate) mod audience;
pub(crate) mod authors;
pub(crate) mod mailings;
mod overview;
mod score;
mod settings;
mod setup;
mod team;
mod tokens;

use crate::ui::table::Page;

pub(crate) use setup::{domain_badge, place_badge};

/// The pages of every area, in the order of the navigation.
pub(crate) fn pages() -> Vec<Page> {
    let work = [overview::pages(), score::pages(), audience::pages(), mailings::pages(), setup::pages()];
    let account = [team::pages(), tokens::pages(), settings::pages(), activity::pages(), ask::pages()];
    work.into_iter().chain(account).flatten().collect()
}

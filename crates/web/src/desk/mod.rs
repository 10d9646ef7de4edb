//! The pages of the operator's people: what waits for them, cases and their evidence, accounts, reviews,
//! the exclusion list, destinations, incidents, settings.
//!
//! A page here shows what others wrote: letters, reports, subjects, names, SMTP replies. All of it is text
//! to us and is escaped by the templates; a customer's HTML is shown in a frame of its own address that may
//! run and load nothing ([`evidence`]). What cannot be taken back is asked for once more, with a sentence
//! that says what will happen ([`ask`]), before anything changes.

mod account;
mod accounts;
mod acts;
mod arrived;
mod ask;
mod audit;
mod case;
mod dns;
mod evidence;
mod exclusions;
mod first_run;
mod health;
mod incidents;
mod overview;
mod providers;
mod queue;
mod reviews;
mod settings;
mod show;
mod steps;
mod websites;

use crate::ui::form::{Field, Kind, must};
use crate::ui::table::{Page, page};

/// Why, in words; whoever decides signs with the name of the log-in.
const REASON: Field = must("reason", texts::desk::field_reason, Kind::Text(2_000)).hint(texts::desk::field_reason_hint);
/// The same where the customer reads it.
const REASON_TOLD: Field =
    must("reason", texts::desk::field_reason, Kind::Text(2_000)).hint(texts::desk::field_reason_told);
const ONLY_REASON: &[Field] = &[REASON];
const ONLY_REASON_TOLD: &[Field] = &[REASON_TOLD];

/// The pages of every area, in the order of the navigation.
pub(crate) fn pages() -> Vec<Page> {
    [overview_and_cases(), accounts_and_reviews(), installation(), first_run::pages()].into_iter().flatten().collect()
}

fn overview_and_cases() -> Vec<Page> {
    vec![
        page!(GET "/desk", Operator, "desk", overview::show),
        page!(GET "/desk/cases", Operator, "desk-cases", queue::show),
        page!(GET "/desk/cases/{case}", Operator, "desk-case", case::show),
        page!(POST "/desk/cases/{case}/look", Operator, "desk-case-look", acts::look),
        page!(POST "/desk/cases/{case}/decide", Operator, "desk-case-decide", acts::decide, form = acts::DECIDE),
        page!(POST "/desk/cases/{case}/attribute", Operator, "desk-case-attribute", acts::attribute, form = acts::ATTRIBUTE),
        page!(POST "/desk/cases/{case}/reclassify", Operator, "desk-case-reclassify", acts::reclassify, form = acts::RECLASSIFY),
        page!(GET "/desk/cases/{case}/reports/{report}", Operator, "desk-report", evidence::report),
        page!(GET "/desk/mails/{mailing}/{contact}", Operator, "desk-mail", evidence::mail),
        page!(GET "/desk/mails/{mailing}/{contact}/body", Operator, "desk-mail-body", evidence::body),
        page!(GET "/desk/consents/{contact}", Operator, "desk-consent", evidence::consent),
    ]
}

fn accounts_and_reviews() -> Vec<Page> {
    vec![
        page!(GET "/desk/reviews", Operator, "desk-reviews", reviews::show),
        page!(POST "/desk/reviews/legal-notices/{account}/{version}", Operator, "desk-review-legal", reviews::decide_legal, form = reviews::REVIEW),
        page!(POST "/desk/reviews/topics/{account}/{topic}/{version}", Operator, "desk-review-topic", reviews::decide_topic, form = reviews::REVIEW),
        page!(GET "/desk/reviews/websites", Operator, "desk-websites", websites::show),
        page!(GET "/desk/accounts", Operator, "desk-accounts", accounts::show),
        page!(GET "/desk/accounts/new", Operator, "desk-account-new", accounts::new),
        page!(POST "/desk/accounts/new", Operator, "desk-account-new", accounts::add, form = accounts::NEW),
        page!(GET "/desk/accounts/{account}", Operator, "desk-account", account::show),
        page!(POST "/desk/accounts/{account}/suspend", Operator, "desk-account-suspend", account::suspend, form = ONLY_REASON_TOLD),
        page!(GET "/desk/exclusions", Operator, "desk-exclusions", exclusions::show),
        page!(POST "/desk/exclusions", Operator, "desk-exclusions", exclusions::find, form = exclusions::ADDRESS),
        page!(POST "/desk/exclusions/add", Operator, "desk-exclusion-add", exclusions::add, form = exclusions::SIGNED),
        page!(POST "/desk/exclusions/lift", Operator, "desk-exclusion-lift", exclusions::lift, form = exclusions::SIGNED),
        page!(POST "/desk/exclusions/silence", Operator, "desk-silence-lift", exclusions::lift_silence, form = exclusions::SIGNED),
    ]
}

fn installation() -> Vec<Page> {
    vec![
        page!(GET "/desk/providers", Operator, "desk-providers", providers::show),
        page!(POST "/desk/providers/pause", Operator, "desk-pause", providers::pause, form = ONLY_REASON),
        page!(POST "/desk/providers/resume", Operator, "desk-resume", providers::resume, form = ONLY_REASON),
        page!(POST "/desk/providers/groups", Operator, "desk-group-resume", providers::resume_group, form = providers::GROUP),
        page!(GET "/desk/incidents", Operator, "desk-incidents", incidents::show),
        page!(GET "/desk/incidents/{incident}", Operator, "desk-incident", incidents::one),
        page!(POST "/desk/incidents/{incident}", Operator, "desk-incident-decide", incidents::decide, form = incidents::DECIDE),
        page!(GET "/desk/arrived", Operator, "desk-arrived", arrived::list),
        page!(GET "/desk/arrived/{mail}", Operator, "desk-arrived-one", arrived::one),
        page!(POST "/desk/arrived/{mail}/again", Operator, "desk-arrived-again", arrived::again),
        page!(GET "/desk/dns", Operator, "desk-dns", dns::show),
        page!(GET "/desk/settings", Operator, "desk-settings", settings::show),
        page!(GET "/desk/audit", Operator, "desk-audit", audit::show),
    ]
}

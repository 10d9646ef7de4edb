//! How people come in: the page at the root, the log-in, links that work once, and the own access.

mod home;
mod links;
mod login;
mod me;
pub(crate) mod passwords;
mod qr;

use crate::ui::table::{Page, page};

/// The pages of this area.
pub(crate) fn pages() -> Vec<Page> {
    vec![
        page!(GET "/", Public, "home", home::show),
        page!(GET "/login", Public, "login", login::show),
        page!(POST "/login", Public, "login", login::enter, form = login::LOGIN),
        page!(GET "/login/code", Public, "login-code", login::show_code),
        page!(POST "/login/code", Public, "login-code", login::enter_code, form = login::CODE),
        page!(POST "/logout", SignedIn, "logout", login::leave),
        page!(GET "/i/{token}", Public, "invitation", links::invitation),
        page!(POST "/i/{token}", Public, "invitation", links::accept, form = links::ACCEPT),
        page!(GET "/forgot", Public, "forgot", links::forgot),
        page!(POST "/forgot", Public, "forgot", links::ask_reset, form = links::FORGOT),
        page!(GET "/r/{token}", Public, "reset", links::reset),
        page!(POST "/r/{token}", Public, "reset", links::set_password, form = links::RESET),
        page!(GET "/start/{token}", Public, "start", links::start),
        page!(POST "/start/{token}", Public, "start", links::begin, form = links::START),
        page!(GET "/me", SignedIn, "me", me::show),
        page!(POST "/me", SignedIn, "me", me::save, form = me::PROFILE),
        page!(POST "/me/password", SignedIn, "me", me::set_password, form = me::PASSWORD),
        page!(GET "/me/codes", SignedIn, "me-codes", me::show_codes),
        page!(POST "/me/codes", SignedIn, "me-codes", me::codes_on, form = me::CODES_ON),
        page!(POST "/me/codes/off", SignedIn, "me", me::codes_off, form = me::CODES_OFF),
        page!(POST "/me/sessions/{session}/end", SignedIn, "me", me::end_session),
        page!(POST "/me/sign-out-everywhere", SignedIn, "me", me::end_all),
    ]
}

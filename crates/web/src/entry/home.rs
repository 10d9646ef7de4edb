//! The page at the root: who runs this, what it is for, and the way in.

use askama::Template;
use texts::ui;

use crate::ui::navigation;
use crate::ui::shell::Shell;
use crate::ui::table::{Answer, named};
use crate::ui::visit::Visit;

#[derive(Template)]
#[template(path = "entry/home.html")]
struct Home {
    shell: Shell,
    /// Where somebody who is signed in works: address and name.
    places: Vec<(String, String)>,
    /// The log-in.
    enter: String,
}

/// GET: for everybody.
pub(super) async fn show(visit: Visit) -> Answer {
    let language = visit.language;
    let title = ui::home_title(language, &visit.web.gate.house().operator_name);
    let path_of = |name: &str| named(name).map(|page| page.path.to_owned());
    let mut places = Vec::new();
    if let Some(person) = &visit.person {
        places.extend(path_of("desk").filter(|_| person.operator).map(|path| (path, ui::operator_area(language))));
        places.extend(person.accounts.iter().map(|(account, name, _)| (navigation::start(*account), name.clone())));
    }
    visit.show(&Home { shell: visit.shell(title).broad(), places, enter: path_of("login").unwrap_or_default() })
}

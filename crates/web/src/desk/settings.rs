//! The settings of the installation: what holds, where it comes from, what is allowed. Secrets are in no
//! setting; they lie in the file of secrets and sealed in the memory, and no page shows them.

use askama::Template;
use policy::settings::Origin;
use texts::desk;

use super::show::Badge;
use crate::ui::shell::Shell;
use crate::ui::table::Answer;
use crate::ui::visit::Visit;

/// One setting.
struct Row {
    name: &'static str,
    help: &'static str,
    value: String,
    origin: Badge,
    allowed: String,
    control: bool,
}

/// The settings of one section.
struct Section {
    name: String,
    rows: Vec<Row>,
}

#[derive(Template)]
#[template(path = "desk/settings.html")]
struct Settings {
    shell: Shell,
    t: desk::Say,
    sections: Vec<Section>,
}

/// GET: every setting by section.
pub(super) async fn show(visit: Visit) -> Answer {
    let t = desk::Say(visit.language);
    let mut sections: Vec<Section> = Vec::new();
    for setting in visit.web.shown_settings.iter() {
        let name = setting.name.rsplit_once('.').map_or("", |(section, _)| section).to_owned();
        let origin = match setting.origin {
            Origin::Default => Badge::new("open", t.origin_default()),
            Origin::File => Badge::new("info", t.origin_file()),
            Origin::Environment => Badge::new("info", t.origin_environment()),
        };
        let row = Row {
            name: setting.name,
            help: setting.help,
            value: setting.value.clone(),
            origin,
            allowed: setting.allowed.clone(),
            control: setting.touches_control,
        };
        match sections.iter_mut().find(|section| section.name == name) {
            Some(section) => section.rows.push(row),
            None => sections.push(Section { name, rows: vec![row] }),
        }
    }
    visit.show(&Settings { shell: visit.shell(t.settings_title()).lead(t.settings_lead()), t, sections })
}

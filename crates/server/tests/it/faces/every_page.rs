//! Every page that answers to GET, in both languages, light and dark, wide and narrow.

use std::collections::BTreeSet;
use std::path::PathBuf;

use testbench::browser::{Asked, Axe, Browser, Habits, NoBrowser};
use testbench::stage::{Set, Stage};

use super::hand::sign_in;
use super::tour::{Guest, Stop, Visit, visit};
use super::{marked, program};

/// Where the pictures lie.
const PICTURES: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/faces");
const WIDE: (u32, u32) = (1280, 900);
const NARROW: (u32, u32) = (375, 800);
/// 400 % of 1280 (WCAG 1.4.10).
const REFLOW: (u32, u32) = (320, 800);
/// What a mail in its frame need not have. The frame has a title of its own; and the block of the signature
/// fixes its letters, so that no style of a customer can hide it (R26).
const OF_MAILS: [&str; 2] = ["document-title", "avoid-inline-spacing"];
/// Each size and scheme, what is asked of it, and whether a picture of it is kept.
const VIEWS: [((u32, u32), bool, Asked, bool); 4] = [
    (WIDE, false, Asked::Everything, true),
    (WIDE, true, Asked::Colours, false),
    (NARROW, true, Asked::Colours, true),
    (NARROW, false, Asked::Everything, false),
];
/// Problems that are told.
const TOLD: usize = 40;

/// Sideways scrolling, targets that are too small for a finger (WCAG 2.5.8), and stops of the keyboard
/// that show nothing (2.4.7).
const MEASURE: &str = "(() => {
    const told = [], seen = (one) => one.checkVisibility({ visibilityProperty: true }) && one.getClientRects().length > 0;
    const name = (one) => one.tagName.toLowerCase() + (one.id ? '#' + one.id : '') + (one.className && one.className.split ? '.' + one.className.split(' ').join('.') : '')
        + ' ' + JSON.stringify((one.innerText || '').trim().slice(0, 30));
    const over = document.documentElement.scrollWidth - innerWidth;
    if (over > 0) {
        const wide = [...document.querySelectorAll('body *')].filter((one) => seen(one) && one.getBoundingClientRect().right > innerWidth + 1 && !one.closest('.table, pre, [tabindex]'));
        told.push('scrolls sideways by ' + over + ' px: ' + wide.slice(0, 3).map(name).join(', '));
    }
    if (!FOCUS) return told;
    for (const one of document.querySelectorAll('button, select, summary, input:not([type=hidden]), a.button, nav a')) {
        const target = one.matches('[type=checkbox], [type=radio]') && one.closest('label') || one;
        const box = target.getBoundingClientRect();
        if (seen(one) && !one.closest('.trap') && (box.width < 24 || box.height < 24)) told.push('a target of ' + Math.round(box.width) + ' by ' + Math.round(box.height) + ' px: ' + name(one));
    }
    const ring = (one) => { const style = getComputedStyle(one); return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2; };
    for (const one of document.querySelectorAll('a[href], button, select, summary, textarea, input:not([type=hidden]), [tabindex=\"0\"]')) {
        if (!seen(one) || one.disabled || one.closest('.trap')) continue;
        one.focus({ preventScroll: true });
        if (document.activeElement !== one) { told.push('takes no focus: ' + name(one)); continue; }
        if (![one, ...(one.labels || [])].some(ring)) told.push('shows no focus: ' + name(one));
    }
    document.activeElement && document.activeElement.blur();
    return told;
})()";

/// What is looked at together.
struct Look<'a> {
    browser: &'a Browser,
    axe: Option<&'a Axe>,
    house: String,
    language: &'static str,
    problems: Vec<String>,
}

impl Look<'_> {
    async fn page(&mut self, stop: &Stop) -> Result<(), NoBrowser> {
        self.browser.resize(WIDE.0, WIDE.1).await?;
        self.browser.dark(false).await?;
        // Where nothing may run, nothing could look either. Whether the frame keeps its own policy is seen on
        // the page that it belongs to.
        self.browser.bypass_policies(stop.framed).await?;
        self.browser.open(&format!("{}{}", self.house, stop.path)).await?;
        for (size, dark, asked, kept) in VIEWS {
            self.browser.resize(size.0, size.1).await?;
            self.browser.dark(dark).await?;
            let view = format!("{}-{}", size.0, if dark { "dark" } else { "light" });
            if let Some(axe) = self.axe {
                let found = self.browser.barriers(axe, asked).await?;
                for barrier in found.iter().filter(|one| !(stop.framed && OF_MAILS.contains(&one.rule.as_str()))) {
                    self.tell(stop, &view, barrier);
                }
            }
            if !dark && !stop.framed {
                let full = MEASURE.replace("FOCUS", "true");
                self.measure(stop, &view, &full).await?;
            }
            if kept {
                let file = PathBuf::from(PICTURES).join(self.language).join(&view).join(format!("{}.jpg", stop.name()));
                self.browser.picture(size.0, &file).await?;
            }
        }
        self.browser.resize(REFLOW.0, REFLOW.1).await?;
        self.measure(stop, "320", &MEASURE.replace("FOCUS", "false")).await?;
        for complaint in self.browser.complaints().await? {
            self.tell(stop, "log", &complaint);
        }
        Ok(())
    }

    async fn measure(&mut self, stop: &Stop, view: &str, script: &str) -> Result<(), NoBrowser> {
        let told = self.browser.evaluate(script).await?;
        for problem in told.as_array().into_iter().flatten() {
            self.tell(stop, view, problem.as_str().unwrap_or_default());
        }
        Ok(())
    }

    fn tell(&mut self, stop: &Stop, view: &str, what: impl std::fmt::Display) {
        self.problems.push(format!("{} {view} {} ({}): {what}", self.language, stop.path, stop.route));
    }
}

/// One language: everybody comes in by hand and sees every page. Returns what is wrong.
async fn look(house: String, set: &Set, visits: &[Visit], axe: Option<&Axe>) -> Result<Vec<String>, String> {
    let habits = Habits { languages: set.language, window: WIDE, ..Habits::default() };
    let browser = Browser::with(habits).await?;
    let mut look = Look { browser: &browser, axe, house, language: set.language, problems: Vec::new() };
    for visit in visits {
        browser.open(&format!("{}/login", look.house)).await?;
        browser.forget().await?;
        if let Some(log_in) = visit.guest.log_in(set) {
            sign_in(&browser, &look.house, log_in).await?;
        }
        for stop in &visit.stops {
            look.page(stop).await.map_err(|reason| format!("{}: {reason}", stop.path))?;
        }
    }
    let strayed = browser.strayed();
    look.problems
        .extend(strayed.into_iter().map(|line| format!("{}: a page asked another host: {line}", set.language)));
    Ok(look.problems)
}

async fn visits(stage: &Stage, set: &Set) -> Vec<Visit> {
    let mut visits = Vec::new();
    let mut problems = Vec::new();
    for guest in Guest::ALL {
        match visit(stage, set, guest).await {
            Ok(visit) => visits.push(visit),
            Err(why) => problems.push(why),
        }
    }
    assert!(problems.is_empty(), "{}:\n{}", set.language, problems.join("\n"));
    visits
}

/// Every page of the router that answers to GET, in German and English, light and dark, at 1280 and 375
/// pixels: no barrier of WCAG 2.2 A and AA, nothing that scrolls sideways down to 320 pixels, no target
/// under 24 pixels, no stop of the keyboard without a ring, no breach of the page's own policy, no request
/// to another host; and no sentence that is not in `texts`.
#[tokio::test(flavor = "multi_thread")]
async fn every_page_can_be_used_by_everybody_and_keeps_its_own_policy() {
    if let Err(reason) = Browser::start().await {
        return testbench::not_run(format!("every page in a browser: {reason}"));
    }
    let stage = Stage::build(program()).await.unwrap_or_else(|error| panic!("{error}"));
    let axe = Axe::find();
    if let Err(absent) = &axe {
        testbench::not_run(format!("barriers on pages: {absent}"));
    }
    let axe = axe.ok();
    let _ = std::fs::remove_dir_all(PICTURES);
    let (german, english) = (visits(&stage, &stage.sets[0]).await, visits(&stage, &stage.sets[1]).await);
    let unmarked = marked::search(&stage, &german);
    let house = stage.world.house.url();
    let looked = tokio::join!(
        look(house.clone(), &stage.sets[0], &german, axe.as_ref()),
        look(house, &stage.sets[1], &english, axe.as_ref())
    );
    let all = [Ok(unmarked), looked.0, looked.1].into_iter().collect::<Result<Vec<_>, String>>();
    let problems = all.unwrap_or_else(|reason| panic!("{reason}")).concat();
    let distinct: Vec<String> = problems.into_iter().collect::<BTreeSet<_>>().into_iter().collect();
    let file = PathBuf::from(PICTURES).join("problems.txt");
    std::fs::write(&file, distinct.join("\n")).expect("the folder of the pictures");
    let told = &distinct[..distinct.len().min(TOLD)];
    assert!(told.is_empty(), "{} problems ({}):\n{}", distinct.len(), file.display(), told.join("\n"));
}

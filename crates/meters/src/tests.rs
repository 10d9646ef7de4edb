//! What a scraper reads, and that nobody outside can make it more.

use std::time::Duration;

use super::*;

static PLAIN: Counter = Counter::new("test_plain_total", "Plain.\nTwo lines.");
static WORDS: Counts = Counts::new("test_words_total", "By word.", "result", &["good", "bad"]);
static PROVIDERS: Counts =
    Counts::new("test_mails_total", "By provider.", "outcome", &["accepted", "bounced"]).by_provider();
static LEVEL: Gauge = Gauge::new("test_level", "A level.").alarm("it is above 3");
static LEVELS: Gauges = Gauges::new("test_levels", "Levels.", "which", &["a", "b"]);
static TIMES: Histogram = Histogram::new("test_seconds", "Times.", &[5, 100]);

#[test]
fn a_scraper_reads_the_text_format() {
    PLAIN.add(2);
    WORDS.add("bad", 1);
    WORDS.add("unheard of", 1);
    LEVELS.set("b", Some(-4));
    TIMES.took(Duration::from_millis(5));
    TIMES.took(Duration::from_millis(60));
    TIMES.took(Duration::from_secs(2));
    let text = tell(&[&PLAIN, &WORDS, &LEVEL, &LEVELS, &TIMES]);
    let expected = [
        "# HELP test_plain_total Plain.\\nTwo lines.",
        "# TYPE test_plain_total counter",
        "test_plain_total 2",
        "# HELP test_words_total By word.",
        "# TYPE test_words_total counter",
        "test_words_total{result=\"good\"} 0",
        "test_words_total{result=\"bad\"} 1",
        "test_words_total{result=\"other\"} 1",
        "# HELP test_level A level.",
        "# TYPE test_level gauge",
        "# HELP test_levels Levels.",
        "# TYPE test_levels gauge",
        "test_levels{which=\"b\"} -4",
        "# HELP test_seconds Times.",
        "# TYPE test_seconds histogram",
        "test_seconds_bucket{le=\"0.005\"} 1",
        "test_seconds_bucket{le=\"0.1\"} 2",
        "test_seconds_bucket{le=\"+Inf\"} 3",
        "test_seconds_sum 2.065",
        "test_seconds_count 3",
        "",
    ];
    assert_eq!(text, expected.join("\n"));
    LEVEL.set(Some(3));
    assert_eq!((LEVEL.get(), LEVEL.samples().len()), (Some(3), 1));
    LEVEL.set(None);
    assert!(LEVEL.samples().is_empty(), "what nobody knows is not told");
}

/// Proves that labels are bounded: ten thousand invented providers are one series, and a name that tries
/// to write lines of its own is never told.
#[test]
fn invented_providers_make_no_series() {
    let named: Vec<String> = ["GOOGLE.com", "quo\"te\\d.test"].map(str::to_owned).to_vec();
    name_providers(&named);
    name_providers(&["late.test".to_owned()]);
    PROVIDERS.add_at("google.com", "accepted", 5);
    PROVIDERS.add_at("late.test", "accepted", 1);
    for n in 0..10_000 {
        PROVIDERS.add_at(&format!("evil{n}.test\"}} 1\nforged_total 1\n#"), "bounced", 1);
    }
    let text = tell(&[&PROVIDERS]);
    assert_eq!(text.lines().count(), 2 + 3 * 2, "{text}");
    assert!(text.contains("test_mails_total{provider=\"google.com\",outcome=\"accepted\"} 5"), "{text}");
    assert!(text.contains("{provider=\"other\",outcome=\"bounced\"} 10000"), "{text}");
    assert!(text.contains("{provider=\"quo\\\"te\\\\d.test\",outcome=\"accepted\"} 0"), "{text}");
    assert!(!text.contains("evil") && !text.contains("forged"), "{text}");
    assert_eq!(PROVIDERS.get("late.test", "accepted"), 1, "counted as another's");
}

#[test]
fn the_table_says_what_the_definitions_say() {
    let table = table(&[&PROVIDERS, &LEVEL, &WORDS]);
    assert!(table.contains("| `test_level` | gauge |  | A level. | it is above 3 |"), "{table}");
    assert!(table.contains("`provider`: a name of `status.providers`, or `other`; `outcome`: `accepted`, `bounced`"));
    assert!(table.contains("`result`: `good`, `bad`"));
}

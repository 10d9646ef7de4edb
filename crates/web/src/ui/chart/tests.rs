//! What a chart draws is what its table says.

use super::*;

fn chart(kind: Kind) -> Chart {
    Chart {
        id: "score",
        kind,
        title: "Complaint score".to_owned(),
        says: "It stays under the limit.".to_owned(),
        axis: "Day".to_owned(),
        labels: ["1 May", "2 May", "3 May"].map(str::to_owned).to_vec(),
        series: vec![
            Series { name: "a <b>".to_owned(), values: vec![Some(4), None, Some(12)] },
            Series { name: "c".to_owned(), values: vec![Some(1), Some(-2), Some(3)] },
        ],
        limits: vec![Limit { name: "Limit".to_owned(), value: 20, hard: true }],
        unit: Unit::Percent,
    }
}

#[test]
fn every_figure_stands_in_the_drawing_and_in_the_table() {
    for kind in [Kind::Lines, Kind::Bars, Kind::Stacked] {
        let html = chart(kind).html(Language::De).to_string();
        for figure in ["0,04 %", "0,12 %", "0,01 %", "−0,02 %", "0,03 %"] {
            let drawn = html.matches(&format!(": {figure}</title>")).count();
            let told = html.matches(&format!("<td class=\"number\">{figure}</td>")).count();
            assert_eq!((drawn, told), (1, 1), "{kind:?} {figure}: {html}");
        }
        assert!(html.contains("<td class=\"number\">–</td>"), "a gap is no zero: {html}");
        assert!(html.contains("a &#60;b&#62;") && !html.contains("<b>"), "{html}");
        assert!(html.contains("Limit 0,20 %") && html.contains("It stays under the limit."), "{html}");
    }
}

#[test]
fn a_gap_begins_a_line_anew() {
    let path = &chart(Kind::Lines).paths(&Scale::of(&chart(Kind::Lines)))[0].1;
    assert_eq!(path.matches('M').count(), 2, "{path}");
    assert!(!path.contains('L'), "{path}");
}

#[test]
fn ticks_are_round_and_hold_every_value() {
    for (low, high) in [(0, 0), (0, 1), (0, 7), (-3, 12), (0, 20), (0, 12_480), (-900, -5), (0, i64::MAX / 200)] {
        let ticks = ticks(low, high);
        assert!(ticks.len() >= 2 && ticks.len() <= 12, "{low}..{high}: {ticks:?}");
        assert!(ticks[0] <= low && *ticks.last().expect("one") >= high, "{low}..{high}: {ticks:?}");
        let step = (ticks[1] - ticks[0]).to_string();
        assert!(["1", "2", "5"].contains(&step.trim_end_matches('0')), "{ticks:?}");
    }
}

/// Bars stand on zero, and the parts of a stack on each other.
#[test]
fn bars_fill_what_they_count() {
    let mut parts = chart(Kind::Stacked);
    parts.series = vec![
        Series { name: "a".to_owned(), values: vec![Some(10), Some(0), Some(5)] },
        Series { name: "b".to_owned(), values: vec![Some(10), Some(20), Some(5)] },
    ];
    let scale = Scale::of(&parts);
    let bars = parts.bars(&scale, &|value| value.to_string());
    assert_eq!(bars[0].height.0 + bars[1].height.0, bars[3].height.0, "20 is 10 and 10");
    assert_eq!(bars[1].y.0 + bars[1].height.0, bars[0].y.0, "the second stands on the first");
    assert_eq!(bars[0].y.0 + bars[0].height.0, scale.y(0).0, "the first stands on zero");
}

#[test]
fn a_chart_of_nothing_is_drawn_all_the_same() {
    let mut nothing = chart(Kind::Bars);
    (nothing.labels, nothing.series, nothing.limits) = (Vec::new(), Vec::new(), Vec::new());
    assert!(nothing.html(Language::En).to_string().contains("<svg"));
}

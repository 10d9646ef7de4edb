//! Dates and figures as people write them.

sentences! { dates:
    day(day: u64, month: u64, year: u64);
    short(day: u64, month: u64);
    hour(day: &str, time: &str);
    moment(day: &str, time: &str, zone: &str);
    percent(whole: u64, hundredths: &str);
}

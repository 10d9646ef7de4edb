//! The complaint score in words, for customers and the operator alike.

sentences! { score:
    // How it stands
    name();
    none();
    fine();
    warning();
    at_limit();
    violation();
    critical();
    of(complaints: &str, sent: &str);
    interval(low: &str, high: &str);
    // Where complaints came from
    source_feedback_loop();
    source_cfbl();
    source_letter();
    source_form();
    source_body();
    // How it went
    day();
    chart_title();
    chart_summary(now: &str, most: &str);
    chart_nothing();
    chart_warning();
    chart_limit();
    chart_critical();
    chart_note();
}

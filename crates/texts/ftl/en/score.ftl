### The complaint score: how it stands, what it is made of, how it went. For customers and the operator.

## How it stands

score_name = Complaint score
score_none = nothing sent
score_fine = fine
score_warning = warning
score_at_limit = at the limit
score_violation = above the limit
score_critical = critical
score_of = { $complaints } complaints, { $sent } sent
score_interval = Between { $low } and { $high } with 95 % confidence

## Where complaints came from

score_source_feedback_loop = Feedback loop
score_source_cfbl = CFBL report
score_source_letter = Letter to abuse@
score_source_form = Form
score_source_body = Reporting body

## How it went

score_day = Day
score_chart_title = Complaint score, each over 30 days
score_chart_summary = Today { $now }, at most { $most } within this time.
score_chart_nothing = Nothing was sent within this time.
score_chart_warning = Warning from
score_chart_limit = Limit
score_chart_critical = Blocklists from
score_chart_note = A complaint counts on the day on which its mail was sent.

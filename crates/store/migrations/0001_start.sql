-- The memory of an installation.
--
-- Type words: {int} 64-bit integer (ids, epoch milliseconds, counts), {bool},
-- {text}, {blob}; {word} is text that is compared byte by byte, so that what
-- begins alike lies together. Tenant tables lead with account_id; 0 stands for the
-- operator. Ids and times come from the program. A statement ends with a
-- semicolon at the end of a line; `-- only: sqlite|postgres` marks the
-- statement that follows.

-- What holds for the whole installation; one row.
CREATE TABLE installation (
    id {int} NOT NULL PRIMARY KEY,
    facts_version {int} NOT NULL,
    sending_paused {bool} NOT NULL,
    pause_reason {text},
    frozen {bool} NOT NULL,
    created_at {int} NOT NULL,
    -- Where notices to the operator go; written at each start from the settings.
    operator_address {text},
    operator_key {blob},
    operator_language {text},
    -- The terms of cases, if shorter than promised (R92).
    first_look_hours {int},
    decision_days {int},
    -- The setting legal_notice.review_at_contacts (R48).
    legal_review_at {int},
    -- Marks of every secrets.key line ever used; a start without one of them is refused.
    secret_marks {text},
    CHECK (id = 1)
){tail};

-- The next id of each kind (all, account); apart from what every start reads.
CREATE TABLE id_block (
    kind {text} NOT NULL PRIMARY KEY,
    next {int} NOT NULL
){tail};

-- One life of one node: rows claimed or started belong to it (DESIGN §4, ownership).
CREATE TABLE life (
    id {int} NOT NULL PRIMARY KEY,
    node {text} NOT NULL,
    pid {int} NOT NULL,
    started_at {int} NOT NULL,
    beat {int} NOT NULL,
    ended_at {int}
){tail};

CREATE TABLE account (
    id {int} NOT NULL PRIMARY KEY,
    name {text} NOT NULL,
    language {text} NOT NULL,
    time_zone {text} NOT NULL,
    standing {int} NOT NULL,
    standing_reason {text},
    standing_at {int} NOT NULL,
    facts_version {int} NOT NULL,
    sender_id {int},
    -- The counting period of the score: a reinstatement starts a new one (R67).
    period {int} NOT NULL,
    counting_since {int} NOT NULL,
    legal_version {int} NOT NULL,
    legal_review {int} NOT NULL,
    -- The version of policy and attestation that the account accepted (R7, R23); 0 = none, and nothing leaves.
    policy_version {int} NOT NULL DEFAULT 0,
    created_at {int} NOT NULL
){tail};

CREATE TABLE api_token (
    id {int} NOT NULL PRIMARY KEY,
    account_id {int} NOT NULL,
    hash {blob} NOT NULL UNIQUE,
    label {text} NOT NULL,
    created_at {int} NOT NULL,
    revoked_at {int}
){tail};

-- Requests to the API that may come twice, with their answers; kept for a day.
CREATE TABLE api_replay (
    account_id {int} NOT NULL,
    replay_key {text} NOT NULL,
    -- SHA-256 of method, path and body.
    request {blob} NOT NULL,
    at {int} NOT NULL,
    status {int},
    body {text},
    PRIMARY KEY (account_id, replay_key)
){tail};

-- People who work in an account; test mails go to them.
CREATE TABLE app_user (
    account_id {int} NOT NULL,
    id {int} NOT NULL,
    name {text} NOT NULL,
    address {text} NOT NULL,
    address_key {blob} NOT NULL,
    language {text} NOT NULL,
    proven_at {int},
    tests_stopped_at {int},
    proof_sent_at {int},
    facts_version {int} NOT NULL,
    created_at {int} NOT NULL,
    PRIMARY KEY (account_id, id),
    UNIQUE (account_id, address_key)
){tail};

CREATE TABLE website (
    account_id {int} NOT NULL,
    id {int} NOT NULL,
    host {text} NOT NULL,
    proof_token {text} NOT NULL,
    proven_at {int},
    checked_at {int},
    -- A proof that was there is not found any more since then.
    failing_since {int},
    created_at {int} NOT NULL,
    PRIMARY KEY (account_id, id),
    UNIQUE (account_id, host)
){tail};

-- Versions of topic statements; an approved version never changes (R82).
CREATE TABLE topic (
    account_id {int} NOT NULL,
    id {int} NOT NULL,
    version {int} NOT NULL,
    website_id {int} NOT NULL,
    statement {text} NOT NULL,
    state {int} NOT NULL,
    submitted_at {int} NOT NULL,
    decided_at {int},
    decided_by {text},
    decision_reason {text},
    PRIMARY KEY (account_id, id, version)
){tail};

CREATE TABLE form (
    account_id {int} NOT NULL,
    id {int} NOT NULL,
    website_id {int} NOT NULL,
    topic_id {int} NOT NULL,
    name {text} NOT NULL,
    language {text} NOT NULL,
    -- The current row of form_version.
    version {int} NOT NULL,
    open {bool} NOT NULL,
    created_at {int} NOT NULL,
    PRIMARY KEY (account_id, id)
){tail};
CREATE UNIQUE INDEX form_by_id ON form (id);

-- Exactly what a form showed; consent evidence points here (L1).
CREATE TABLE form_version (
    account_id {int} NOT NULL,
    form_id {int} NOT NULL,
    version {int} NOT NULL,
    topic_version {int} NOT NULL,
    consent_text {text} NOT NULL,
    privacy_notice {text} NOT NULL,
    -- JSON array of tag ids, and of field names.
    tags {text} NOT NULL,
    fields {text} NOT NULL,
    created_at {int} NOT NULL,
    PRIMARY KEY (account_id, form_id, version)
){tail};

-- What became of a form, by UTC day. Every submission counts that gets the neutral answer: who knows
-- which of them led to a mail knows what others did with an address.
CREATE TABLE form_count (
    account_id {int} NOT NULL,
    form_id {int} NOT NULL,
    day {int} NOT NULL,
    submitted {int} NOT NULL,
    confirmed {int} NOT NULL,
    PRIMARY KEY (account_id, form_id, day)
){tail};

-- Sign-ups that wait for their confirmation. Never counted, exported or tagged (R17).
CREATE TABLE signup (
    account_id {int} NOT NULL,
    id {int} NOT NULL,
    form_id {int} NOT NULL,
    form_version {int} NOT NULL,
    topic_id {int} NOT NULL,
    topic_version {int} NOT NULL,
    address {text} NOT NULL,
    address_key {blob} NOT NULL,
    language {text} NOT NULL,
    fields {text} NOT NULL,
    ip {text} NOT NULL,
    user_agent {text} NOT NULL,
    -- The page on which the form stood, and who asked, as shown (L1).
    form_url {text} NOT NULL,
    sender_name {text} NOT NULL,
    sender_address {text} NOT NULL,
    submitted_at {int} NOT NULL,
    expires_at {int} NOT NULL,
    facts_version {int} NOT NULL,
    -- What is known of the confirmation mail, for the proof (L1).
    mail_message_id {text},
    mail_sha256 {blob},
    mail_handed_over_at {int},
    mail_reply {text},
    PRIMARY KEY (account_id, id)
){tail};
CREATE INDEX signup_by_address ON signup (account_id, address_key);
CREATE INDEX signup_by_expiry ON signup (expires_at);

-- "That was not me": this account may not ask this address again (D13).
CREATE TABLE signup_bar (
    account_id {int} NOT NULL,
    address_key {blob} NOT NULL,
    at {int} NOT NULL,
    PRIMARY KEY (account_id, address_key)
){tail};

-- Confirmation mails asked for, kept for 30 days, for the limits of C2. The id is the sign-up's.
CREATE TABLE confirmation_asked (
    address_key {blob} NOT NULL,
    id {int} NOT NULL,
    account_id {int} NOT NULL,
    at {int} NOT NULL,
    PRIMARY KEY (address_key, id)
){tail};
CREATE INDEX confirmation_asked_by_time ON confirmation_asked (at);
CREATE INDEX confirmation_asked_by_id ON confirmation_asked (id);

-- Locked while one sign-up of an address is judged, so that none is missed in a count.
CREATE TABLE signup_address (
    address_key {blob} NOT NULL PRIMARY KEY,
    last_at {int} NOT NULL
){tail};
CREATE INDEX signup_address_by_time ON signup_address (last_at);

-- Confirmation mails that timed out, kept for 180 days (R18).
CREATE TABLE confirmation_timed_out (
    address_key {blob} NOT NULL,
    id {int} NOT NULL,
    at {int} NOT NULL,
    PRIMARY KEY (address_key, id)
){tail};
CREATE INDEX confirmation_timed_out_by_time ON confirmation_timed_out (at);

-- The address book: active contacts only.
CREATE TABLE contact (
    account_id {int} NOT NULL,
    id {int} NOT NULL,
    address {text} NOT NULL,
    address_key {blob} NOT NULL,
    -- The address as people look for it (policy::search::folded).
    search {word} NOT NULL,
    -- The part behind the @, folded; groups destinations.
    domain {word} NOT NULL,
    language {text} NOT NULL,
    -- JSON object of merge fields.
    fields {text} NOT NULL,
    since {int} NOT NULL,
    facts_version {int} NOT NULL,
    PRIMARY KEY (account_id, id),
    UNIQUE (account_id, address_key)
){tail};
CREATE INDEX contact_by_address ON contact (address_key);
CREATE INDEX contact_by_search ON contact (account_id, search, id);
CREATE INDEX contact_by_domain ON contact (account_id, domain, id);

-- The fields of contacts as people look for them, from each of their words on (policy::search::beginnings).
CREATE TABLE contact_field (
    account_id {int} NOT NULL,
    value {word} NOT NULL,
    contact_id {int} NOT NULL,
    name {text} NOT NULL,
    -- The whole value, not only its end.
    whole {bool} NOT NULL,
    PRIMARY KEY (account_id, value, contact_id, name)
){tail};
CREATE INDEX contact_field_by_contact ON contact_field (account_id, contact_id);

-- Numbers of sign-ups by which a contact that was known already agreed to more: links of their
-- confirmation mails name the contact for ever.
CREATE TABLE contact_alias (
    account_id {int} NOT NULL,
    id {int} NOT NULL,
    contact_id {int} NOT NULL,
    PRIMARY KEY (account_id, id)
){tail};

-- Who left: reason and proof remain, never exported in clear (DESIGN §5).
CREATE TABLE former_contact (
    account_id {int} NOT NULL,
    id {int} NOT NULL,
    address {text},
    address_key {blob} NOT NULL,
    domain {text} NOT NULL,
    language {text} NOT NULL,
    fields {text} NOT NULL,
    -- JSON array of the tags that the contact carried, for the undo.
    tags {text} NOT NULL,
    since {int} NOT NULL,
    reason {text} NOT NULL,
    left_at {int} NOT NULL,
    -- Until then the person alone can undo (R40); 0 = not at all.
    restorable_until {int} NOT NULL,
    facts_version {int} NOT NULL,
    PRIMARY KEY (account_id, id)
){tail};
CREATE INDEX former_contact_by_account_address ON former_contact (account_id, address_key);
CREATE INDEX former_contact_by_time ON former_contact (account_id, left_at);
CREATE INDEX former_contact_by_reason ON former_contact (account_id, reason, left_at, id);

-- A removed tag is gone for everybody; its row keeps the name for what is on record.
CREATE TABLE tag (
    account_id {int} NOT NULL,
    id {int} NOT NULL,
    name {text} NOT NULL,
    public_name {text} NOT NULL,
    created_at {int} NOT NULL,
    removed_at {int},
    -- No contact carries it any more; found out little by little.
    swept {bool} NOT NULL DEFAULT FALSE,
    PRIMARY KEY (account_id, id)
){tail};
CREATE UNIQUE INDEX tag_by_name ON tag (account_id, name) WHERE removed_at IS NULL;
CREATE INDEX tag_to_sweep ON tag (removed_at) WHERE removed_at IS NOT NULL AND swept = FALSE;

CREATE TABLE contact_tag (
    account_id {int} NOT NULL,
    contact_id {int} NOT NULL,
    tag_id {int} NOT NULL,
    given_at {int} NOT NULL,
    -- Whose hand gave it (store::tags::Hand).
    given_by {text},
    PRIMARY KEY (account_id, contact_id, tag_id)
){tail};
CREATE INDEX contact_tag_by_tag ON contact_tag (account_id, tag_id, contact_id);

-- Tags that a contact carried once: why a mailing reached it or not is on record (promise 7).
CREATE TABLE contact_tag_past (
    account_id {int} NOT NULL,
    contact_id {int} NOT NULL,
    taken_at {int} NOT NULL,
    tag_id {int} NOT NULL,
    given_at {int} NOT NULL,
    given_by {text},
    taken_by {text},
    PRIMARY KEY (account_id, contact_id, taken_at, tag_id)
){tail};

-- The consents as they stand; how they came about is in the ledger.
CREATE TABLE consent (
    account_id {int} NOT NULL,
    contact_id {int} NOT NULL,
    topic_id {int} NOT NULL,
    topic_version {int} NOT NULL,
    website_id {int} NOT NULL,
    granted_at {int} NOT NULL,
    withdrawn_at {int},
    PRIMARY KEY (account_id, contact_id, topic_id)
){tail};
CREATE INDEX consent_by_topic ON consent (account_id, topic_id, topic_version, contact_id);

-- The ledger: append-only. digest = SHA-256(salt ‖ evidence) (DESIGN §5).
CREATE TABLE consent_event (
    account_id {int} NOT NULL,
    id {int} NOT NULL,
    contact_id {int} NOT NULL,
    kind {text} NOT NULL,
    topic_id {int},
    topic_version {int},
    at {int} NOT NULL,
    digest {blob} NOT NULL,
    PRIMARY KEY (account_id, id)
){tail};
CREATE INDEX consent_event_by_contact ON consent_event (account_id, contact_id, id);

-- What a person may have erased.
CREATE TABLE consent_evidence (
    account_id {int} NOT NULL,
    event_id {int} NOT NULL,
    salt {blob} NOT NULL,
    evidence {text} NOT NULL,
    PRIMARY KEY (account_id, event_id)
){tail};

-- Events that no seal holds yet; the next one takes them.
CREATE TABLE consent_unsealed (
    account_id {int} NOT NULL,
    event_id {int} NOT NULL,
    PRIMARY KEY (account_id, event_id)
){tail};

-- Which seal holds an event, and at which place.
CREATE TABLE consent_leaf (
    account_id {int} NOT NULL,
    event_id {int} NOT NULL,
    seal {int} NOT NULL,
    place {int} NOT NULL,
    PRIMARY KEY (account_id, event_id)
){tail};
CREATE INDEX consent_leaf_by_seal ON consent_leaf (account_id, seal, place);

CREATE TABLE consent_seal (
    account_id {int} NOT NULL,
    seal {int} NOT NULL,
    root {blob} NOT NULL,
    chained {blob} NOT NULL,
    leaves {int} NOT NULL,
    at {int} NOT NULL,
    PRIMARY KEY (account_id, seal)
){tail};

-- Newsletters (kind 1) and autoresponders (kind 2).
CREATE TABLE mailing (
    account_id {int} NOT NULL,
    id {int} NOT NULL,
    kind {int} NOT NULL,
    name {text} NOT NULL,
    state {int} NOT NULL,
    held_reason {text},
    facts_version {int} NOT NULL,
    topic_id {int} NOT NULL,
    topic_version {int} NOT NULL,
    subject {text} NOT NULL,
    preheader {text} NOT NULL,
    format {text} NOT NULL,
    body {text} NOT NULL,
    language {text} NOT NULL,
    template_version {int} NOT NULL,
    -- Newsletters.
    scheduled_at {int},
    cut_at {int},
    expanded_to {int} NOT NULL,
    expanded {bool} NOT NULL,
    audience {int} NOT NULL,
    -- Autoresponders.
    trigger_tag {int},
    delay_minutes {int} NOT NULL,
    -- Hours for which a deferred mail of it is tried (T5).
    expiry_hours {int} NOT NULL,
    created_at {int} NOT NULL,
    started_at {int},
    -- When its last pause ended; the time for which its mails are tried begins anew then.
    resumed_at {int},
    finished_at {int},
    PRIMARY KEY (account_id, id)
){tail};
CREATE UNIQUE INDEX mailing_by_id ON mailing (id);
CREATE INDEX mailing_by_state ON mailing (state, scheduled_at);
CREATE INDEX mailing_by_trigger ON mailing (account_id, trigger_tag);

CREATE TABLE mailing_tag (
    account_id {int} NOT NULL,
    mailing_id {int} NOT NULL,
    tag_id {int} NOT NULL,
    exclude {bool} NOT NULL,
    PRIMARY KEY (account_id, mailing_id, tag_id)
){tail};

-- One contact of one mailing. State numbers: policy::RowState.
CREATE TABLE delivery (
    mailing_id {int} NOT NULL,
    contact_id {int} NOT NULL,
    account_id {int} NOT NULL,
    state {int} NOT NULL,
    domain {text} NOT NULL,
    due_at {int} NOT NULL,
    expires_at {int} NOT NULL,
    -- Of the latest start; stands in the return path.
    attempt {int} NOT NULL,
    -- 4yz replies so far; decides the next delay.
    deferrals {int} NOT NULL,
    owner {int},
    owner_beat {int} NOT NULL,
    -- An attempt was lost after its final dot.
    doubt {bool} NOT NULL,
    -- A late outcome of an older attempt, kept while a newer one is started.
    late_truth {int},
    late_class {text},
    late_reply {text},
    reason {text},
    reply {text},
    planned_at {int} NOT NULL,
    settled_at {int},
    PRIMARY KEY (mailing_id, contact_id)
){tail};
CREATE INDEX delivery_due ON delivery (mailing_id, due_at) WHERE state IN (0, 3, 4);
CREATE INDEX delivery_owned ON delivery (owner) WHERE state IN (1, 2);
CREATE INDEX delivery_open ON delivery (contact_id) WHERE state < 10;
CREATE INDEX delivery_by_contact ON delivery (account_id, contact_id, mailing_id);

-- Every other mail.
CREATE TABLE notice (
    id {int} NOT NULL PRIMARY KEY,
    account_id {int} NOT NULL,
    purpose {int} NOT NULL,
    -- Pending sign-up or user; NULL for others.
    person_id {int},
    -- The mailing that a test mail shows.
    mailing_id {int},
    address {text} NOT NULL,
    address_key {blob} NOT NULL,
    domain {text} NOT NULL,
    language {text} NOT NULL,
    template {text} NOT NULL,
    params {text} NOT NULL,
    -- A letter that is passed on byte for byte, and its envelope sender's person.
    stored {blob},
    dedupe_key {text} UNIQUE,
    state {int} NOT NULL,
    due_at {int} NOT NULL,
    expires_at {int} NOT NULL,
    attempt {int} NOT NULL,
    deferrals {int} NOT NULL,
    owner {int},
    owner_beat {int} NOT NULL,
    doubt {bool} NOT NULL,
    late_truth {int},
    late_class {text},
    late_reply {text},
    reason {text},
    reply {text},
    planned_at {int} NOT NULL,
    settled_at {int}
){tail};
CREATE INDEX notice_due ON notice (due_at) WHERE state IN (0, 3, 4);
CREATE INDEX notice_owned ON notice (owner) WHERE state IN (1, 2);
CREATE INDEX notice_open ON notice (person_id) WHERE state < 10;
CREATE INDEX notice_by_account ON notice (account_id, id);

-- Terminal states counted, folded per group into shards.
CREATE TABLE mailing_count (
    account_id {int} NOT NULL,
    mailing_id {int} NOT NULL,
    state {int} NOT NULL,
    shard {int} NOT NULL,
    n {int} NOT NULL,
    PRIMARY KEY (account_id, mailing_id, state, shard)
){tail};

-- Mails sent in the sense of R67, by counting period and UTC day of sending.
CREATE TABLE sent_count (
    account_id {int} NOT NULL,
    period {int} NOT NULL,
    mailing_id {int} NOT NULL,
    day {int} NOT NULL,
    shard {int} NOT NULL,
    n {int} NOT NULL,
    PRIMARY KEY (account_id, period, mailing_id, day, shard)
){tail};

-- Complaints by the day on which their message was sent (F8).
CREATE TABLE complaint_count (
    account_id {int} NOT NULL,
    period {int} NOT NULL,
    mailing_id {int} NOT NULL,
    day {int} NOT NULL,
    n {int} NOT NULL,
    PRIMARY KEY (account_id, period, mailing_id, day)
){tail};

-- One complaint per contact and message (D4).
CREATE TABLE complaint (
    account_id {int} NOT NULL,
    mailing_id {int} NOT NULL,
    contact_id {int} NOT NULL,
    at {int} NOT NULL,
    sent_day {int} NOT NULL,
    period {int} NOT NULL,
    source {text} NOT NULL,
    counted {bool} NOT NULL,
    case_id {int},
    inbox_id {int},
    note {text},
    PRIMARY KEY (account_id, mailing_id, contact_id)
){tail};
CREATE INDEX complaint_by_time ON complaint (account_id, at);

-- The global exclusion list (R57–R61). The clear address may be erased; the key stays.
CREATE TABLE suppression (
    address_key {blob} NOT NULL PRIMARY KEY,
    address {text},
    reason {text} NOT NULL,
    at {int} NOT NULL,
    -- Never shown to another account (R60).
    source_account {int} NOT NULL,
    source_mailing {int},
    source_reply {text},
    -- The provider group whose word it was; an incident there may turn out to be the cause (D6).
    provider_group {text},
    incident_id {int}
){tail};
CREATE INDEX suppression_by_incident ON suppression (incident_id);
CREATE INDEX suppression_by_group ON suppression (provider_group, at);

CREATE TABLE suppression_lift (
    address_key {blob} NOT NULL,
    at {int} NOT NULL,
    lifted_by {text} NOT NULL,
    reason {text} NOT NULL,
    PRIMARY KEY (address_key, at)
){tail};

-- Addresses that ever bounced: the row is locked while a bounce of the address is judged.
CREATE TABLE bounced_address (
    address_key {blob} NOT NULL PRIMARY KEY,
    last_at {int} NOT NULL
){tail};

-- Soft bounces of distinct messages, for addresses that had one (D5).
CREATE TABLE soft_bounce (
    address_key {blob} NOT NULL,
    message_kind {int} NOT NULL,
    message_id {int} NOT NULL,
    contact_id {int} NOT NULL,
    at {int} NOT NULL,
    PRIMARY KEY (address_key, message_kind, message_id, contact_id)
){tail};

-- Every bounce once, from the session or from a DSN.
CREATE TABLE bounce (
    message_kind {int} NOT NULL,
    message_id {int} NOT NULL,
    contact_id {int} NOT NULL,
    attempt {int} NOT NULL,
    account_id {int} NOT NULL,
    at {int} NOT NULL,
    class {text} NOT NULL,
    provider_group {text} NOT NULL,
    reply {text} NOT NULL,
    effect {text} NOT NULL,
    address_key {blob} NOT NULL,
    -- The open incident for which it waits (effect 'held').
    incident_id {int},
    inbox_id {int},
    PRIMARY KEY (message_kind, message_id, contact_id, attempt)
){tail};
CREATE INDEX bounce_held ON bounce (incident_id) WHERE effect = 'held';
CREATE INDEX bounce_by_account ON bounce (account_id, at);

-- What happened at a provider: policy blocks, jumps of hard bounces.
CREATE TABLE incident (
    id {int} NOT NULL PRIMARY KEY,
    kind {text} NOT NULL,
    provider_group {text} NOT NULL,
    state {text} NOT NULL,
    opened_at {int} NOT NULL,
    detail {text} NOT NULL,
    decided_at {int},
    decided_by {text},
    decision_reason {text}
){tail};
CREATE INDEX incident_by_state ON incident (state, id);
-- One open incident of a kind and group at a time (B6).
CREATE UNIQUE INDEX incident_open ON incident (kind, provider_group) WHERE state = 'open';

-- A provider group that gets nothing for now.
CREATE TABLE provider_pause (
    provider_group {text} NOT NULL PRIMARY KEY,
    -- 0 = until a person decides.
    until {int} NOT NULL,
    reason {text} NOT NULL,
    incident_id {int}
){tail};

-- Cases of the abuse desk (R79, R89).
CREATE TABLE abuse_case (
    id {int} NOT NULL PRIMARY KEY,
    account_id {int} NOT NULL,
    kind {text} NOT NULL,
    state {text} NOT NULL,
    opened_at {int} NOT NULL,
    first_look_due {int} NOT NULL,
    decision_due {int} NOT NULL,
    -- Who looked at it first, and when.
    looked_at {int},
    looked_by {text},
    -- One open case of a kind and object at a time.
    cluster {text} NOT NULL,
    -- The mailing or form that it is about.
    mailing_id {int},
    form_id {int},
    summary {text} NOT NULL,
    decision {text},
    decided_at {int},
    decided_by {text},
    decision_reason {text}
){tail};
CREATE INDEX abuse_case_by_state ON abuse_case (state, id);
CREATE INDEX abuse_case_by_account ON abuse_case (account_id, id);
CREATE UNIQUE INDEX abuse_case_open ON abuse_case (cluster) WHERE state = 'open';

CREATE TABLE case_event (
    case_id {int} NOT NULL,
    id {int} NOT NULL,
    at {int} NOT NULL,
    kind {text} NOT NULL,
    note {text} NOT NULL,
    -- JSON: score at that moment, ids of mail and evidence.
    evidence {text} NOT NULL,
    inbox_id {int},
    PRIMARY KEY (case_id, id)
){tail};

CREATE TABLE sender (
    account_id {int} NOT NULL,
    id {int} NOT NULL,
    address {text} NOT NULL,
    address_key {blob} NOT NULL,
    display_name {text} NOT NULL,
    domain_id {int} NOT NULL,
    -- Own address, or an address of the platform that is forwarded (D7).
    platform {bool} NOT NULL,
    forward_to {text},
    proof_sent_at {int},
    proven_at {int},
    on_hold_since {int},
    created_at {int} NOT NULL,
    PRIMARY KEY (account_id, id),
    UNIQUE (account_id, address_key)
){tail};
CREATE UNIQUE INDEX sender_platform_address ON sender (address_key) WHERE platform = TRUE;
CREATE INDEX sender_by_address ON sender (address_key);
CREATE INDEX sender_by_id ON sender (id);

CREATE TABLE sending_domain (
    account_id {int} NOT NULL,
    id {int} NOT NULL,
    name {text} NOT NULL,
    platform {bool} NOT NULL,
    authenticated_at {int},
    checked_at {int},
    -- Records that were right are wrong or missing since then.
    failing_since {int},
    -- JSON: the found value and state of each wanted record.
    found {text} NOT NULL,
    created_at {int} NOT NULL,
    PRIMARY KEY (account_id, id),
    UNIQUE (account_id, name)
){tail};

-- Sealed signing keys; account 0 = the platform's own.
CREATE TABLE signing_key (
    account_id {int} NOT NULL,
    id {int} NOT NULL,
    domain {text} NOT NULL,
    selector {text} NOT NULL,
    algorithm {text} NOT NULL,
    sealed {blob} NOT NULL,
    public_key {text} NOT NULL,
    active {bool} NOT NULL,
    created_at {int} NOT NULL,
    PRIMARY KEY (account_id, id),
    UNIQUE (account_id, domain, selector)
){tail};

CREATE TABLE legal_notice (
    account_id {int} NOT NULL,
    version {int} NOT NULL,
    -- JSON of policy::legal_notice::LegalNotice.
    notice {text} NOT NULL,
    created_at {int} NOT NULL,
    decided_at {int},
    decided_by {text},
    decision {text},
    decision_reason {text},
    PRIMARY KEY (account_id, version)
){tail};

-- Mail that arrived, whole. day = UTC day, the partition.
CREATE TABLE inbox (
    id {int} NOT NULL PRIMARY KEY,
    day {int} NOT NULL,
    received_at {int} NOT NULL,
    peer {text} NOT NULL,
    helo {text} NOT NULL,
    mail_from {text} NOT NULL,
    recipient {text} NOT NULL,
    raw {blob} NOT NULL,
    kind {text} NOT NULL,
    effect {text} NOT NULL
){tail};
CREATE INDEX inbox_by_day ON inbox (day);

-- Letters answered, for M9 and R8: one answer per address and day.
CREATE TABLE letter_answered (
    address_key {blob} NOT NULL PRIMARY KEY,
    at {int} NOT NULL
){tail};

-- Who changed what.
CREATE TABLE audit (
    account_id {int} NOT NULL,
    id {int} NOT NULL,
    at {int} NOT NULL,
    actor {text} NOT NULL,
    action {text} NOT NULL,
    detail {text} NOT NULL,
    PRIMARY KEY (account_id, id)
){tail};

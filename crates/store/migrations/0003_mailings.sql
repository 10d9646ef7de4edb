-- Revisions of what customers write, and what receivers say to a mailing.

-- The number of the newest revision; whoever saves names the one that they began with.
ALTER TABLE mailing ADD COLUMN revision {int} NOT NULL DEFAULT 0;

-- What stood in a mailing. kind: 0 saved by hand, 1 saved by itself, 2 kept beside (somebody else had saved meanwhile).
CREATE TABLE mailing_revision (
    account_id {int} NOT NULL,
    mailing_id {int} NOT NULL,
    number {int} NOT NULL,
    kind {int} NOT NULL,
    -- When the first save that is folded into this one happened.
    began_at {int} NOT NULL,
    at {int} NOT NULL,
    actor {text} NOT NULL,
    name {text} NOT NULL,
    topic_id {int} NOT NULL,
    topic_version {int} NOT NULL,
    subject {text} NOT NULL,
    preheader {text} NOT NULL,
    format {text} NOT NULL,
    body {text} NOT NULL,
    language {text} NOT NULL,
    template_version {int} NOT NULL,
    -- Ids with blanks between them.
    include {text} NOT NULL,
    exclude {text} NOT NULL,
    trigger_tag {int},
    delay_minutes {int} NOT NULL,
    PRIMARY KEY (account_id, mailing_id, number)
){tail};

-- What became of mails, and what waits after a deferral or a lost connection: lists look for one state, and
-- those that wait are counted every second while somebody watches. What is due, claimed or started is in
-- none of them, so that a mail is written there once or twice in its life.
CREATE INDEX delivery_by_state ON delivery (mailing_id, state, contact_id) WHERE state > 2;

-- What the receivers of a mailing said, by provider group, folded per group of outcomes.
CREATE TABLE mailing_provider (
    account_id {int} NOT NULL,
    mailing_id {int} NOT NULL,
    provider_group {text} NOT NULL,
    shard {int} NOT NULL,
    accepted {int} NOT NULL,
    deferred {int} NOT NULL,
    bounced {int} NOT NULL,
    reply {text} NOT NULL,
    reply_at {int} NOT NULL,
    PRIMARY KEY (account_id, mailing_id, provider_group, shard)
){tail};

-- The same of a newsletter by minute of UTC, for its rate.
CREATE TABLE mailing_minute (
    account_id {int} NOT NULL,
    mailing_id {int} NOT NULL,
    minute {int} NOT NULL,
    shard {int} NOT NULL,
    accepted {int} NOT NULL,
    deferred {int} NOT NULL,
    bounced {int} NOT NULL,
    PRIMARY KEY (account_id, mailing_id, minute, shard)
){tail};

-- People who sign in: log-ins, their sessions, and what they may do where.

-- A person with a password. An address has one log-in, whatever accounts the person works in.
CREATE TABLE login (
    id {int} NOT NULL PRIMARY KEY,
    name {text} NOT NULL,
    address {text} NOT NULL,
    address_key {blob} NOT NULL UNIQUE,
    language {text} NOT NULL,
    operator {bool} NOT NULL,
    -- argon2id, as a PHC string.
    password_hash {text} NOT NULL,
    password_at {int} NOT NULL,
    -- Sealed for this log-in; the last step whose code was taken (RFC 6238 §5.2).
    totp_secret {blob},
    totp_step {int},
    created_at {int} NOT NULL
){tail};

-- Codes for a lost authenticator app, by their hashes; a used one is gone.
CREATE TABLE login_recovery (
    login_id {int} NOT NULL,
    hash {blob} NOT NULL,
    PRIMARY KEY (login_id, hash)
){tail};

-- Browsers in which somebody is signed in. The secret is in the cookie alone; here is its hash.
CREATE TABLE session (
    id {int} NOT NULL PRIMARY KEY,
    hash {blob} NOT NULL UNIQUE,
    login_id {int} NOT NULL,
    -- False between the password and the code: such a session opens the page for the code alone.
    full_entry {bool} NOT NULL,
    created_at {int} NOT NULL,
    seen_at {int} NOT NULL,
    expires_at {int} NOT NULL,
    ip {text} NOT NULL,
    user_agent {text} NOT NULL
){tail};
CREATE INDEX session_by_login ON session (login_id);
CREATE INDEX session_by_expiry ON session (expires_at);

-- Links that open a log-in once: a forgotten password (1), the first log-in of an operator (2).
-- The number alone stands here: only who has the key can make the link of it.
CREATE TABLE entry_link (
    id {int} NOT NULL PRIMARY KEY,
    kind {int} NOT NULL,
    login_id {int},
    -- The address of the log-in to be, where it was said beforehand.
    address {text},
    created_at {int} NOT NULL,
    expires_at {int} NOT NULL,
    used_at {int}
){tail};
CREATE INDEX entry_link_by_login ON entry_link (login_id);

-- Tries to sign in, counted by keyed hash: of an address, a device, a network. No address stands here.
CREATE TABLE entry_try (
    subject {blob} NOT NULL PRIMARY KEY,
    failed {int} NOT NULL,
    last_at {int} NOT NULL,
    wait_until {int} NOT NULL
){tail};
CREATE INDEX entry_try_by_time ON entry_try (last_at);

-- What a person may do in the account: 1 reads, 2 edits, 3 owns. A user without log-in gets test mails only.
ALTER TABLE app_user ADD COLUMN role {int} NOT NULL DEFAULT 1;
ALTER TABLE app_user ADD COLUMN login_id {int};
CREATE INDEX app_user_by_login ON app_user (login_id);

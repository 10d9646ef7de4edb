-- Figures that an account's first page shows at a glance, whatever the size of its book.

-- How an address book grew and shrank, by UTC day: counted in the transaction that changes the book.
-- what: joined, returned, or the reason of a former contact. Day -1 holds the number of contacts ('contacts').
CREATE TABLE book_count (
    account_id {int} NOT NULL,
    day {int} NOT NULL,
    what {text} NOT NULL,
    shard {int} NOT NULL,
    n {int} NOT NULL,
    PRIMARY KEY (account_id, day, what, shard)
){tail};
INSERT INTO book_count (account_id, day, what, shard, n)
    SELECT k.account_id, k.since / 86400000, 'joined', 0, COUNT(*)
    FROM (SELECT account_id, since FROM contact UNION ALL SELECT account_id, since FROM former_contact) AS k
    GROUP BY k.account_id, k.since / 86400000;
INSERT INTO book_count (account_id, day, what, shard, n)
    SELECT account_id, left_at / 86400000, reason, 0, COUNT(*) FROM former_contact GROUP BY account_id, left_at / 86400000, reason;
INSERT INTO book_count (account_id, day, what, shard, n)
    SELECT account_id, -1, 'contacts', 0, COUNT(*) FROM contact GROUP BY account_id;

-- What receivers said to an account's mailings, by hour of UTC; purged after two months.
CREATE TABLE account_hour (
    account_id {int} NOT NULL,
    hour {int} NOT NULL,
    shard {int} NOT NULL,
    accepted {int} NOT NULL,
    deferred {int} NOT NULL,
    bounced {int} NOT NULL,
    PRIMARY KEY (account_id, hour, shard)
){tail};
CREATE INDEX account_hour_by_time ON account_hour (hour);
INSERT INTO account_hour (account_id, hour, shard, accepted, deferred, bounced)
    SELECT account_id, minute / 60, 0, CAST(SUM(accepted) AS BIGINT), CAST(SUM(deferred) AS BIGINT), CAST(SUM(bounced) AS BIGINT)
    FROM mailing_minute GROUP BY account_id, minute / 60;

-- Test mails are few among the notices of an account: purpose 4.
CREATE INDEX notice_tests ON notice (account_id, state) WHERE purpose = 4;

-- How SQLite finds its way in large books.
--
-- Without figures SQLite takes an account for ten rows, and reads a book of a million from its beginning
-- where an index would lead to the one contact. These are the figures of an installation with ten accounts
-- of a hundred thousand contacts: always the same, so that a statement goes the same way on every
-- machine and on every day. PostgreSQL gathers its own. A table that is named here has a line for each of
-- its indexes (a test looks); the table's own line is its primary key.
-- only: sqlite
ANALYZE installation;
-- only: sqlite
DELETE FROM sqlite_stat1;
-- only: sqlite
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('contact', 'contact', '1000000 100000 1'),
    ('contact', 'sqlite_autoindex_contact_2', '1000000 100000 1'),
    ('contact', 'contact_by_address', '1000000 2'),
    ('contact', 'contact_by_search', '1000000 100000 2 1'),
    ('contact', 'contact_by_domain', '1000000 100000 1000 1'),
    ('contact_field', 'contact_field', '3000000 300000 30 2 1'),
    ('contact_field', 'contact_field_by_contact', '3000000 300000 3'),
    ('contact_tag', 'contact_tag', '3000000 300000 3 1'),
    ('contact_tag', 'contact_tag_by_tag', '3000000 300000 20000 1'),
    ('former_contact', 'former_contact', '500000 50000 1'),
    ('former_contact', 'former_contact_by_account_address', '500000 50000 2'),
    ('former_contact', 'former_contact_by_time', '500000 50000 2'),
    ('former_contact', 'former_contact_by_reason', '500000 50000 10000 2 1'),
    ('consent', 'consent', '1000000 100000 1 1'),
    ('consent', 'consent_by_topic', '1000000 100000 50000 50000 1'),
    ('consent_event', 'consent_event', '2000000 200000 1'),
    ('consent_event', 'consent_event_by_contact', '2000000 200000 2 1'),
    ('consent_leaf', 'consent_leaf', '2000000 200000 1'),
    ('consent_leaf', 'consent_leaf_by_seal', '2000000 200000 100 1'),
    ('signup', 'signup', '50000 5000 1'),
    ('signup', 'signup_by_address', '50000 5000 2'),
    ('signup', 'signup_by_expiry', '50000 2'),
    ('mailing', 'mailing', '5000 500 1'),
    ('mailing', 'mailing_by_id', '5000 1'),
    ('mailing', 'mailing_by_state', '5000 1000 5'),
    ('mailing', 'mailing_by_trigger', '5000 500 5'),
    ('delivery', 'delivery', '20000000 100000 1'),
    ('delivery', 'delivery_due', '1000000 50000 1000'),
    ('delivery', 'delivery_owned', '1000 500'),
    ('delivery', 'delivery_open', '1000000 2'),
    ('delivery', 'delivery_by_contact', '20000000 2000000 20 1'),
    ('delivery', 'delivery_by_state', '19000000 95000 4000 1'),
    ('notice', 'notice', '1000000 1'),
    ('notice', 'sqlite_autoindex_notice_1', '1000000 2'),
    ('notice', 'notice_due', '1000 2'),
    ('notice', 'notice_owned', '100 50'),
    ('notice', 'notice_open', '1000 2'),
    ('notice', 'notice_by_account', '1000000 100000 1'),
    ('notice', 'notice_tests', '1000 100 10'),
    ('complaint', 'complaint', '10000 1000 20 1'),
    ('complaint', 'complaint_by_time', '10000 1000 2'),
    ('bounce', 'bounce', '500000 250000 5000 2 1'),
    ('bounce', 'bounce_held', '1000 100'),
    ('bounce', 'bounce_by_account', '500000 50000 2'),
    ('suppression', 'suppression', '200000 1'),
    ('suppression', 'suppression_by_incident', '200000 20000'),
    ('suppression', 'suppression_by_group', '200000 2000 10');
-- only: sqlite
ANALYZE sqlite_schema;

//! Mail that leaves: claim, release, start, transmit, record.

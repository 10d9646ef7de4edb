//! What time brings: expiry, expansion, sealing, checks.

//! Tokens, keyed hashes, sealed secrets, clock and dice.

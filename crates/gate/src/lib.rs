//! The only maker of a released message.

//! The pages through real listeners.

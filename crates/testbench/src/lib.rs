//! Fake providers, seeds and scripted peers for development.

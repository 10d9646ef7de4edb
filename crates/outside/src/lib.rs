//! The resolver, HTTP and dialling with address guard.

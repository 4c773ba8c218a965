//! The way of a URL.

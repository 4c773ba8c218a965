//! Judges archives.

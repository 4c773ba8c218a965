//! When a hub is visited again.

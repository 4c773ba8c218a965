//! The engine's state as bytes.

//! Bytes to links and metadata.

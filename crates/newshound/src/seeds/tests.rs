//! Lists of seeds, good and bad.

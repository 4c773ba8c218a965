//! Archives that break a rule, and one that breaks none.

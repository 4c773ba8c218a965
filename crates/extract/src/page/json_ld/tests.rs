//! Tests of the module that declares this one.

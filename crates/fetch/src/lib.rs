//! One safe HTTP exchange.

//! The simulated news web as a program.
fn main() {}

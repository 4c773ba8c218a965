//! A simulated news web on loopback.

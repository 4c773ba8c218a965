//! Workers under simulated time, on a frontier that is not always well.

mod addresses;
mod articles;
mod chances;
mod fleet;
mod outages;
mod overrides;
mod sim;
mod traps;
mod trouble;
mod usage;

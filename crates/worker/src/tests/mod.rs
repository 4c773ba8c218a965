//! Workers under simulated time, on a frontier that is not always well.

mod fleet;
mod outages;
mod overrides;
mod sim;
mod trouble;

//! What only Redis can do wrong: failovers, clocks that step, restarts, memory that is full,
//! servers that will not do, connections that break.

mod clock;
mod cluster;
mod crawls;
mod cut;
mod failover;
mod full;
mod moving;
mod opening;
mod restart;
mod support;
mod wire;

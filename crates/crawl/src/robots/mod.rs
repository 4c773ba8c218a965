//! robots.txt (RFC 9309): rules, matcher, and what the answer to its request means.

mod copy;

pub use copy::{RobotsCopy, RobotsState};

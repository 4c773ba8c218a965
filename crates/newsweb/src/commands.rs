//! The subcommands of the program, one file each.

pub(crate) mod judge;
pub(crate) mod serve;

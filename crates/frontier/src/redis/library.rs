//! The function library: its Lua sources, put together.

use redis::{Cmd, cmd};

/// What this program's library calls itself; a server with an older one is given ours.
pub(super) const REVISION: i64 = 3;

/// The parts in the order in which they rely on one another.
const PARTS: [&str; 20] = [
    include_str!("lua/prelude.lua"),
    include_str!("lua/sums.lua"),
    include_str!("lua/seen.lua"),
    include_str!("lua/host.lua"),
    include_str!("lua/outlet.lua"),
    include_str!("lua/take_in.lua"),
    include_str!("lua/enqueue.lua"),
    include_str!("lua/robots.lua"),
    include_str!("lua/lease.lua"),
    include_str!("lua/account.lua"),
    include_str!("lua/settle.lua"),
    include_str!("lua/seeds.lua"),
    include_str!("lua/look.lua"),
    include_str!("lua/waiting.lua"),
    include_str!("lua/root.lua"),
    include_str!("lua/control.lua"),
    include_str!("lua/dump.lua"),
    include_str!("lua/load.lua"),
    include_str!("lua/seal.lua"),
    include_str!("lua/init.lua"),
];

/// Where the clock of tests is put in: the time that the caller hands in instead of the server's.
const CLOCK_MARK: &str = "--@CLOCK@--";
const HANDED_CLOCK: &str = "server_time = function(handed) return handed end";

/// The source of the library. With `is_handed`, times come from the callers.
pub(super) fn source(is_handed: bool) -> String {
    let clock = if is_handed { HANDED_CLOCK } else { "" };
    let body = PARTS.concat().replace(CLOCK_MARK, clock);
    format!("#!lua name=nh1\n{body}")
}

pub(super) fn load(is_handed: bool) -> Cmd {
    let mut load = cmd("FUNCTION");
    load.arg("LOAD").arg("REPLACE").arg(source(is_handed));
    load
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_tests_hand_their_clock_in() {
        assert!(!source(false).contains("return handed end"));
        assert!(source(true).contains("return handed end"));
    }

    #[test]
    fn every_function_says_its_version() {
        let source = source(false);
        let named = source.matches("register_function").count();
        // `reader` registers for all that it is called for.
        let readers = source.matches("reader('nh1_").count();
        assert_eq!(named - 1 + readers, source.matches("'nh1_").count());
    }
}

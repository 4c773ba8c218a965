//! Ports that nobody else takes, also while a server is down.
//!
//! They lie below those that the system hands out to clients, so no connection takes the port of a
//! server that is being restarted. Among tests that run side by side a lock on a file keeps them.

use std::env;
use std::fs::{self, File};
use std::net::{Ipv4Addr, TcpListener};
use std::process;
use std::sync::atomic::{AtomicU16, Ordering};

use super::error::{Error, Result, io};

/// The first of our ports.
const FIRST: u16 = 21_000;
/// How many there are. Linux hands out ports from 32,768 on.
const COUNT: u16 = 11_000;

/// A port on loopback, ours until this value is dropped.
#[derive(Debug)]
pub(super) struct Port {
    number: u16,
    /// Its lock ends with it.
    _lock: File,
}

impl Port {
    /// Takes a free one.
    pub(super) fn take() -> Result<Self> {
        // Tests that run side by side begin apart, or each would try what the others hold.
        static NEXT: AtomicU16 = AtomicU16::new(0);
        let folder = env::temp_dir()
            .join(format!("newshound-test-ports-{}", rustix::process::getuid().as_raw()));
        fs::create_dir_all(&folder).map_err(io("make the folder of port locks"))?;
        let begin = process::id().wrapping_mul(97) % u32::from(COUNT);
        for _ in 0..COUNT {
            let step = u32::from(NEXT.fetch_add(1, Ordering::Relaxed));
            let offset = (begin + step) % u32::from(COUNT);
            let number = FIRST + u16::try_from(offset).unwrap_or(0);
            let lock = File::create(folder.join(number.to_string()))
                .map_err(io("make the lock of a port"))?;
            let ours = lock.try_lock().is_ok();
            if ours && TcpListener::bind((Ipv4Addr::LOCALHOST, number)).is_ok() {
                return Ok(Self { number, _lock: lock });
            }
        }
        Err(Error::NoPort { first: FIRST, last: FIRST + COUNT - 1 })
    }

    /// Its number.
    pub(super) fn number(&self) -> u16 {
        self.number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_taken_once() {
        let ports: Vec<Port> = (0..50).map(|_| Port::take().unwrap()).collect();
        let mut numbers: Vec<u16> = ports.iter().map(Port::number).collect();
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), 50);
    }
}

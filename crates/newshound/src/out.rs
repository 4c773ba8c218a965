//! Standard output and error: a reader that has seen enough (`| head`) is no failure.

use std::fmt::Arguments;
use std::io::{ErrorKind, Write};

use anyhow::{Context, Result};

/// Writes all of it. What is left over when the reader is gone is nobody's.
pub(crate) fn bytes(content: &[u8]) -> Result<()> {
    let mut out = std::io::stdout().lock();
    match out.write_all(content).and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        done => done.context("cannot write to standard output"),
    }
}

/// Whether a failure is that the reader of standard output is gone.
pub(crate) fn is_closed(error: &anyhow::Error) -> bool {
    let io = error.chain().filter_map(|cause| cause.downcast_ref::<std::io::Error>());
    io.map(std::io::Error::kind).any(|kind| kind == ErrorKind::BrokenPipe)
}

/// A text from the web on one line, for people: it cannot move the cursor.
pub(crate) fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

/// Tells people something. Where nobody can hear it, that is so.
pub(crate) fn tell(message: Arguments<'_>) {
    let _ = std::io::stderr().lock().write_fmt(message);
}

/// Writes a text.
pub(crate) fn text(content: &str) -> Result<()> {
    bytes(content.as_bytes())
}

/// Writes a value as one line of JSON.
pub(crate) fn json(value: &impl serde::Serialize) -> Result<()> {
    text(&(serde_json::to_string(value)? + "\n"))
}

/// Writes a line, as `println!` does, and fails as [`text`] does.
macro_rules! line {
    ($($part:tt)*) => {
        $crate::out::text(&format!("{}\n", format_args!($($part)*)))
    };
}
pub(crate) use line;

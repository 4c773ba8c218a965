//! The helper that runs programs, tried on small ones.

use std::process::Command;
use std::time::Duration;

use it::process::{Running, Signal, run};

const LIMIT: Duration = Duration::from_mins(1);

fn sh(script: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", script]);
    command
}

#[test]
fn output_and_code_are_kept_apart() {
    let finished = run(&mut sh("echo out; echo err >&2; exit 3"), LIMIT);
    assert_eq!(finished.code, Some(3));
    assert_eq!(finished.stdout, "out\n");
    assert_eq!(finished.stderr, "err\n");
}

#[test]
fn input_reaches_the_program() {
    let finished = Running::start(&mut Command::new("cat"), b"a line\n").wait(LIMIT);
    assert_eq!(finished.expect_code(0).stdout, "a line\n");
}

#[test]
fn a_held_program_ends_with_its_input() {
    let mut running = Running::hold(&mut sh("echo ready; cat; echo done"));
    running.wait_for("ready", LIMIT);
    running.close_input();
    assert_eq!(running.wait(LIMIT).expect_code(0).stdout, "ready\ndone\n");
}

#[test]
fn a_line_can_be_waited_for_and_a_signal_sent() {
    let mut running = Running::start(&mut sh("echo ready; exec tail -f /dev/null"), b"");
    assert_eq!(running.wait_for("ready", LIMIT), "ready\n");
    running.signal(Signal::TERM);
    assert_eq!(running.wait(LIMIT).signal, Some(15));
}

#[test]
fn a_killed_program_is_gone_and_its_output_kept() {
    let mut running = Running::start(&mut sh("echo ready; exec tail -f /dev/null"), b"");
    running.wait_for("ready", LIMIT);
    let finished = running.kill();
    assert_eq!((finished.code, finished.signal), (None, Some(9)));
    assert_eq!(finished.stdout, "ready\n");
}

#[test]
#[should_panic(expected = "no line with \"never\"")]
fn a_line_that_never_comes_is_an_error() {
    Running::start(&mut sh("echo one"), b"").wait_for("never", LIMIT);
}

//! Workers that are stopped at any await and for any time (guarantee 1, under simulated time).

use it::scenario::{Fault, Pauses, pauses};

#[test]
fn whatever_worker_is_stopped_no_start_is_without_a_lease_or_too_early() {
    let done = pauses(1, 100, None);
    assert!(done.is_clean(), "{}", json(&done));
    // A clean run says something only where all this happened.
    let seen = &done.seen;
    for (what, count) in [
        ("stops", done.stops),
        ("stops longer than a lease", done.stops_long),
        ("starts", seen.starts),
        ("leases by name", seen.leases_by_name),
        ("expired leases", seen.leases_expired),
        ("hosts that another worker had next", seen.leases_taken_over),
        ("answers that nobody was told of", seen.answers_untold),
        ("stale settles", seen.settles_stale),
        ("stale extensions", seen.extensions_stale),
        ("contested hosts", seen.hosts_contested),
        ("sockets that a stopped worker held", seen.sockets_held),
    ] {
        assert!(count > 0, "no {what}: {}", json(&done));
    }
}

#[test]
fn every_fault_is_found() {
    for (fault, words) in [
        (Fault::LongLease, &["the lease ends at", "the host is that of"][..]),
        (Fault::BlindClock, &["the lease ends at", "the host is that of"]),
        (Fault::NoHealing, &["before the one before it has healed"]),
        (Fault::NoRest, &["it comes before"]),
    ] {
        let done = pauses(1, 10, Some(fault));
        let all = done.seen.what.join("\n");
        for word in words {
            assert!(all.contains(word), "{fault:?} is not found as {word:?}: {}", json(&done));
        }
    }
}

#[test]
fn a_seed_plays_the_same_again() {
    assert_eq!(json(&pauses(7, 3, None)), json(&pauses(7, 3, None)));
}

fn json(report: &Pauses) -> String {
    serde_json::to_string_pretty(report).unwrap()
}

//! What a crawl keeps beside its URLs, and the clock it runs on.

use std::time::Duration;

use crawl::robots::RobotsState;
use crawl::{CanonicalUrl, Clock, UnixMicros};

use super::bench::{Bench, LEASE, copy, done, hub, origin, rest, seconds, url};
use crate::{Frontier, Settlement};

/// A robots copy is kept as it was given, once for each origin, and ages.
pub async fn robots_copies_are_kept_and_age<F: Frontier>(b: Bench<F>) {
    let (http, https) = (origin("http://a.test/"), origin("https://a.test:8443/"));
    assert_eq!(b.frontier.robots(&http).await.expect("robots"), None);
    let to: CanonicalUrl = url("https://b.test/robots.txt");
    for (n, state) in [
        RobotsState::Rules("User-agent: *\nDisallow: /é\n".into()),
        RobotsState::Redirected { to, hops: 2 },
        RobotsState::DisallowAll,
    ]
    .into_iter()
    .enumerate()
    {
        let lease = b.take("a.test").await;
        let robots = vec![(http.clone(), copy(state.clone()))];
        b.settle(&lease, Settlement { robots, ..rest(Duration::ZERO) }).await;
        b.clock.advance(seconds(10));
        let stored = b.frontier.robots(&http).await.expect("robots");
        let stored = stored.unwrap_or_else(|| panic!("copy {n} is gone"));
        assert_eq!((stored.copy, stored.age), (copy(state), seconds(10)));
    }
    assert_eq!(b.frontier.robots(&https).await.expect("robots"), None);
}

/// A lease brings the robots copies of all origins of its host, and of no other.
pub async fn a_lease_brings_the_robots_copies_of_all_origins_of_the_host<F: Frontier>(b: Bench<F>) {
    let lease = b.take("a.test").await;
    let origins =
        ["https://a.test/", "http://a.test:81/", "https://b.test/", "http://a.test/"].map(origin);
    let robots = origins.into_iter().map(|origin| (origin, copy(RobotsState::AllowAll)));
    b.settle(&lease, Settlement { robots: robots.collect(), ..rest(Duration::ZERO) }).await;
    let lease = b.take("a.test").await;
    let brought: Vec<&str> = lease.robots.iter().map(|(origin, _)| origin.as_str()).collect();
    assert_eq!(brought, ["http://a.test", "http://a.test:81", "https://a.test"]);
    assert_eq!(b.take("b.test").await.robots.len(), 1);
}

/// The scope grows; a member is kept once.
pub async fn the_scope_grows<F: Frontier>(b: Bench<F>) {
    assert_eq!(b.frontier.scope_members().await.expect("scope"), [""; 0]);
    for members in [vec!["b.test", "a.test"], vec![], vec!["a.test", "c.test"]] {
        let members = members.into_iter().map(str::to_owned).collect();
        b.frontier.admit(members).await.expect("admit");
    }
    let members = b.frontier.scope_members().await.expect("scope");
    assert_eq!(members, ["a.test", "b.test", "c.test"]);
}

/// Notes are kept by their key; a later one takes the place of an earlier one.
pub async fn notes_are_kept<F: Frontier>(b: Bench<F>) {
    assert_eq!(b.frontier.note("k").await.expect("note"), None);
    for value in ["one", "", "zwei\n"] {
        b.frontier.set_note("k", value).await.expect("set a note");
        assert_eq!(b.frontier.note("k").await.expect("note").as_deref(), Some(value));
    }
    assert_eq!(b.frontier.note("K").await.expect("note"), None);
}

/// Steps of the wall clock change nothing while a frontier is open.
pub async fn steps_of_the_wall_clock_change_nothing<F: Frontier>(b: Bench<F>) {
    b.add([hub("https://a.test/")]).await;
    let lease = b.lease(1).await;
    let wall = b.clock.now();
    for step in [wall.after(seconds(3_600)), UnixMicros(wall.0 - 3_600_000_000), UnixMicros(0)] {
        b.clock.step_wall(step);
        assert_eq!(b.idle().await.next_ready_in, Some(LEASE));
    }
    b.clock.advance(seconds(1));
    assert_eq!(b.idle().await.next_ready_in, Some(LEASE.saturating_sub(seconds(1))));
    b.settle(&lease, done(&lease)).await;
}

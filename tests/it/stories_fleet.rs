//! The stories of a fleet; in full size by `cargo xtask soak stories`.

use std::time::Duration;

use it::scenario::fleet::{self, StoriesSetup};

fn small() -> StoriesSetup {
    StoriesSetup {
        hosts: 20,
        articles: 15,
        delay: Duration::from_millis(300),
        workers: 2,
        cluster: false,
        service_kills: 2,
        worker_kills: 1,
        redis_kills: 1,
    }
}

#[test]
fn whoever_is_killed_the_stories_are_those_of_one_process_on_the_same_order() {
    let done = fleet::stories(&small());
    assert!(done.documents > 100 && done.shared > 0, "{done:?}");
    let kills = (done.taken_over, done.worker_kills, done.redis_kills);
    assert_eq!(kills, (2, 1, 1), "{done:?}");
}

#[test]
fn what_is_pushed_out_of_redis_is_told_and_caught_up_from_archives() {
    let setup = StoriesSetup { articles: 40, delay: Duration::from_millis(50), ..small() };
    let done = fleet::overflow(&setup, 100);
    println!("{done:?}");
    assert!(done.from_archives >= done.missing, "{done:?}");
    assert!(done.documents as u64 > done.missing, "{done:?}");
}

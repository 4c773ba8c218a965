//! The store: the same after restarts and failures, and what it tells.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crawl::{Labels, UnixMicros};
use tempfile::TempDir;

use super::*;
use crate::{Article, Config, Hints, Kind, Stories};

const HOUR: i64 = 3_600_000_000;

/// The engine panics on a text that has this in it.
pub(super) const PANICS: &str = "as if by a fault of ours";

/// Wire stories that outlets cut, edit and collect, and texts of their own; the same for a seed.
fn arrivals(seed: u64, count: usize) -> Vec<Arrival> {
    let mut dice = fastrand::Rng::with_seed(seed);
    let sentence = |dice: &mut fastrand::Rng| {
        let words = (0..14).map(|_| format!("w{:03}", dice.u32(..700)));
        words.collect::<Vec<_>>().join(" ") + "."
    };
    let mut wires: Vec<Vec<String>> = Vec::new();
    let mut found = Vec::new();
    for n in 0..count {
        if wires.is_empty() || dice.u32(..3) == 0 {
            wires.push((0..8).map(|_| sentence(&mut dice)).collect());
        }
        let wire = &wires[dice.usize(..wires.len())];
        let mut lines = match dice.u32(..5) {
            0 => wire[..5].to_vec(),
            1 => wires[dice.usize(..wires.len())][..4].iter().chain(&wire[..4]).cloned().collect(),
            _ => wire.clone(),
        };
        if dice.bool() {
            lines.push(sentence(&mut dice));
        }
        let outlet = format!("outlet-{}.test", dice.u32(..9));
        let url = format!("https://{outlet}/{}", if dice.u32(..8) == 0 { 0 } else { n });
        found.push(Arrival {
            labels: (n % 3 == 0).then(|| Labels::new(Some("FR"), None, "local").unwrap()),
            url,
            outlet,
            text: lines.join("\n"),
            seen_at: UnixMicros(HOUR * i64::try_from(n).unwrap() + 1_000),
            published: dice.bool().then(|| Published {
                at: UnixMicros(HOUR * i64::try_from(n).unwrap() - HOUR * 2),
                text: "1970-01-01T00:00:00Z".into(),
            }),
            headline: Some(format!("Headline {n}")),
            byline: (n % 4 == 0).then(|| "AFP".into()),
            language: Some("en".into()),
            place: Some(Place {
                segment: format!("segment-{}.warc.gz", n / 20),
                record: format!("urn:uuid:{n}"),
                offset: n as u64,
                ..Place::default()
            }),
            ..Arrival::default()
        });
    }
    found
}

struct Folder {
    _dir: TempDir,
    path: PathBuf,
}

fn place() -> Folder {
    let dir = tempfile::tempdir().unwrap();
    Folder { path: dir.path().join(FILE), _dir: dir }
}

fn keeper(path: &Path, config: Config) -> Keeper {
    Keeper::open(path, config).unwrap().with_checkpoints_every(7)
}

fn short() -> Config {
    Config { window_s: 60 * 3_600, ..Config::default() }
}

/// All that a store tells.
fn told(path: &Path) -> Vec<String> {
    let store = Store::open(path).unwrap();
    let mut told = Vec::new();
    for document in store.documents_after(0, usize::MAX).unwrap() {
        let number = document.number;
        let why = (store.reasons(number).unwrap(), store.links(number).unwrap());
        told.push(format!("{document:?} {why:?} {:?}", store.labels(&document.outlet)));
    }
    told.extend(
        store.stories(&Query::default(), 9_999).unwrap().stories.iter().map(|s| format!("{s:?}")),
    );
    told
}

#[test]
fn a_restart_between_any_two_batches_changes_nothing() {
    let arrivals = arrivals(7, 120);
    let whole = place();
    let mut keeper_of_whole = keeper(&whole.path, short());
    for batch in arrivals.chunks(9) {
        keeper_of_whole.take(batch).unwrap();
    }
    let expected = told(&whole.path);
    let held = Store::open(&whole.path).unwrap().held().unwrap();
    assert!(held.stories > 10 && held.shared > 10, "{held:?}");
    for first in 1..arrivals.chunks(9).len() {
        let cut = place();
        let batches: Vec<_> = arrivals.chunks(9).collect();
        for part in [&batches[..first], &batches[first..]] {
            let mut keeper = keeper(&cut.path, short());
            for batch in part {
                keeper.take(batch).unwrap();
            }
        }
        assert!(told(&cut.path) == expected, "cut before batch {first}");
    }
}

#[test]
fn a_batch_that_fails_is_not_there_and_can_be_taken_again() {
    let arrivals = arrivals(11, 60);
    let whole = place();
    keeper(&whole.path, short()).take(&arrivals).unwrap();
    let failing = place();
    let mut keeper = keeper(&failing.path, short());
    keeper.take(&arrivals[..20]).unwrap();
    let other = Connection::open(&failing.path).unwrap();
    for at in [21, 29, 40] {
        let trigger = format!(
            "CREATE TRIGGER fails BEFORE INSERT ON document WHEN NEW.number = {at}
             BEGIN SELECT RAISE(ABORT, 'no'); END"
        );
        other.execute_batch(&trigger).unwrap();
        let error = keeper.take(&arrivals[20..40]).unwrap_err();
        assert!(!error.is_lasting(), "{error:?}");
        let held = Store::open(&failing.path).unwrap().held().unwrap();
        assert_eq!(held.documents, 20);
        other.execute_batch("DROP TRIGGER fails").unwrap();
    }
    keeper.take(&arrivals[20..]).unwrap();
    assert_eq!(told(&failing.path), told(&whole.path));
}

#[test]
fn what_is_known_changes_nothing() {
    let arrivals = arrivals(3, 50);
    let place = place();
    let mut keeper = keeper(&place.path, short());
    keeper.take(&arrivals).unwrap();
    let before = told(&place.path);
    let again = keeper.take(&arrivals).unwrap();
    assert!(again.iter().all(|taken| matches!(taken, Taken::Known { .. })), "{again:?}");
    assert_eq!(told(&place.path), before);
    assert_eq!(keeper.documents().unwrap(), 50);
}

/// Stories by the engine alone, with what it says applied to a table in memory.
fn by_engine(arrivals: &[Arrival], config: Config) -> BTreeMap<u64, (u64, Kind)> {
    let mut engine = Stories::new(config);
    let mut texts = std::collections::HashMap::new();
    let mut stories = BTreeMap::new();
    for (number, arrival) in (1..).zip(arrivals) {
        let article = Article {
            id: number,
            url: Some(&arrival.url),
            outlet: Some(&arrival.outlet),
            text: &arrival.text,
            published: arrival.published.as_ref().map(|p| p.at),
            seen_at: arrival.seen_at,
            hints: Hints { language: arrival.language.as_deref(), ..Hints::default() },
        };
        let found = engine.assign(&article, &texts).unwrap();
        texts.insert(number, arrival.text.as_str().into());
        stories.insert(number, (found.story.0, found.kind));
        for (story, _) in stories.values_mut() {
            if found.merged.iter().any(|merged| merged.0 == *story) {
                *story = found.story.0;
            }
        }
        for moved in found.moved {
            let kind = if moved.is_digest { Kind::Digest } else { stories[&moved.article].1 };
            stories.insert(moved.article, (moved.to.0, kind));
        }
    }
    stories
}

#[test]
fn documents_stand_where_the_engine_put_them_and_sums_are_right() {
    for seed in 20..26 {
        let arrivals = arrivals(seed, 90);
        let place = place();
        keeper(&place.path, Config::default()).take(&arrivals).unwrap();
        let store = Store::open(&place.path).unwrap();
        let documents = store.documents_after(0, 999).unwrap();
        let stored = documents.iter().map(|d| (d.number, (d.story.0, d.kind))).collect();
        assert_eq!(by_engine(&arrivals, Config::default()), stored, "seed {seed}");
        for story in store.stories(&Query::default(), 999).unwrap().stories {
            let members = store.members(story.id).unwrap();
            let count = |of: fn(&Document) -> &str| {
                let values: std::collections::BTreeSet<_> = members.iter().map(of).collect();
                values.len() as u64
            };
            assert_eq!(story.documents, members.len() as u64);
            assert_eq!((story.size, story.outlets), (count(|d| &d.url), count(|d| &d.outlet)));
            assert_eq!(story.first, members[0].number);
            assert_eq!(story.first_at, members[0].first_at);
            assert_eq!(Some(story.seen_last), members.iter().map(|d| d.seen_at).max());
        }
    }
}

#[test]
fn texts_behind_the_window_are_given_up_and_documents_stay() {
    let arrivals = arrivals(5, 120);
    let place = place();
    let mut keeper = keeper(&place.path, short());
    keeper.take(&arrivals).unwrap();
    keeper.checkpoint().unwrap();
    let store = Store::open(&place.path).unwrap();
    let kept = (1..=120).filter(|n| store.text(*n).unwrap().is_some());
    // The window ends with the document at its edge: 60 hours and the newest.
    assert_eq!(kept.collect::<Vec<_>>(), (60..=120).collect::<Vec<_>>());
    assert_eq!(store.text(120).unwrap().as_deref(), Some(arrivals[119].text.as_str()));
    assert_eq!(store.held().unwrap().documents, 120);
}

#[test]
fn other_bounds_hold_from_the_restart_on() {
    let arrivals = arrivals(9, 100);
    let place = place();
    keeper(&place.path, Config::default()).take(&arrivals[..50]).unwrap();
    keeper(&place.path, short()).take(&arrivals[50..75]).unwrap();
    keeper(&place.path, Config::default()).take(&arrivals[75..]).unwrap();
    let mut keeper = keeper(&place.path, Config::default());
    assert_eq!(keeper.documents().unwrap(), 100);
}

#[test]
fn a_changed_story_is_noticed_at_the_next_start() {
    let arrivals = arrivals(13, 30);
    let place = place();
    Keeper::open(&place.path, short()).unwrap().take(&arrivals).unwrap();
    let other = Connection::open(&place.path).unwrap();
    other.execute("UPDATE document SET given = 999 WHERE number = 12", []).unwrap();
    let error = Keeper::open(&place.path, short()).unwrap().restore().unwrap_err();
    assert!(matches!(error, Error::Diverged { document: 12, .. }), "{error:?}");
    assert!(error.is_lasting() && error.to_string().contains("stories rebuild"), "{error}");
}

#[test]
fn files_that_are_none_of_ours_are_refused_and_left_alone() {
    let place = place();
    assert!(matches!(Store::open(&place.path), Err(Error::Missing { .. })));
    let refused = |content: &[u8]| {
        std::fs::write(&place.path, content).unwrap();
        let errors = [
            Keeper::open(&place.path, short()).unwrap_err(),
            Store::open(&place.path).unwrap_err(),
        ];
        assert_eq!(std::fs::read(&place.path).unwrap(), content);
        errors
    };
    for error in refused(&b"no database at all, but long enough to be looked at. ".repeat(40)) {
        assert!(matches!(error, Error::Foreign { .. }), "{error:?}");
    }
    std::fs::remove_file(&place.path).unwrap();
    keeper(&place.path, short()).take(&arrivals(1, 5)).unwrap();
    let conn = Connection::open(&place.path).unwrap();
    conn.pragma_update(None, "user_version", 99).unwrap();
    drop(conn);
    for error in
        [Keeper::open(&place.path, short()).unwrap_err(), Store::open(&place.path).unwrap_err()]
    {
        assert!(matches!(error, Error::Newer { found: 99, .. }), "{error:?}");
        assert!(error.to_string().contains("newer newshound"), "{error}");
    }
}

#[test]
fn a_damaged_checkpoint_is_refused_with_what_to_do() {
    let place = place();
    let mut keeper = keeper(&place.path, short());
    keeper.take(&arrivals(1, 20)).unwrap();
    keeper.checkpoint().unwrap();
    let other = Connection::open(&place.path).unwrap();
    other.execute("UPDATE checkpoint SET bytes = substr(bytes, 1, 5000)", []).unwrap();
    let error = Keeper::open(&place.path, short()).unwrap().restore().unwrap_err();
    assert!(matches!(error, Error::Engine { .. }) && error.is_lasting(), "{error:?}");
    assert!(error.to_string().contains("stories rebuild"), "{error}");
}

/// A store with three stories: of three outlets by AFP, of two, and alone.
fn three(path: &Path) {
    let mut dice = fastrand::Rng::with_seed(2);
    let mut text = || {
        let words = (0..120).map(|_| format!("v{}", dice.u32(..5_000)));
        words.collect::<Vec<_>>().join(" ")
    };
    let (a, b, c) = (text(), text(), text());
    let country = |code| Some(Labels::new(Some(code), None, "").unwrap());
    let arrival = |n: i64, outlet: &str, text: &str, byline: Option<&str>, labels| Arrival {
        url: format!("https://{outlet}/{n}"),
        outlet: outlet.into(),
        text: text.into(),
        byline: byline.map(str::to_owned),
        seen_at: UnixMicros(n * HOUR),
        headline: Some(format!("By {outlet}")),
        labels,
        ..Arrival::default()
    };
    let mut late = arrival(5, "late.test", &a, Some("AFP"), None);
    late.published = Some(Published { at: UnixMicros(0), text: "1970-01-01T00:00:00Z".into() });
    let batch = [
        arrival(1, "one.test", &a, Some("AFP"), country("FR")),
        arrival(2, "two.test", &b, None, country("BR")),
        arrival(3, "two.test", &a, None, None),
        arrival(4, "one.test", &b, None, None),
        late,
        arrival(6, "two.test", &c, None, None),
    ];
    Keeper::open(path, Config::default()).unwrap().take(&batch).unwrap();
}

#[test]
fn stories_are_found_by_what_is_asked_the_most_republished_first() {
    let place = place();
    three(&place.path);
    let store = Store::open(&place.path).unwrap();
    let found = |query: Query| {
        let page = store.stories(&query, 10).unwrap();
        page.stories.iter().map(|story| story.size).collect::<Vec<_>>()
    };
    let all = Query::default;
    let hours = |h: i64| Some(UnixMicros(h * HOUR));
    let label = |name: Option<&str>, value: &str| {
        vec![Label { name: name.map(str::to_owned), value: value.into() }]
    };
    assert_eq!(found(all()), [3, 2, 1]);
    assert_eq!(found(Query { from: hours(6), ..all() }), [1]);
    assert_eq!(found(Query { to: hours(2), ..all() }), [3]);
    assert_eq!(found(Query { outlet: Some("one.test".into()), ..all() }), [3, 2]);
    assert_eq!(found(Query { agency: Some("afp".into()), ..all() }), [3]);
    assert_eq!(found(Query { labels: label(Some("country"), "fr"), ..all() }), [3, 2]);
    assert_eq!(found(Query { labels: label(None, "BR"), ..all() }), [3, 2, 1]);
    assert_eq!(found(Query { labels: label(Some("tag"), "BR"), ..all() }), [0; 0]);
    assert_eq!(found(Query { size_min: 2, ..all() }), [3, 2]);
    assert_eq!(found(Query { outlets_min: 3, ..all() }), [3]);
}

#[test]
fn pages_follow_one_another() {
    let place = place();
    three(&place.path);
    let store = Store::open(&place.path).unwrap();
    let (mut sizes, mut after) = (Vec::new(), None);
    loop {
        let page = store.stories(&Query { after, ..Query::default() }, 1).unwrap();
        sizes.extend(page.stories.iter().map(|story| story.size));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(sizes, [3, 2, 1]);
}

#[test]
fn a_story_tells_its_members_why_and_which_came_first() {
    let place = place();
    three(&place.path);
    let store = Store::open(&place.path).unwrap();
    let first = store.stories(&Query::default(), 1).unwrap().stories.remove(0);
    assert_eq!((first.outlet.as_str(), first.first_at.0), ("late.test", 0));
    assert_eq!(first.agency.as_deref(), Some("AFP"));
    let members = store.members(first.id).unwrap();
    let outlets: Vec<_> = members.iter().map(|d| d.outlet.as_str()).collect();
    assert_eq!(outlets, ["late.test", "one.test", "two.test"]);
    let reasons = store.reasons(members[2].number).unwrap();
    assert_eq!((reasons[0].other, reasons[0].kind), (members[1].number, Kind::Identical));
    assert!(reasons[0].of_document > 0.99 && reasons[0].of_other > 0.99);
    let one = store.revisions("https://one.test/1").unwrap();
    assert_eq!(one.iter().map(|d| d.number).collect::<Vec<_>>(), [1]);
}

#[test]
fn segments_are_noted_as_they_were() {
    let place = place();
    let mut keeper = Keeper::open(&place.path, Config::default()).unwrap();
    let segment = |lines| Segment { name: "a.warc.gz".into(), lines, bytes: 10 * lines };
    assert_eq!(keeper.segments("").unwrap(), []);
    keeper.note_segment("", &segment(3)).unwrap();
    keeper.note_segment("", &segment(5)).unwrap();
    keeper.note_segment("other", &segment(7)).unwrap();
    assert_eq!(keeper.segments("").unwrap(), [segment(5)]);
}

#[test]
fn what_is_noted_with_a_batch_stands_where_the_batch_does() {
    let arrivals = arrivals(3, 30);
    let place = place();
    let mut keeper = keeper(&place.path, short());
    assert_eq!(keeper.note().unwrap(), None);
    keeper.take_with(&arrivals[..10], "ten").unwrap();
    let other = Connection::open(&place.path).unwrap();
    let fails = "CREATE TRIGGER fails BEFORE INSERT ON document WHEN NEW.number = 15
         BEGIN SELECT RAISE(ABORT, 'no'); END";
    other.execute_batch(fails).unwrap();
    keeper.take_with(&arrivals[10..20], "twenty").unwrap_err();
    assert_eq!(keeper.note().unwrap().as_deref(), Some("ten"));
    other.execute_batch("DROP TRIGGER fails").unwrap();
    keeper.take_with(&arrivals[10..20], "twenty").unwrap();
    keeper.take(&arrivals[20..]).unwrap();
    assert_eq!(keeper.note().unwrap().as_deref(), Some("twenty"));
    keeper.close().unwrap();
    // Made anew from the same articles, it is as far as it was.
    let mut rebuild = Rebuild::begin(&place.path, short()).unwrap();
    for arrival in &arrivals {
        rebuild.put(arrival).unwrap();
    }
    rebuild.finish(&[], &mut |_, _| ()).unwrap();
    assert_eq!(Store::open(&place.path).unwrap().note().unwrap().as_deref(), Some("twenty"));
}

#[test]
fn a_file_from_before_notes_can_be_read_and_written() {
    let place = place();
    keeper(&place.path, short()).take(&arrivals(3, 5)).unwrap();
    Connection::open(&place.path).unwrap().execute_batch("DROP TABLE note").unwrap();
    assert_eq!(Store::open(&place.path).unwrap().note().unwrap(), None);
    let mut keeper = keeper(&place.path, short());
    keeper.take_with(&[], "noted").unwrap();
    assert_eq!(keeper.note().unwrap().as_deref(), Some("noted"));
}

#[test]
fn an_article_that_the_engine_panics_on_is_left_out_alone() {
    let (good, place) = (arrivals(3, 30), place());
    let mut bad = good.clone();
    for (n, at) in [(900, 12), (901, 20)] {
        let arrival = Arrival { url: format!("https://bad.test/{n}"), ..bad[at].clone() };
        bad.insert(at, Arrival { text: format!("{} {PANICS}", arrival.text), ..arrival });
    }
    let mut keeper = keeper(&place.path, short());
    let mut taken = Vec::new();
    for batch in bad.chunks(8) {
        taken.extend(keeper.take_with(batch, "noted").unwrap());
    }
    let left_out = taken.iter().filter(|taken| **taken == Taken::LeftOut).count();
    assert_eq!((taken.len(), left_out), (32, 2));
    assert_eq!((keeper.documents().unwrap(), keeper.note().unwrap()), (30, Some("noted".into())));
    let expected = self::place();
    self::keeper(&expected.path, short()).take(&good).unwrap();
    assert_eq!(told(&place.path), told(&expected.path), "of the others it is as if it never came");
}

/// A text of words of its own kind.
fn prose(dice: &mut fastrand::Rng, kind: usize, sentences: usize) -> Vec<String> {
    let sentence = |dice: &mut fastrand::Rng| {
        let words = (0..15).map(|_| format!("k{kind}w{}", dice.u32(..40)));
        words.collect::<Vec<_>>().join(" ") + "."
    };
    (0..sentences).map(|_| sentence(dice)).collect()
}

fn at_outlet(n: usize, lines: &[String]) -> Arrival {
    let outlet = format!("o{n}.test");
    Arrival {
        url: format!("https://{outlet}/"),
        outlet,
        text: lines.join("\n"),
        language: Some("en".into()),
        seen_at: UnixMicros(HOUR * i64::try_from(n).unwrap()),
        ..Arrival::default()
    }
}

#[test]
fn stories_that_turn_out_to_be_one_are_one_here_as_well() {
    let mut dice = fastrand::Rng::with_seed(4);
    let strangers = (1..30).map(|n| at_outlet(n, &prose(&mut dice, 100 + n, 8)));
    let mut arrivals: Vec<_> = strangers.collect();
    let whole = prose(&mut dice, 1, 16);
    for (n, part) in [&whole[..8], &whole[8..], &whole[..]].into_iter().enumerate() {
        arrivals.push(at_outlet(40 + n, part));
    }
    let place = place();
    let taken = keeper(&place.path, Config::default()).take(&arrivals).unwrap();
    let Some(Taken::New { assignment, .. }) = taken.last() else { panic!("{taken:?}") };
    let [gone] = assignment.merged[..] else { panic!("{assignment:?}") };
    let store = Store::open(&place.path).unwrap();
    assert_eq!(store.merged_into(gone).unwrap(), assignment.story);
    assert_eq!(store.members(gone).unwrap().len(), 3);
    assert_eq!(store.story(gone).unwrap().map(|s| (s.id, s.size)), Some((assignment.story, 3)));
    let stories = store.stories(&Query::default(), 999).unwrap().stories;
    assert!(stories.iter().all(|story| story.id != gone), "a merged story is listed");
}

#[test]
fn a_digest_that_is_found_out_leaves_its_story() {
    let mut dice = fastrand::Rng::with_seed(6);
    let strangers = (1..30).map(|n| at_outlet(n, &prose(&mut dice, 100 + n, 8)));
    let mut arrivals: Vec<_> = strangers.collect();
    let (a, b) = (prose(&mut dice, 1, 10), prose(&mut dice, 2, 10));
    let digest: Vec<_> = a[..6].iter().chain(&b[..5]).cloned().collect();
    for (n, lines) in [&digest, &a, &a, &b].into_iter().enumerate() {
        arrivals.push(at_outlet(40 + n, lines));
    }
    let place = place();
    let taken = keeper(&place.path, Config::default()).take(&arrivals).unwrap();
    let Some(Taken::New { assignment, .. }) = taken.last() else { panic!("{taken:?}") };
    let [moved] = assignment.moved[..] else { panic!("{taken:?}") };
    let store = Store::open(&place.path).unwrap();
    let document = store.document(moved.article).unwrap().unwrap();
    assert_eq!((document.number, document.kind, document.story), (30, Kind::Digest, moved.to));
    assert_eq!(store.links(30).unwrap(), [moved.from, assignment.story]);
    let of = |id| store.members(id).unwrap().into_iter().map(|d| d.number).collect::<Vec<_>>();
    assert_eq!((of(moved.from), of(assignment.story)), (vec![31, 32], vec![33]));
    assert_eq!(store.linked(moved.from).unwrap()[0].number, 30);
}

/// The same of the archives of two workers: even segments are the first one's.
fn of_two_workers(seed: u64, count: usize) -> Vec<Arrival> {
    let mut arrivals = arrivals(seed, count);
    for (n, place) in arrivals.iter_mut().filter_map(|one| one.place.as_mut()).enumerate() {
        place.archive = format!("w{}", 1 + (n / 20) % 2);
    }
    arrivals
}

fn rebuilt(path: &Path, arrivals: &[Arrival]) -> Rebuilt {
    let mut rebuild = Rebuild::begin(path, short()).unwrap();
    assert!(rebuild.fault().is_none());
    // In any order.
    for arrival in arrivals.iter().rev() {
        rebuild.put(arrival).unwrap();
    }
    rebuild.finish(&[], &mut |_, _| ()).unwrap()
}

#[test]
fn a_rebuild_from_several_archives_comes_to_the_same() {
    let arrivals = of_two_workers(5, 120);
    let place = place();
    let mut keeper = keeper(&place.path, short());
    arrivals.chunks(9).for_each(|batch| drop(keeper.take(batch).unwrap()));
    keeper.checkpoint().unwrap();
    keeper.close().unwrap();
    let before = told(&place.path);
    let done = rebuilt(&place.path, &arrivals);
    assert_eq!((done.documents, done.logged, done.from_store, done.missing), (120, 120, 0, 0));
    assert_eq!(told(&place.path), before);
    assert!(!place.path.with_extension("sqlite.before").exists(), "nothing is lost with the old");
}

#[test]
fn what_no_archive_has_any_more_is_named_and_the_old_store_is_kept() {
    let arrivals = of_two_workers(5, 120);
    let place = place();
    let mut keeper = keeper(&place.path, short());
    keeper.take(&arrivals).unwrap();
    keeper.checkpoint().unwrap();
    keeper.close().unwrap();
    let before = told(&place.path);
    // Texts are in the store from the sixtieth on.
    let is_first = |one: &&Arrival| one.place.as_ref().is_some_and(|place| place.archive == "w1");
    let first: Vec<Arrival> = arrivals.iter().filter(is_first).cloned().collect();
    let done = rebuilt(&place.path, &first);
    let missing = BTreeMap::from([("segment-1.warc.gz".to_owned(), 20)]);
    assert_eq!((done.missing, done.missing_in), (20, [("w2".to_owned(), missing)].into()));
    assert_eq!((done.documents, done.from_store), (100, 40));
    let kept = place.path.with_extension("sqlite.before");
    assert_eq!(told(&kept), before);
    // Tried again with all of them, it is as before.
    std::fs::rename(&kept, &place.path).unwrap();
    assert_eq!(rebuilt(&place.path, &arrivals).missing, 0);
    assert_eq!(told(&place.path), before);
}

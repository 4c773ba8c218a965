//! What is told of stories: list, show, diff, export; of a store that is filled here, and of one
//! that a crawl has made.

use std::fs;
use std::path::Path;
use std::process::Command;

use crawl::{Labels, UnixMicros};
use it::process::{self, Finished};
use it::scenario::LIMIT;
use it::site::Site;
use it::{DataDir, newshound};
use serde_json::{Value, json};
use story::store::{Arrival, FILE, Keeper, Place, Published};

/// 2026-03-02T00:00:00Z, a Monday.
const MONDAY: i64 = 1_772_409_600_000_000;
const HOUR: i64 = 3_600_000_000;

const WIRE: [&str; 6] = [
    "The night ferry between the two islands ran aground off the northern cape early on Monday \
     with more than three hundred people on board, the coast guard said.",
    "Boats from three villages took all the passengers off before the storm came, and eleven of \
     them were brought to the hospital of the district with light injuries.",
    "The master of the ship told investigators that both radars had failed within minutes and \
     that the pilot had ordered him to turn towards the lights of the harbour.",
    "Divers found a tear of nine metres below the waterline, but no oil has come out so far, a \
     spokeswoman for the ministry of transport told reporters in the capital.",
    "It was the third accident on this line within two years, and unions have asked for longer \
     breaks and for a second officer on every bridge during the winter.",
    "An inquiry has been opened, and the company has taken the sister ship out of service until \
     the cause is known, which leaves the smaller island without a night connection.",
];

const OWN: &str = "The library in the old brewery opened its doors on Sunday with a reading that \
    went on until midnight.\nTwelve thousand books had been carried there by hand, from house to \
    house, by a chain of neighbours who had voted against the new motorway in the spring.";

/// An article of the wire story, or of another one.
fn arrival(host: &str, path: &str, hours: i64, lines: &[&str]) -> Arrival {
    let outlet = host.strip_prefix("www.").unwrap_or(host).to_owned();
    let seen_at = UnixMicros(MONDAY + hours * HOUR);
    Arrival {
        url: format!("https://{host}{path}"),
        text: lines.join("\n"),
        seen_at,
        headline: Some(format!("Ferry runs aground, by {outlet}")),
        language: Some("en".into()),
        outlet,
        ..Arrival::default()
    }
}

/// Eight documents: a wire story of five outlets, one of them with two versions and one that is not
/// to be shown from archives, and an article that nobody else has.
fn arrivals() -> Vec<Arrival> {
    let early = arrival("www.cape.test", "/ferry", 5, &WIRE);
    let published = |at: i64, text: &str| {
        Some(Published { at: UnixMicros(MONDAY + at * HOUR), text: text.to_owned() })
    };
    let afp = |arrival: Arrival| Arrival { declared: Some("AFP".into()), ..arrival };
    let mended = WIRE.map(|line| line.replace("eleven of them", "fourteen of them"));
    let mended: Vec<&str> = mended.iter().map(String::as_str).collect();
    let local = "Families on our side of the sound waited at the pier all night, and the school \
        in Brenn stayed closed.";
    vec![
        afp(early.clone()),
        Arrival {
            published: published(3, "2026-03-02T04:00:00+01:00"),
            labels: Some(Labels::new(Some("NO"), Some("en"), "wire,north").unwrap()),
            ..afp(arrival("north.test", "/1", 7, &WIRE))
        },
        arrival("brenn.test", "/local", 9, &[local, WIRE[0], WIRE[1], WIRE[2], WIRE[3]]),
        Arrival {
            noarchive: true,
            published: published(2, "2026-03-02T02:00:00Z"),
            ..arrival("shy.test", "/x", 10, &WIRE[..5])
        },
        Arrival { text: mended.join("\n"), ..afp(arrival("www.cape.test", "/ferry", 20, &[])) },
        arrival("late.test", "/page", 30, &WIRE[..2]),
        arrival("brewery.test", "/books", 31, &OWN.lines().collect::<Vec<_>>()),
    ]
}

/// A data directory with these stories, which somebody goes on to write.
fn kept() -> (DataDir, Keeper) {
    let data = DataDir::new();
    fs::create_dir_all(data.path()).unwrap();
    let mut keeper = Keeper::open(&data.path().join(FILE), story::Config::default()).unwrap();
    keeper.take(&arrivals()).unwrap();
    (data, keeper)
}

fn stories(data: &Path, args: &[&str]) -> Command {
    let mut command = newshound();
    command.arg("stories").args(args).arg("--data").arg(data);
    command.env_remove("CLICOLOR_FORCE");
    command
}

/// What a command says on standard output, when all is well.
#[track_caller]
fn told(data: &DataDir, args: &[&str]) -> String {
    run(data, args, 0).stdout
}

#[track_caller]
fn run(data: &DataDir, args: &[&str], code: i32) -> Finished {
    process::run(&mut stories(&data.path(), args), LIMIT).expect_code(code)
}

/// The lines of JSON that a command writes.
#[track_caller]
fn lines(data: &DataDir, args: &[&str]) -> Vec<Value> {
    let told = told(data, args);
    told.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The numbers of the stories that are listed.
#[track_caller]
fn listed(data: &DataDir, args: &[&str]) -> Vec<u64> {
    let all: Vec<&str> = ["list", "--json"].iter().chain(args).copied().collect();
    lines(data, &all).iter().map(|line| line["id"].as_u64().unwrap()).collect()
}

#[track_caller]
fn assert_lines(text: &str, expected: &[&str]) {
    for line in expected {
        assert!(
            text.lines().any(|told| told.trim_end() == *line),
            "{line:?} is no line of\n{text}"
        );
    }
}

#[test]
fn stories_are_listed_for_people_and_programs() {
    let (data, _keeper) = kept();
    let text = told(&data, &["list"]);
    assert_lines(
        &text,
        &[
            "s0      Ferry runs aground, by shy.test",
            "        AFP; 5 outlets, 5 URLs; first 2026-03-02 02:00 UTC, https://shy.test/x",
        ],
    );
    assert_eq!(text.lines().count(), 2, "{text}");
    let all = lines(&data, &["list", "--json", "--min-size", "1"]);
    assert_eq!(all.len(), 2);
    let story = json!({
        "id": 0, "size": 5, "outlets": 5, "documents": 6, "agency": "AFP",
        "headline": "Ferry runs aground, by shy.test", "first": 4,
        "first_at": "2026-03-02T02:00:00Z", "outlet": "shy.test", "url": "https://shy.test/x",
        "seen_first": "2026-03-02T05:00:00Z", "seen_last": "2026-03-03T06:00:00Z",
    });
    assert_eq!(all[0], story);
    assert_eq!(all[1]["url"], "https://brewery.test/books");
}

#[test]
fn conditions_choose_among_stories() {
    let (data, _keeper) = kept();
    for (args, found) in [
        (&["--min-size", "1"][..], &[0, 1][..]),
        (&["--min-size", "6"], &[]),
        (&["--min-outlets", "5"], &[0]),
        (&["--outlet", "WWW.cape.test"], &[0]),
        (&["--outlet", "https://brewery.test/books"], &[]),
        (&["--outlet", "brewery.test", "--min-size", "1"], &[1]),
        (&["--agency", "Agence France-Presse"], &[0]),
        (&["--agency", "Reuters"], &[]),
        (&["--label", "no"], &[0]),
        (&["--label", "country=NO", "--label", "tag=wire"], &[0]),
        (&["--label", "language=NO"], &[]),
        (&["--from", "2026-03-03", "--min-size", "1"], &[0, 1]),
        (&["--from", "2026-03-04"], &[]),
        (&["--to", "2026-03-02", "--min-size", "1"], &[0]),
        (&["--to", "2026-03-02T04:59Z"], &[]),
        (&["--from", "1h"], &[]),
        (&["--min-size", "1", "--limit", "1"], &[0]),
    ] {
        assert_eq!(listed(&data, args), found, "{args:?}");
    }
    let more = run(&data, &["list", "--min-size", "1", "--limit", "1"], 0);
    assert!(more.stderr.contains("there are more: --limit N"), "{}", more.stderr);
    let none = run(&data, &["list", "--agency", "Reuters"], 0);
    assert!(
        none.stderr.contains("no story is like that, among 1 (of 7 articles)"),
        "{}",
        none.stderr
    );
}

#[test]
fn a_story_is_shown_with_its_members_and_why_they_are() {
    let (data, _keeper) = kept();
    let text = told(&data, &["show", "s0", "--include-noarchive"]);
    assert_lines(
        &text,
        &[
            "s0  Ferry runs aground, by shy.test",
            "  agency          AFP",
            "  carried by      5 outlets, 5 URLs; 6 documents with all versions",
            "  first published 2026-03-02 02:00 UTC by shy.test",
            "  d1      2026-03-02 05:00 (seen)  cape.test",
            "          the first that was seen; by AFP",
            "  d2      2026-03-02 03:00         north.test",
            "          identical: 100% of it stands in d1, 100% of d1 in it; by AFP",
            "          “Ferry runs aground, by north.test”",
            "          https://brenn.test/local",
            "          edited: 99% of it stands in d1, 99% of d1 in it; a later version of d1; by \
                AFP",
            "text of d4",
            &format!("  {}", WIRE[0]),
        ],
    );
    let places = [4, 2, 1, 3, 5, 6].map(|n| text.find(&format!("\n  d{n} ")).unwrap());
    assert!(places.is_sorted(), "in the order of publication: {text}");
    // The same story by any of its names.
    for name in ["0", "d3", "https://www.cape.test/ferry", "late.test/page"] {
        assert_eq!(told(&data, &["show", name, "--include-noarchive"]), text, "{name}");
    }

    let object = &lines(&data, &["show", "s0", "--json", "--include-noarchive"])[0];
    let members = object["members"].as_array().unwrap();
    assert_eq!((members.len(), &object["first"]), (6, &json!(4)));
    assert_eq!(object["text"], WIRE[..5].join("\n"));
    let north = &members[1];
    assert_eq!(north["published"], "2026-03-02T04:00:00+01:00");
    assert_eq!(
        north["labels"],
        json!({"country": "NO", "language": "en", "tags": ["north", "wire"]})
    );
    let reason = json!({"other": 1, "kind": "identical", "of_document": 1.0, "of_other": 1.0});
    assert_eq!(north["reasons"][0], reason);
    let kinds: Vec<&str> = members.iter().map(|member| member["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["edited", "identical", "first", "edited", "edited", "excerpt"]);
}

#[test]
fn two_articles_are_laid_side_by_side() {
    let (data, _keeper) = kept();
    let text = told(&data, &["diff", "d1", "https://brenn.test/local"]);
    assert_lines(
        &text,
        &[
            "first   d1      2026-03-02 05:00 UTC  https://www.cape.test/ferry",
            "second  d3      2026-03-02 09:00 UTC  https://brenn.test/local",
            "[-only in the first-] {+only in the second+} [~moved~]",
            &format!("[-{}-]", WIRE[5]),
            WIRE[2],
        ],
    );
    assert!(text.contains("{+Families on our side of the sound"), "{text}");
    assert!(!text.contains('\u{1b}'), "no colours where no terminal is");
    let changes = told(&data, &["diff", "d1", "d3", "--changes"]);
    assert_lines(&changes, &["(4 paragraphs, the same)", &format!("[-{}-]", WIRE[5])]);
    assert!(!changes.contains(WIRE[2]), "{changes}");

    let found = &lines(&data, &["diff", "1", "3", "--json"])[0];
    assert_eq!((&found["a"]["number"], &found["b"]["number"]), (&json!(1), &json!(3)));
    assert!(found["of_a"].as_f64() < Some(0.8) && found["of_b"].as_f64() > Some(0.8), "{found}");
    let of = |kind: &str| {
        let all = found["passages"].as_array().unwrap().iter();
        let of_kind: Vec<Value> = all.filter(|passage| passage["kind"] == kind).cloned().collect();
        of_kind
    };
    assert!(of("added")[0]["b"]["text"].as_str().unwrap().starts_with("Families on our side"));
    assert!(of("cut")[0]["a"]["text"].as_str().unwrap().starts_with("It was the third accident"));
    let counted = ["same", "cut", "added", "changed"].map(|kind| of(kind).len());
    assert_eq!(counted, [1, 1, 1, 0], "{found}");

    for (name, is_coloured) in [("CLICOLOR_FORCE", true), ("NO_COLOR", false)] {
        let mut command = stories(&data.path(), &["diff", "d1", "d3"]);
        let done = process::run(command.env_remove("NO_COLOR").env(name, "1"), LIMIT);
        assert_eq!(done.stdout.contains("\u{1b}[31m[-It was the third"), is_coloured, "{name}");
    }
    let same = told(&data, &["diff", "d1", "d2"]);
    assert_lines(&same, &["Both have the same words."]);
    let apart = told(&data, &["diff", "d1", "brewery.test/books"]);
    assert_lines(&apart, &["They share no passage."]);
}

#[test]
fn versions_of_a_url_and_members_of_a_story_are_compared_one_after_the_other() {
    let (data, _keeper) = kept();
    let text = told(&data, &["diff", "https://www.cape.test/ferry"]);
    assert_lines(
        &text,
        &[
            "first   d1      2026-03-02 05:00 UTC  https://www.cape.test/ferry",
            "second  d5      2026-03-02 20:00 UTC  https://www.cape.test/ferry",
        ],
    );
    assert!(text.contains("before the storm came, and [-eleven-]{+fourteen+} of them"), "{text}");
    let one = run(&data, &["diff", "https://north.test/1"], 0);
    assert!(one.stderr.contains("only one version of https://north.test/1"), "{}", one.stderr);
    assert_eq!(one.stdout, "");

    let of_story = lines(&data, &["diff", "s0", "--json", "--include-noarchive"]);
    let pair = |found: &Value| (found["a"]["number"].as_u64(), found["b"]["number"].as_u64());
    let pairs: Vec<_> = of_story.iter().map(pair).collect();
    assert_eq!(pairs, [2, 1, 3, 5, 6].map(|other| (Some(4), Some(other))));
}

#[test]
fn what_asks_not_to_be_shown_from_archives_is_not() {
    let (data, _keeper) = kept();
    let text = told(&data, &["show", "s0"]);
    assert!(text.contains("no text of d4: its page asks not to be shown"), "{text}");
    assert!(text.contains("asks not to be shown from archives"), "{text}");
    let object = run(&data, &["show", "s0", "--json"], 0);
    assert!(object.stdout.contains("\"text\":null"), "{}", object.stdout);
    assert!(object.stderr.contains("--include-noarchive"), "{}", object.stderr);
    let refused = run(&data, &["diff", "d1", "d4"], 2);
    assert!(refused.stderr.contains("--include-noarchive"), "{}", refused.stderr);
    assert_eq!(refused.stdout, "");

    let done = run(&data, &["export", "-", "--texts"], 0);
    let said = "exported 1 story with 5 members; 1 that ask not to be shown from archives";
    assert!(done.stderr.contains(said), "{}", done.stderr);
    assert!(!done.stdout.contains("shy.test"), "{}", done.stdout);
    let line: Value = serde_json::from_str(&done.stdout).unwrap();
    // The story's own fields are those of what is left.
    let own = ["left_out", "size", "outlets", "documents", "first", "outlet", "first_at"];
    let first = json!([1, 4, 4, 5, 2, "north.test", "2026-03-02T03:00:00Z"]);
    assert_eq!(Value::from_iter(own.map(|key| line[key].clone())), first, "{line}");
    let all = &lines(&data, &["export", "-", "--include-noarchive"])[0];
    assert_eq!((&all["left_out"], &all["first"]), (&json!(0), &json!(4)));
    assert_eq!(all["members"].as_array().unwrap().len(), 6);
    assert!(all["members"][0]["text"].is_null());
}

#[test]
fn an_export_is_whole_or_has_another_name() {
    let (data, mut keeper) = kept();
    let path = data.path().join("stories.jsonl");
    let to = path.to_str().unwrap();
    run(&data, &["export", to, "--texts", "--min-size", "1"], 0);
    let written = fs::read_to_string(&path).unwrap();
    let stories: Vec<Value> =
        written.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((stories.len(), &stories[1]["size"]), (2, &json!(1)));
    assert_eq!(stories[1]["members"][0]["text"], OWN);
    let cape = &stories[0]["members"][1];
    assert_eq!(
        (&cape["url"], &cape["text"]),
        (&json!("https://www.cape.test/ferry"), &json!(WIRE.join("\n")))
    );
    assert!(!data.path().join("stories.jsonl.part").exists());
    let labelled = lines(&data, &["export", "-", "--label", "tag=wire"]);
    assert_eq!(labelled.len(), 1);
    assert!(lines(&data, &["export", "-", "--label", "tag=south"]).is_empty());

    // What is taken in meanwhile is seen by the next command.
    keeper.take(&[arrival("extra.test", "/x", 32, &WIRE)]).unwrap();
    assert_eq!(lines(&data, &["list", "--json"])[0]["size"], 6);
    let nowhere = run(&data, &["export", "/no/such/place.jsonl"], 2);
    assert!(nowhere.stderr.contains("cannot write /no/such/place.jsonl"), "{}", nowhere.stderr);
}

#[test]
fn a_collection_is_told_as_one_and_says_what_it_holds_parts_of() {
    let (data, mut keeper) = kept();
    let trains = [
        "The night train to the south will run again from the summer timetable on, the railway \
         announced on Tuesday after two years of talks about the price of sleeping cars.",
        "Tickets go on sale in April, and the first train is to leave the capital on the last \
         Friday of May with nine cars, two of them for bicycles and prams.",
        "The ministry pays a third of the cost, on the condition that fares stay below those of \
         the airline that serves the same towns twice a day.",
    ];
    let digest: Vec<&str> = WIRE[..3].iter().chain(&trains).copied().collect();
    keeper.take(&[arrival("rail.test", "/night", 33, &trains)]).unwrap();
    keeper.take(&[arrival("digest.test", "/today", 34, &digest)]).unwrap();
    let text = told(&data, &["show", "s0"]);
    assert_lines(
        &text,
        &["collections that hold a part of it", "  d9      https://digest.test/today"],
    );
    let own = told(&data, &["show", "d9"]);
    assert!(own.contains("digest: 5") && own.contains("; holds parts of s0, s2"), "{own}");
}

#[test]
fn a_story_that_became_a_part_of_another_is_found_by_its_old_number() {
    let data = DataDir::new();
    fs::create_dir_all(data.path()).unwrap();
    let mut keeper = Keeper::open(&data.path().join(FILE), story::Config::default()).unwrap();
    keeper.take(&[arrival("one.test", "/x", 1, &WIRE[..3])]).unwrap();
    keeper.take(&[arrival("two.test", "/x", 2, &WIRE[3..])]).unwrap();
    assert_eq!(listed(&data, &["--min-size", "1"]), [1, 0]);
    keeper.take(&[arrival("whole.test", "/x", 3, &WIRE)]).unwrap();
    assert_eq!(listed(&data, &["--min-size", "1"]), [0]);
    let shown = run(&data, &["show", "s1"], 0);
    assert!(shown.stderr.contains("s1 has become a part of s0"), "{}", shown.stderr);
    assert!(shown.stdout.contains("3 outlets, 3 URLs"), "{}", shown.stdout);
}

#[test]
fn wrong_names_and_missing_stories_are_told_with_a_remedy() {
    let (data, _keeper) = kept();
    let (absent, none) = (DataDir::new(), DataDir::new());
    fs::create_dir_all(none.path()).unwrap();
    for (data, args, code, words) in [
        (&absent, &["list"][..], 2, &["there is no ", "--data DIR"][..]),
        (&none, &["list"], 2, &["holds no stories yet", "--data DIR", "stories rebuild"]),
        (&none, &["export", "-"], 2, &["holds no stories yet"]),
        (&data, &["show", "s99"], 1, &["has no story s99", "newshound stories list"]),
        (&data, &["show", "d99"], 1, &["has no document d99", "newshound stories show"]),
        (&data, &["show", "https://nobody.test/x"], 1, &["no article at https://nobody.test/x"]),
        (&data, &["show", "ferry"], 2, &["ferry", "s12", "d40"]),
        (&data, &["show", "18446744073709551615"], 2, &["s12", "d40"]),
        (&data, &["diff", "d1"], 2, &["d1 is one document", "URL alone"]),
        (&data, &["diff", "d1", "d77"], 1, &["d77"]),
        (&data, &["list", "--from", "monday"], 2, &["monday", "2026-11-25"]),
        (&data, &["list", "--from", "2026-03-04", "--to", "2026-03-02"], 2, &["before --to"]),
        (&data, &["list", "--label", "colour=red"], 2, &["country=FR"]),
        (&data, &["list", "--outlet", "nothing"], 2, &["--outlet", "example.com"]),
    ] {
        let done = run(data, args, code);
        assert_eq!(done.stdout, "", "{args:?}");
        for word in words {
            assert!(done.stderr.contains(word), "{word:?} is not in: {}", done.stderr);
        }
    }
    let foreign = DataDir::new();
    fs::create_dir_all(foreign.path()).unwrap();
    fs::write(foreign.path().join(FILE), "a text that is no database at all ".repeat(50)).unwrap();
    let done = run(&foreign, &["list"], 1);
    assert!(done.stderr.contains("stories rebuild"), "{}", done.stderr);
}

#[test]
fn a_text_that_is_nowhere_is_told_with_what_makes_it_again() {
    let data = DataDir::new();
    fs::create_dir_all(data.path()).unwrap();
    let window = story::Config { window_s: 3_600, ..story::Config::default() };
    let mut keeper = Keeper::open(&data.path().join(FILE), window).unwrap();
    let mut all = arrivals();
    all[0].place = Some(Place {
        segment: "a.warc.gz".into(),
        record: "urn:uuid:1".into(),
        ..Place::default()
    });
    keeper.take(&all).unwrap();
    keeper.checkpoint().unwrap();
    let gone = run(&data, &["diff", "d1", "d7"], 1);
    let words = ["the text of d1 is not kept any more", "archive read --segment", "a.warc.gz"];
    for word in words {
        assert!(gone.stderr.contains(word), "{word:?} is not in: {}", gone.stderr);
    }
    let shown = told(&data, &["show", "d1"]);
    assert!(shown.contains("no text of d1: the text of d1 is not kept"), "{shown}");
    let lacking = run(&data, &["export", "-", "--texts", "--min-size", "1"], 3);
    assert!(lacking.stderr.contains("texts could not be had"), "{}", lacking.stderr);
    assert!(lacking.stdout.contains(&OWN.replace('\n', "\\n")), "{}", lacking.stdout);
}

/// The store of a fleet, most of whose texts are behind the window.
fn of_a_fleet() -> DataDir {
    let data = DataDir::new();
    fs::create_dir_all(data.path()).unwrap();
    let window = story::Config { window_s: 3_600, ..story::Config::default() };
    let mut keeper = Keeper::open(&data.path().join(FILE), window).unwrap();
    let mut all = arrivals();
    for (n, arrival) in all.iter_mut().enumerate() {
        arrival.place = Some(Place {
            archive: format!("w{}", 1 + n % 2),
            segment: format!("s{}.warc.gz", n / 4),
            record: format!("urn:uuid:{n}"),
            ..Place::default()
        });
    }
    keeper.take(&all).unwrap();
    keeper.checkpoint().unwrap();
    keeper.close().unwrap();
    data
}

#[test]
fn what_no_archive_of_a_fleet_has_is_named_and_the_old_stories_are_kept() {
    let data = of_a_fleet();
    let before = told(&data, &["list", "--json", "--min-size", "1"]);
    let lack = run(&data, &["diff", "d1", "d7"], 1).stderr;
    assert!(lack.contains("worker w1") && lack.contains("--archive w1=DIR"), "{lack}");
    // An archive that has nothing of it.
    let other = DataDir::new();
    fs::create_dir_all(other.path().join("archive")).unwrap();
    let archive = format!("w1={}", other.path().display());
    let done = run(&data, &["rebuild", "--json", "--archive", &archive], 3);
    let summary: Value = serde_json::from_str(&done.stdout).unwrap();
    let missing = json!({ "w1": { "s0.warc.gz": 2, "s1.warc.gz": 1 }, "w2": { "s0.warc.gz": 2 } });
    assert_eq!((&summary["missing"], &summary["missing_in"]), (&5.into(), &missing));
    assert_eq!((&summary["documents"], &summary["from_store"]), (&2.into(), &2.into()));
    for words in [
        "5 articles of the old stories",
        "3 articles of s0.warc.gz, s1.warc.gz, in the archive of worker w1: give --archive w1=DIR",
        "2 articles of s0.warc.gz, in the archive of worker w2",
    ] {
        assert!(done.stderr.contains(words), "{words:?} is not in: {}", done.stderr);
    }
    let kept = data.path().join(format!("{FILE}.before"));
    fs::rename(kept, data.path().join(FILE)).unwrap();
    assert_eq!(told(&data, &["list", "--json", "--min-size", "1"]), before);
    // Where archives are is remembered; one that is gone is told.
    fs::remove_dir_all(other.path()).unwrap();
    let again = run(&data, &["rebuild", "--json"], 3).stderr;
    assert!(again.contains("the archive of worker w1 is not in"), "{again}");
}

#[test]
fn nobody_has_to_read_to_the_end() {
    let (data, _keeper) = kept();
    for args in
        [&["list", "--limit", "1"][..], &["show", "d1"], &["diff", "d1", "d2"], &["export", "-"]]
    {
        // All of it into a pipe that nobody reads, as in `2>&1 | head`.
        let (reader, writer) = std::io::pipe().unwrap();
        let mut command = stories(&data.path(), args);
        command.stdout(writer.try_clone().unwrap()).stderr(writer);
        drop(reader);
        let status = command.status().unwrap();
        assert_eq!(status.code(), Some(0), "{args:?}");
    }
}

const PAGES: [(&str, &str, &str); 5] = [
    (
        "isle-today.test",
        "/category/world/orvania-says-minister-met-leader",
        include_str!("../pages/wire/isle-today.html"),
    ),
    (
        "harbour-post.test",
        "/world/orvanian-minister-received-by-leader",
        include_str!("../pages/wire/harbour-post.html"),
    ),
    (
        "plainsman.test",
        "/2025/07/12/teller-in-sarkan-for-talks",
        include_str!("../pages/wire/plainsman.html"),
    ),
    (
        "valley-courier.test",
        "/news/valley-growers-watch-minister-s-trip",
        include_str!("../pages/wire/valley-courier.html"),
    ),
    (
        "evening-lines.test",
        "/news/tram-line-to-the-university-reopens",
        include_str!("../pages/wire/evening-lines.html"),
    ),
];

#[test]
fn a_page_amid_its_site_joins_other_outlets_cuts_and_is_the_agencys() {
    let web = Site::of_pages(&PAGES);
    let data = DataDir::new();
    let seeds = PAGES.map(|(host, ..)| format!("http://{host}/"));
    let mut command = newshound();
    command.args(["crawl", "--contact", "tests@example.org", "--delay", "100ms"]);
    command.args(["--patience", "4s", "--data"]).arg(data.path()).args(web.flags()).args(&seeds);
    command.env("NEWSHOUND_POLITENESS_FIRST_DELAY", "1s");
    command.env("NEWSHOUND_ARCHIVE_FREE_BYTES_MIN", "0");
    process::run(&mut command, LIMIT).expect_code(0);

    let url = |n: usize| format!("http://{}{}", PAGES[n].0, PAGES[n].1);
    let found = lines(&data, &["list", "--json", "--agency", "AFP"]);
    assert_eq!(found.len(), 1, "{found:?}");
    let story = &found[0];
    assert_eq!((&story["outlets"], &story["size"]), (&json!(4), &json!(4)), "{story}");
    assert_eq!(story["url"], url(1), "published first");
    assert_eq!(story["first_at"], "2025-07-12T06:40:00Z");

    let shown = &lines(&data, &["show", &url(0), "--json"])[0];
    assert_eq!(shown["id"], story["id"]);
    let members = shown["members"].as_array().unwrap();
    let urls: Vec<&str> = members.iter().map(|member| member["url"].as_str().unwrap()).collect();
    assert_eq!(urls, [1, 0, 2, 3].map(url), "in the order of publication");
    for member in members {
        assert_eq!(member["agency"], "AFP", "{member}");
        let has_reason = !member["reasons"].as_array().unwrap().is_empty();
        assert!(has_reason || member["kind"] == "first", "{member}");
    }
    assert!(shown["text"].as_str().unwrap().contains("met Sarkan's leader Min Dohwa"));

    // What the site puts around it is told by the comparison, at most.
    let diff = &lines(&data, &["diff", &url(1), &url(0), "--json"])[0];
    assert!(diff["of_a"].as_f64() > Some(0.95), "{diff}");
    let local = told(&data, &["diff", &url(1), &url(3)]);
    assert!(local.contains("{+Growers in the valley"), "{local}");
    texts_come_from_beside_the_archive(&data, [&url(1), &url(3)], &local);
}

/// Once the stories have given their texts up.
#[track_caller]
fn texts_come_from_beside_the_archive(data: &DataDir, urls: [&str; 2], compared: &str) {
    let one = story::Config { documents_max: 1, ..story::Config::default() };
    let mut keeper = Keeper::open(&data.path().join(FILE), one).unwrap();
    let other = arrival("brewery.test", "/books", 0, &OWN.lines().collect::<Vec<_>>());
    keeper.take(&[other]).unwrap();
    keeper.checkpoint().unwrap();
    let diff = ["diff", urls[0], urls[1]];
    assert_eq!(told(data, &diff), compared);
    // Without them, it says what makes them again, and that does.
    fs::remove_dir_all(data.path().join("articles")).unwrap();
    let gone = run(data, &diff, 1);
    assert!(gone.stderr.contains("archive read --segment"), "{}", gone.stderr);
    process::run(newshound().args(["archive", "read", "--data"]).arg(data.path()), LIMIT)
        .expect_code(0);
    assert_eq!(told(data, &diff), compared);
}

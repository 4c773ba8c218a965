//! What the engine promises, through its public face.

use std::collections::HashMap;
use std::sync::Arc;

use crawl::UnixMicros;
use fastrand::Rng;
use story::{Article, Assignment, Config, Error, Hints, Kind, Stories, Texts, TextsError};

const DAY: i64 = 86_400 * 1_000_000;

/// Sentences of words that are drawn anew; none says anything.
fn prose(rng: &mut Rng, paragraphs: usize) -> Vec<String> {
    let word =
        |rng: &mut Rng| -> String { (0..3 + rng.usize(..6)).map(|_| rng.lowercase()).collect() };
    let paragraph = |_| {
        let words: Vec<String> = (0..40).map(|_| word(rng)).collect();
        format!("{}.", words.join(" "))
    };
    (0..paragraphs).map(paragraph).collect()
}

/// An engine and its texts.
#[derive(Default)]
struct World {
    stories: Stories,
    texts: HashMap<u64, Arc<str>>,
    day: i64,
}

impl World {
    fn publish(&mut self, outlet: &str, text: &str) -> Assignment {
        let id = self.texts.len() as u64;
        let url = format!("https://{outlet}/{id}");
        self.publish_at(outlet, &url, text)
    }

    fn publish_at(&mut self, outlet: &str, url: &str, text: &str) -> Assignment {
        let id = self.texts.len() as u64;
        let article = Article {
            id,
            url: Some(url),
            outlet: Some(outlet),
            text,
            published: None,
            seen_at: UnixMicros(self.day * DAY),
            hints: Hints::default(),
        };
        let assignment = self.stories.assign(&article, &self.texts).expect("texts are in memory");
        self.texts.insert(id, Arc::from(text));
        assignment
    }
}

#[test]
fn a_story_is_found_whatever_was_done_to_it() {
    let mut rng = Rng::with_seed(1);
    let wire = prose(&mut rng, 10);
    let local = prose(&mut rng, 4);
    let mut world = World::default();
    let first = world.publish("a.example", &wire.join("\n"));
    assert_eq!(first.kind, Kind::First);
    let with_local = [wire[..4].to_vec(), local[..2].to_vec(), wire[4..].to_vec()].concat();
    let longer = [wire.clone(), local[2..].to_vec()].concat();
    for (text, kind) in [
        (wire.join("\n"), Kind::Identical),
        (wire[..4].join("\n"), Kind::Excerpt),
        (wire[5..9].join("\n"), Kind::Excerpt),
        (with_local.join("\n"), Kind::Update),
        (longer.join("\n"), Kind::Update),
        ([&wire[..6], &local[..4]].concat().join("\n"), Kind::Edited),
    ] {
        let found = world.publish(&format!("o{}.example", world.texts.len()), &text);
        assert_eq!(found.story, first.story, "{kind:?}");
        if kind == Kind::Identical || kind == Kind::Excerpt {
            assert_eq!(found.kind, kind);
        }
        assert!(!found.reasons.is_empty());
    }
    let other = prose(&mut rng, 6).join("\n");
    assert_eq!(world.publish("z.example", &other).kind, Kind::First);
}

#[test]
fn an_excerpt_that_came_first_is_joined_by_the_whole() {
    let mut rng = Rng::with_seed(2);
    let wire = prose(&mut rng, 12);
    let mut world = World::default();
    let part = world.publish("a.example", &wire[3..7].join("\n"));
    let whole = world.publish("b.example", &wire.join("\n"));
    assert_eq!((whole.story, whole.kind), (part.story, Kind::Update));
    assert!(whole.reasons[0].of_old > 0.95 && whole.reasons[0].of_new < 0.5);
}

#[test]
fn two_parts_are_merged_by_the_whole() {
    let mut rng = Rng::with_seed(3);
    let wire = prose(&mut rng, 12);
    let mut world = World::default();
    let first = world.publish("a.example", &wire[..6].join("\n"));
    let second = world.publish("b.example", &wire[6..].join("\n"));
    assert_ne!(first.story, second.story);
    let whole = world.publish("c.example", &wire.join("\n"));
    assert_eq!(whole.story, first.story);
    assert_eq!(whole.merged, [second.story]);
    let again = world.publish("d.example", &wire[6..].join("\n"));
    assert_eq!(again.story, first.story);
}

#[test]
fn what_an_outlet_repeats_is_no_story() {
    let mut rng = Rng::with_seed(4);
    let furniture = prose(&mut rng, 6);
    let mut world = World::default();
    let mut stories = std::collections::HashSet::new();
    for n in 0..30 {
        let text = [prose(&mut rng, 3), furniture.clone()].concat().join("\n");
        let found = world.publish("a.example", &text);
        assert!(n < 4 || found.kind == Kind::First, "article {n}: {found:?}");
        stories.insert(found.story);
    }
    assert!(stories.len() >= 27, "{}", stories.len());
}

#[test]
fn a_quotation_that_two_reports_share_is_no_republication() {
    let mut rng = Rng::with_seed(5);
    let speech = format!("\u{201c}{}\u{201d}", prose(&mut rng, 4).join(" "));
    let mut world = World::default();
    let report = |rng: &mut Rng| {
        let mut text = prose(rng, 3);
        text.insert(1, speech.clone());
        text.join("\n")
    };
    let first = world.publish("a.example", &report(&mut rng));
    let second = world.publish("b.example", &report(&mut rng));
    assert_ne!(first.story, second.story);
}

#[test]
fn a_form_with_other_facts_is_no_republication() {
    let form = |town: &str, numbers: [u32; 8]| {
        let [high, low, wind, gust, rain, damp, rise, set] = numbers;
        format!(
            "The forecast for {town} and the surrounding area speaks of a high of {high} degrees \
            and \
             a low of {low} degrees, with winds of {wind} kilometres per hour and gusts of up to \
             {gust}. \
             The chance of rain in {town} is {rain} percent and the humidity will be {damp} \
             percent all \
             through the day. The sun rises at {rise} and sets at {set} as seen from the tower in \
             {town} where the service has its station since the beginning of the last century."
        )
    };
    let mut world = World::default();
    let first = world.publish("a.example", &form("Dunmore", [21, 9, 14, 40, 30, 61, 602, 1948]));
    let second = world.publish("b.example", &form("Penrose", [17, 4, 33, 71, 85, 90, 611, 1939]));
    assert_ne!(first.story, second.story);
    let copy = world.publish("c.example", &form("Penrose", [17, 4, 33, 71, 85, 90, 611, 1939]));
    assert_eq!(copy.story, second.story);
}

#[test]
fn a_digest_is_linked_and_merges_nothing() {
    let mut rng = Rng::with_seed(6);
    let mut world = World::default();
    // Strangers, so that it is known what strangers share.
    for n in 0..30 {
        world.publish(&format!("s{n}.example"), &prose(&mut rng, 8).join("\n"));
    }
    let wires: Vec<Vec<String>> = (0..3).map(|_| prose(&mut rng, 10)).collect();
    let mut stories = Vec::new();
    for (n, wire) in wires.iter().enumerate() {
        let first = world.publish(&format!("a{n}.example"), &wire.join("\n"));
        world.publish(&format!("b{n}.example"), &wire.join("\n"));
        stories.push(first.story);
    }
    let digest: Vec<String> = wires.iter().flat_map(|wire| wire[..6].to_vec()).collect();
    let found = world.publish("d.example", &digest.join("\n"));
    assert_eq!((found.kind, &found.links), (Kind::Digest, &stories));
    let more = world.publish("c.example", &wires[1].join("\n"));
    assert_eq!(more.story, stories[1]);
}

#[test]
fn a_digest_that_came_first_is_taken_out_of_the_story_it_was_put_into() {
    let mut rng = Rng::with_seed(7);
    let mut world = World::default();
    for n in 0..30 {
        world.publish(&format!("s{n}.example"), &prose(&mut rng, 8).join("\n"));
    }
    let wires: Vec<Vec<String>> = (0..3).map(|_| prose(&mut rng, 8)).collect();
    let digest: Vec<String> = wires.iter().flat_map(|wire| wire[..5].to_vec()).collect();
    let number = world.texts.len() as u64;
    let first = world.publish("d.example", &digest.join("\n"));
    let one = world.publish("a.example", &wires[0].join("\n"));
    assert_eq!(one.story, first.story, "it looks like an excerpt as yet");
    let two = world.publish("b.example", &wires[1].join("\n"));
    assert_ne!(two.story, one.story);
    assert_eq!(two.moved.len(), 1);
    assert_eq!((two.moved[0].article, two.moved[0].from), (number, one.story));
    assert_eq!(two.links, [two.moved[0].to]);
}

#[test]
fn what_only_a_digest_held_together_comes_apart_with_it() {
    let mut rng = Rng::with_seed(11);
    let mut world = World::default();
    let [one, two] = [(); 2].map(|()| prose(&mut rng, 10));
    // Its items are no beginnings, and nothing is known of strangers: one more sign is needed.
    let digest = world.publish("d.example", &[&one[4..], &two[4..]].concat().join("\n"));
    let first = world.publish("a.example", &one.join("\n"));
    world.publish("b.example", &one.join("\n"));
    let wrong = world.publish("e.example", &two.join("\n"));
    assert_eq!((first.story, wrong.story), (digest.story, digest.story), "nothing tells it yet");
    let local = prose(&mut rng, 3);
    let told = world.publish("f.example", &[&two[4..], &local].concat().join("\n"));
    let moved: Vec<_> = told.moved.iter().map(|moved| (moved.article, moved.is_digest)).collect();
    assert_eq!(moved, [(3, false), (0, true)]);
    assert_eq!(told.moved[0].to, told.story);
    assert_eq!((told.kind, &told.links[..]), (Kind::Edited, &[told.moved[1].to][..]));
    // Both stories go on, each by itself.
    for (text, story) in [(&one, first.story), (&two, told.story)] {
        assert_eq!(world.publish("g.example", &text.join("\n")).story, story);
    }
    let again = world.publish("h.example", &[&one[4..], &two[4..]].concat().join("\n"));
    assert_eq!((again.story, again.kind), (told.moved[1].to, Kind::Digest));
}

#[test]
fn revisions_of_a_url_are_one_story() {
    let mut rng = Rng::with_seed(8);
    let text = prose(&mut rng, 6);
    let mut world = World::default();
    let url = "https://a.example/live";
    let first = world.publish_at("a.example", url, &text.join("\n"));
    let later = [prose(&mut rng, 3), text].concat();
    let second = world.publish_at("a.example", url, &later.join("\n"));
    assert_eq!((second.story, second.kind), (first.story, Kind::Update));
}

#[test]
fn what_left_the_window_is_forgotten() {
    let mut rng = Rng::with_seed(9);
    let text = prose(&mut rng, 6).join("\n");
    let mut world = World::default();
    let first = world.publish("a.example", &text);
    world.day = 13;
    assert_eq!(world.publish("b.example", &text).story, first.story);
    world.day = 40;
    let late = world.publish("c.example", &text);
    assert_eq!(late.kind, Kind::First);
    assert_eq!(world.stories.figures().documents, 1);
}

#[test]
fn no_more_documents_than_asked_for_are_kept() {
    let mut rng = Rng::with_seed(10);
    let config = Config { documents_max: 50, ..Config::default() };
    let mut world = World { stories: Stories::new(config), ..World::default() };
    for n in 0..200 {
        world.publish(&format!("o{n}.example"), &prose(&mut rng, 3).join("\n"));
    }
    assert_eq!(world.stories.figures().documents, 50);
}

/// A stream in which outlets publish their own and one another's texts.
fn stream(seed: u64, articles: usize) -> Vec<(String, String)> {
    let mut rng = Rng::with_seed(seed);
    let mut texts: Vec<Vec<String>> = Vec::new();
    let mut stream = Vec::new();
    for _ in 0..articles {
        let mut text = prose(&mut rng, 6);
        if !texts.is_empty() && rng.u8(..3) == 0 {
            let other = &texts[rng.usize(..texts.len())];
            text = [&other[..2 + rng.usize(..4)], &text[..rng.usize(..3)]].concat();
        } else {
            texts.push(text.clone());
        }
        stream.push((format!("o{}.example", rng.u8(..9)), text.join("\n")));
    }
    stream
}

#[test]
fn the_same_order_gives_the_same_stories_across_a_restart() {
    let stream = stream(11, 120);
    let mut whole = World::default();
    let expected: Vec<Assignment> = stream.iter().map(|(o, t)| whole.publish(o, t)).collect();
    for restart in [0, 1, 37, 119] {
        let mut world = World::default();
        for (n, (outlet, text)) in stream.iter().enumerate() {
            if n == restart {
                let mut bytes = Vec::new();
                world.stories.checkpoint(&mut bytes).expect("memory takes it");
                world.stories = Stories::restore(Config::default(), &mut bytes.as_slice())
                    .expect("it is whole");
            }
            assert_eq!(world.publish(outlet, text), expected[n], "article {n}, restart {restart}");
        }
    }
}

#[test]
fn a_damaged_checkpoint_is_refused() {
    let mut world = World::default();
    for (outlet, text) in stream(12, 20) {
        world.publish(&outlet, &text);
    }
    let mut bytes = Vec::new();
    world.stories.checkpoint(&mut bytes).expect("memory takes it");
    let read = |bytes: &[u8]| Stories::restore(Config::default(), &mut &bytes[..]);
    assert!(read(&bytes).is_ok());
    for cut in [0, 7, 8, 1_000, bytes.len() - 1] {
        assert!(matches!(read(&bytes[..cut]), Err(Error::NoCheckpoint { .. })), "cut at {cut}");
    }
    let mut rng = Rng::with_seed(13);
    for _ in 0..60 {
        let mut damaged = bytes.clone();
        let at = rng.usize(..bytes.len());
        damaged[at] ^= 1 << rng.u8(..8);
        assert!(matches!(read(&damaged), Err(Error::NoCheckpoint { .. })), "bit at {at}");
    }
}

/// Texts that cannot be read.
struct Broken;

impl Texts for Broken {
    fn text(&self, _id: u64) -> Result<Option<Arc<str>>, TextsError> {
        Err("the disk is gone".into())
    }
}

#[test]
fn a_text_that_cannot_be_read_is_an_error_and_the_article_can_be_handed_in_again() {
    let mut rng = Rng::with_seed(14);
    let text = prose(&mut rng, 6).join("\n");
    let mut world = World::default();
    let first = world.publish("a.example", &text);
    let article = Article { id: 1, text: &text, ..Article::default() };
    let error = world.stories.assign(&article, &Broken).unwrap_err();
    assert!(matches!(error, Error::Text { article: 0, .. }), "{error}");
    let second = world.stories.assign(&article, &world.texts).expect("texts are in memory");
    assert_eq!(second.story, first.story);
}

#[test]
fn the_example_of_the_issue_is_one_story_of_its_agency() {
    let told = [
        "Foreign Minister Arvo Lind on Saturday met the leader of Sarkan during a visit to the \
         closed country, a key ally.",
        "Lind \"was received\" by the leader, the ministry said, posting a video of two men who \
         shook hands and embraced before the cameras of both states.",
        "State media of both countries had announced the visit earlier, saying that he would stay \
         until Sunday and travel on to the coast.",
        "It is the latest in a series of trips by officials as the two states deepen their \
         military and political ties over the conflict in the south.",
        "Earlier on Saturday, Lind met his counterpart and said that the north had reaffirmed its \
         full support for all goals of the operation.",
        "Ahead of the visit, the ministry announced that twice-weekly flights between the capitals \
         would begin before the end of the month.",
    ];
    let furnished = [
        "Isle Today\nNewsletter Signup Register / Login\nworld\nLind meets leader of \
         Sarkan\n0 Comments\nKORVA",
        &told.join("\n"),
        "\u{a9} 2025 AFP\n\u{a9}2025 Isle Media Inc.\nIntroducing new condominiums for sale by \
         one of the leading builders of homes. Join our webinar on Saturday, and learn more.\nNo \
         Comment\nLogin to leave a comment\nUse your account to login or register. By doing so, \
         you will also receive an email inviting you to receive our news alerts.\nForgot \
         password?\nA mix of what is trending on our other sites\nFive famous foods of the \
         south\nHow to set up a bank account\nTen day trips for the summer",
    ]
    .join("\n");
    let mut world = World::default();
    let page = world.publish("isle.example", &furnished);
    assert_eq!(page.agency.map(|agency| agency.0), Some("AFP"));
    let cut = format!("KORVA (AFP) - {}", told[..4].join("\n"));
    let other = world.publish("other.example", &cut);
    assert_eq!(other.story, page.story);
    assert_eq!(other.agency.map(|agency| agency.0), Some("AFP"));
}

#[test]
fn a_page_that_is_rewritten_all_day_stays_one_story() {
    let mut rng = Rng::with_seed(12);
    let mut world = World::default();
    let mut text = prose(&mut rng, 10);
    let url = "https://a.example/live";
    let first = world.publish_at("a.example", url, &text.join("\n"));
    for version in 0..80 {
        // The oldest third makes room.
        text = [prose(&mut rng, 3), text[..7].to_vec()].concat();
        let found = world.publish_at("a.example", url, &text.join("\n"));
        assert_eq!(found.story, first.story, "version {version}");
    }
}

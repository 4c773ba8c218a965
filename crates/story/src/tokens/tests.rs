//! How texts are folded and cut, script by script.

use proptest::prelude::*;

use super::*;

#[test]
fn ways_of_writing_the_same_are_folded() {
    for (written, folded) in [
        ("Don't PANIC", "dont panic"),
        ("Don\u{2019}t panic", "dont panic"),
        ("co\u{ad}operate", "cooperate"),
        ("\u{fb01}nance", "finance"),
        ("1,000 and 1.000 and 1\u{a0}000", "1000 and 1000 and 1000"),
        ("3.5 million, in 2025", "35 million in 2025"),
        ("12 men", "12 men"),
        ("Cafe\u{301} caf\u{e9}", "caf\u{e9} caf\u{e9}"),
        ("\u{ff21}\u{ff22}\u{ff11}", "ab1"),
        ("\u{c4}ra Stra\u{df}e", "\u{e4}ra strasse"),
        ("ёлка", "елка"),
        ("كِتَابٌ كتـاب", "كتاب كتاب"),
        ("أحمد إلى", "احمد الي"),
        ("کتاب", "كتاب"),
        ("١٢٣ ۱۲۳ १२३", "123 123 123"),
        ("שָׁלוֹם", "שלום"),
        ("क\u{93c} \u{958}", "क क"),
        ("हिन्दी", "हिन्दी"),
        ("東京、2025年", "東 京 2025 年"),
        ("\u{ff76}\u{ff9e}", "ガ"),
        ("\u{1112}\u{1161}\u{11ab} 한국", "한 한 국"),
        ("ก็ดี", "ก็ ดี"),
        ("zero\u{200b}width", "zerowidth"),
        ("", ""),
    ] {
        assert_eq!(fold(written), folded, "{written}");
    }
}

#[test]
fn the_class_is_that_of_most_tokens() {
    for (text, class) in [
        ("Only words here", Class::Words),
        ("東京で会議 in Tokyo", Class::Ideographs),
        ("ประเทศไทย", Class::Syllables),
        ("", Class::Words),
    ] {
        assert_eq!(Tokens::of(text).class(), class, "{text}");
    }
}

fn flagged(text: &str, kind: u8) -> Vec<&str> {
    let tokens = Tokens::of(text);
    let chosen = tokens.spans.iter().zip(&tokens.flags).filter(|(_, flags)| **flags & kind != 0);
    chosen.map(|((from, to), _)| &text[*from as usize..*to as usize]).collect()
}

#[test]
fn capitals_at_the_beginning_of_a_sentence_are_no_names() {
    let text = "The mayor met Anna. She left Rome in May.";
    assert_eq!(flagged(text, flag::CAPITAL), ["Anna", "Rome", "May"]);
    assert_eq!(flagged("In 2025 he paid 1,000", flag::NUMBER), ["2025", "1,000"]);
}

#[test]
fn speech_is_marked_and_a_slip_is_not() {
    for (text, quoted) in [
        ("He said \u{201c}we go\u{201d} and left", vec!["we", "go"]),
        ("He said \"we go\" and left", vec!["we", "go"]),
        ("Er sagte: \u{201e}Wir gehen\u{201c} und ging", vec!["Wir", "gehen"]),
        ("Il dit \u{ab} oui \u{bb} et part", vec!["oui"]),
        ("彼は「行」と", vec!["行"]),
        ("\u{201c}A long speech\nand then prose", vec!["A", "long", "speech"]),
        ("a 5\" pipe and \"no end", vec![]),
        ("don't say it isn't", vec![]),
    ] {
        assert_eq!(flagged(text, flag::QUOTED), quoted, "{text}");
    }
}

#[test]
fn posts_and_lists_of_links_are_no_prose() {
    let post = "Prose is here.\nSad!\nAn Account (@account) June 1\nMore prose.";
    assert_eq!(flagged(post, flag::QUOTED), ["Sad", "An", "Account", "account", "June", "1"]);
    let list = "Prose is here.\nOne link\nTwo links\nThree\nMore prose.";
    assert_eq!(flagged(list, flag::QUOTED), ["One", "link", "Two", "links", "Three"]);
    assert_eq!(flagged("A headline\nProse is here.", flag::QUOTED), Vec::<&str>::new());
    // A headline may be a sentence; at the end of a list it is prose.
    let list = "One\nTwo\nThree\nIt is four.\nFive\nSix.";
    let items = ["One", "Two", "Three", "It", "is", "four", "Five"];
    assert_eq!(flagged(list, flag::QUOTED), items);
}

#[test]
fn no_text_has_more_tokens_than_the_limit() {
    assert_eq!(Tokens::of(&"a ".repeat(TOKENS_MAX + 10)).len(), TOKENS_MAX);
}

proptest! {
    #[test]
    fn folding_twice_is_folding_once(text in "\\PC{0,60}") {
        let once = fold(&text);
        prop_assert_eq!(fold(&once), once);
    }

    #[test]
    fn any_text_is_cut_into_tokens_in_order(text in any::<String>()) {
        let tokens = Tokens::of(&text);
        prop_assert_eq!(tokens.spans.len(), tokens.len());
        for (from, to) in &tokens.spans {
            prop_assert!(text.get(*from as usize..*to as usize).is_some());
        }
        prop_assert!(tokens.spans.windows(2).all(|two| two[0].0 <= two[1].0));
    }

    #[test]
    fn the_ascii_path_and_the_general_one_agree(text in "[ -~\n]{0,80}") {
        // Hair spaces make every character the neighbour of one beyond ASCII, and say nothing.
        let spaced = text.replace(' ', "\u{2004}");
        prop_assert_eq!(fold(&text), fold(&spaced));
    }
}

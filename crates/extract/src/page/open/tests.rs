//! Tests of the module that declares this one.

use super::*;

/// Opens `a b` and ends `/a`; the end tag of the innermost open element of that name.
fn depth_after(tags: &str) -> usize {
    let mut open = OpenElements::default();
    let mut opened: Vec<(&str, Opened)> = Vec::new();
    for tag in tags.split(' ') {
        if let Some(name) = tag.strip_prefix('/') {
            if let Some(at) = opened.iter().rposition(|(n, _)| *n == name) {
                open.end(opened[at].1);
                opened.truncate(at);
            }
        } else {
            opened.push((tag, open.open(tag)));
        }
    }
    open.depth()
}

#[test]
fn depth_as_a_tree_has_it() {
    for (tags, depth) in [
        ("div div div", 3),
        ("div div /div span", 2),
        ("p p p", 1),
        ("p span p", 1),
        ("p b div", 1),
        ("p table", 1),
        ("p button p", 3),
        ("ul li li li", 2),
        ("a a b a", 1),
        ("a div a", 3),
        ("ul li ul li", 4),
        ("ul li ul li /ul li", 2),
        ("ul li b i li", 2),
        ("dl dt dd dt", 2),
        ("select option option", 2),
        ("select option b option", 4),
        ("ul li section li", 4),
        ("ul li div li", 2),
        ("p svg foreignobject p", 4),
        ("table tr td table tr td", 6),
        ("table tr td tr td", 3),
        ("table tr td td th", 3),
        ("table tbody tr td tbody", 2),
        ("table tbody tr td div tr", 3),
        ("div b /div", 0),
    ] {
        assert_eq!(depth_after(tags), depth, "{tags}");
    }
}

#[test]
fn end_tags_do_not_reach_out_of_their_scope() {
    for (tags, depth) in [
        ("div table tr td /div", 4),
        ("div table tr td b /td", 3),
        ("div table tr td div /table", 1),
        ("div object /div", 2),
        ("table tr td table /tr", 4),
        ("table tr td template td", 5),
        ("ul li ul /li", 3),
        ("b div /b", 2),
        ("b i /b", 0),
        ("table tr td template table /template", 3),
        // The paragraph is closed already: its end tag closes nothing else.
        ("p div div /p", 2),
    ] {
        assert_eq!(depth_after(tags), depth, "{tags}");
    }
}

#[test]
fn the_table_of_kinds_is_sorted() {
    assert!(KINDS.is_sorted_by_key(|(name, _)| *name));
}

//! Names of agencies, and words that are none.

use super::*;

#[test]
fn names_that_stand_alone() {
    for (text, name) in [
        ("AFP", Some("AFP")),
        ("afp", Some("AFP")),
        ("© AFP", Some("AFP")),
        ("(dpa)", Some("dpa")),
        ("The Associated Press", Some("AP")),
        ("Reuters.", Some("Reuters")),
        ("新华社", Some("Xinhua")),
        ("ТАСС", Some("TASS")),
        ("тасс", Some("TASS")),
        ("PA", None),
        ("AFP Reporter", None),
        ("", None),
    ] {
        assert_eq!(exact(text), name, "{text}");
    }
}

#[test]
fn names_in_a_line_of_credit() {
    for (line, name) in [
        ("By Jane Doe, Associated Press", Some("AP")),
        ("Reuters Staff", Some("Reuters")),
        ("Mit Material von dpa und AFP", Some("dpa")),
        ("© dpa-infocom, dpa:240501-99-123456/2", Some("dpa")),
        ("con información de EFE", Some("EFE")),
        ("（新华社北京11月17日电）", Some("Xinhua")),
        ("[ソウル 24日 ロイター]", Some("Reuters")),
        ("(서울=연합뉴스) 김철수 기자", Some("Yonhap")),
        ("Maps and Apps", None),
        ("Grapefruit APples", None),
        ("by our own correspondent", None),
        ("AA", None),
        ("A sta is not an agency", None),
    ] {
        assert_eq!(find(line), name, "{line}");
    }
}

#[test]
fn no_spelling_means_two_agencies() {
    let mut known: Vec<(String, &str)> = Vec::new();
    for agency in AGENCIES {
        for name in agency.names.iter().chain(agency.short).chain(agency.alone) {
            let name = name.to_lowercase();
            if let Some((_, other)) = known.iter().find(|(spelling, _)| *spelling == name) {
                assert_eq!(*other, agency.name, "{name}");
            }
            known.push((name, agency.name));
        }
    }
    assert!(known.len() > 150, "{}", known.len());
}

//! Tests of the module that declares this one.

use proptest::prelude::*;

use super::*;

/// The point in time as jiff writes it.
fn show(text: &str) -> Option<String> {
    let micros = parse(text)?.0;
    Some(jiff::Timestamp::from_microsecond(micros).unwrap().to_string())
}

#[test]
fn the_forms_of_rfc_3339_whole_and_partial() {
    for (text, expected) in [
        ("2024", "2024-01-01T00:00:00Z"),
        ("2024-05", "2024-05-01T00:00:00Z"),
        ("2024-05-31", "2024-05-31T00:00:00Z"),
        (" 2024-5-1\n", "2024-05-01T00:00:00Z"),
        ("2024/05/31 07:00", "2024-05-31T07:00:00Z"),
        ("20240531", "2024-05-31T00:00:00Z"),
        ("20240531T101500Z", "2024-05-31T10:15:00Z"),
        ("2024-05-31T10:15Z", "2024-05-31T10:15:00Z"),
        ("2024-05-31T10:15:30", "2024-05-31T10:15:30Z"),
        ("2024-05-31T10:15:30+02:00", "2024-05-31T08:15:30Z"),
        ("2024-05-31T10:15:30.25-0430", "2024-05-31T14:45:30.25Z"),
        ("2024-05-31t10:15:30.123456789z", "2024-05-31T10:15:30.123456Z"),
        ("2024-05-31 10:15:30 +0530", "2024-05-31T04:45:30Z"),
        ("2024-05-31T10:15:30+02", "2024-05-31T08:15:30Z"),
        ("2024-05-31 10:15:30 UTC", "2024-05-31T10:15:30Z"),
        ("2024-05-31 10:15 CEST", "2024-05-31T08:15:00Z"),
        ("2024-12-31T23:59:60Z", "2024-12-31T23:59:59Z"),
        ("2024-05-31T10:15:30.Z", "none"),
        ("2024-13-01", "none"),
        ("2024-02-30", "none"),
        ("2024-05-31T25:00Z", "none"),
        ("2024-05-31T10", "none"),
        ("2024-05-31T10:15:30 XYZ", "none"),
        ("2024-05-31T10:15:30+99:00", "none"),
        ("0001-01-01T00:00:00Z", "none"),
        ("20240531x", "none"),
        ("202405", "none"),
    ] {
        assert_eq!(show(text).as_deref().unwrap_or("none"), expected, "{text}");
    }
}

#[test]
fn the_forms_with_a_month_by_name() {
    let expected = "2017-01-05T12:34:51Z";
    for text in [
        "Thu, 05 Jan 2017 12:34:51 GMT",
        "Thu, 05 Jan 2017 13:34:51 +0100",
        "Thu, 5 Jan 17 13:34:51 +0100",
        "5 January 2017 13:34:51 +01:00",
        "Mon, 05 Jan 2017 07:34:51 EST",
        "Thu,05 Jan 2017 13:34:51 CET",
        "Thursday, 05-Jan-17 12:34:51 GMT",
        "Thurs, 05 Jan 2017 13:34:51 GMT+1",
        "Thu, 05 Jan 2017 12:34:51 +0000 GMT",
        "Thu Jan 05 2017 13:34:51 GMT+0100 (Central European Standard Time)",
        "Thu Jan  5 12:34:51 UTC 2017",
        "January 5th, 2017 07:34:51 AM EST",
        "Jan. 5, 2017 12:34:51 PM GMT",
        "THU, 05 JAN 2017 12:34:51 Z",
        "Thu,  05  Jan  2017  12:34:51  UT",
        "Thu, 05 Jan 2017 12:34:51 -0000",
        "Thu, 05 Jan 2017 07:34:51 EST-0500",
    ] {
        assert_eq!(show(text).as_deref(), Some(expected), "{text}");
    }
    for (text, expected) in [
        ("Thu, 05 Jan 2017 13:34 +0100", "2017-01-05T12:34:00Z"),
        ("Fri, 06 Nov 94 08:49:37 GMT", "1994-11-06T08:49:37Z"),
        ("mer, 16 nov 2022 00:38:15 +0100", "2022-11-15T23:38:15Z"),
        ("mar, 1 mar 2022 00:38:15 +0000", "2022-03-01T00:38:15Z"),
        ("s\u{e1}b, 01 ene 2022 12:00:00 GMT", "2022-01-01T12:00:00Z"),
        ("Mi., 05 Okt 2022 12:00:00 +0200", "2022-10-05T10:00:00Z"),
        ("5 ao\u{fb}t 2022 12:00:00 CEST", "2022-08-05T10:00:00Z"),
        ("06 Sept 2017 00:00:00 PDT", "2017-09-06T07:00:00Z"),
        ("Jan 5, 2017 12:05 AM UTC", "2017-01-05T00:05:00Z"),
    ] {
        assert_eq!(show(text).as_deref(), Some(expected), "{text}");
    }
}

#[test]
fn nothing_is_guessed() {
    for text in [
        "",
        "yesterday",
        "1700000000",
        "Thu, 05 Jan 2017 13:34:51",
        "Thu, 05 Jan 2017",
        "Thu, 05 Jan 2017 13:34:51 IST",
        "Thu, 05 Jan 2017 13:34:51 BST",
        "Thu, 05 Jan 2017 13:34:51 A",
        "Thu, 05 Jan 2017 13:34:51 +1:99",
        "Thu, 05 Jan 2017 13:34:51 EST+0300",
        "Thu, 31 Feb 2017 13:34:51 GMT",
        "Thu, 05 Jan 2017 13:05:00 PM GMT",
        "Thu, 05 Jan Feb 2017 13:34:51 GMT",
        "Thu, 05 Jan 2017 2018 13:34:51 GMT",
        "05/06/2017 13:34:51 GMT",
        "05 j\u{101}n 2017 13:34:51 GMT",
        "05 jui 2017 13:34:51 GMT",
        "05 ma 2017 13:34:51 GMT",
        "2017-01-05T13:34:51Z; 2017-01-06",
        "Thu, 05 Jan 2017 13:34:51 GMT \u{e4}",
    ] {
        assert_eq!(show(text), None, "{text}");
    }
    assert_eq!(parse(&" ".repeat(1_000_000)), None);
    assert_eq!(parse(&"1".repeat(1_000_000)), None);
}

proptest! {
    #[test]
    fn any_text_is_a_date_or_none(text in "\\PC{0,40}") {
        let _ = parse(&text);
    }

    #[test]
    fn soup_of_dates_is_a_date_or_none(
        text in "((Thu|Jan|ao\u{fb}t|mar,|sept|AM|pm|GMT|EST|T|Z|:|-|\\+|/|,|\\.|\\(|[0-9]\
         {1,4})[ ]?){0,14}"
    ) {
        let _ = parse(&text);
    }

    #[test]
    fn what_jiff_writes_is_read(second in -5_000_000_000_i64..7_000_000_000) {
        let timestamp = jiff::Timestamp::from_second(second).unwrap();
        prop_assert_eq!(parse(&timestamp.to_string()), Some(UnixMicros(second * 1_000_000)));
        let printer = jiff::fmt::rfc2822::DateTimePrinter::new();
        let text = printer.timestamp_to_string(&timestamp).unwrap();
        prop_assert_eq!(parse(&text), Some(UnixMicros(second * 1_000_000)), "{}", text);
    }
}

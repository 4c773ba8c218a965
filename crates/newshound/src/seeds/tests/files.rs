//! Files as a whole: formats, long lists, what is given by mistake, and the lists we ship.

use std::path::Path;

use super::*;

#[test]
fn the_format_by_extension_else_by_the_first_bytes() {
    for (name, format) in [
        ("a.txt", Some(Format::Txt)),
        ("a.CSV", Some(Format::Csv)),
        ("a.tsv", Some(Format::Csv)),
        ("a.b.opml", Some(Format::Opml)),
        ("a.xml", Some(Format::Opml)),
        ("a", None),
        ("-", None),
        ("a.dat", None),
    ] {
        assert_eq!(Format::of_extension(Path::new(name)), format, "{name}");
    }
    for (head, format) in [
        ("", Format::Txt),
        ("a.example\nb.example\n", Format::Txt),
        ("https://a.example/?url,domain\n", Format::Txt),
        ("a.example,domain,FR\n", Format::Txt),
        ("sep=,\nfeed.url,lang\n", Format::Csv),
        ("# list\n\ndomain,country\n", Format::Csv),
        ("url\nhttps://a.example/\n", Format::Csv),
        ("Name;Website\r\n", Format::Csv),
        ("\n <?xml version='1.0'?>", Format::Opml),
        ("<opml>", Format::Opml),
    ] {
        assert_eq!(Format::sniffed(head), format, "{head}");
    }
}

#[test]
fn a_stream_is_sniffed_and_a_known_format_is_believed() {
    for (name, seeds) in [("good.txt", 5), ("excel.csv", 2), ("good.opml", 4), ("utf16be.csv", 1)] {
        let file = std::fs::File::open(fixture(name)).unwrap();
        assert_eq!(read_from(Drip(file), None).unwrap().specs.len(), seeds, "{name}");
    }
    let came = read_all(open(&Source::FileAs(fixture("good.csv"), Format::Txt))).unwrap();
    assert!(!came.refused.is_empty());
}

#[test]
fn what_is_given_by_mistake_is_named_with_a_remedy() {
    for (name, words) in [
        ("list.csv.gz", ["gzip", "gunzip"]),
        ("workbook.csv", ["Excel", "save the sheet as CSV"]),
        ("utf16-unmarked.txt", ["UTF-16", "UTF-8"]),
        ("noise.txt", ["binary", "text"]),
    ] {
        let error = read_fixture(name).unwrap_err();
        assert!(error.is_usage());
        let error = error.to_string();
        assert!(error.contains(name) && words.iter().all(|word| error.contains(word)), "{error}");
    }
    let error = read_fixture("missing.csv").unwrap_err();
    assert!(!error.is_usage() && error.to_string().contains("missing.csv"), "{error}");
    assert!(read_all(open(&Source::File(fixture("")))).is_err());
}

/// Makes the line of a number.
type MakeLine = fn(u64) -> String;

/// A list that is made while it is read, so that it is nowhere as a whole.
fn long_list(lines: u64, line: MakeLine, head: &str, tail: &str) -> impl Read + use<> {
    struct Made {
        lines: std::ops::Range<u64>,
        line: MakeLine,
        rest: Cursor<Vec<u8>>,
    }
    impl Read for Made {
        fn read(&mut self, to: &mut [u8]) -> std::io::Result<usize> {
            if self.rest.position() == self.rest.get_ref().len() as u64
                && let Some(n) = self.lines.next()
            {
                self.rest = Cursor::new((self.line)(n).into_bytes());
            }
            self.rest.read(to)
        }
    }
    let made = Made { lines: 0..lines, line, rest: Cursor::new(Vec::new()) };
    let (head, tail) = (head.to_owned().into_bytes(), tail.to_owned().into_bytes());
    Cursor::new(head).chain(made).chain(Cursor::new(tail))
}

#[test]
fn fifty_thousand_lines_of_every_format() {
    const LINES: u64 = 50_000;
    let lists: [(Format, MakeLine, &str, &str); 3] = [
        (Format::Txt, |n| format!("outlet-{n}.example tags=t{}\n", n % 7), "", ""),
        (Format::Csv, |n| format!("outlet-{n}.example,\"t{}\"\r\n", n % 7), "domain,tags\n", ""),
        (
            Format::Opml,
            |n| format!("<outline xmlUrl=\"https://outlet-{n}.example/\"/>\n"),
            "<opml><body>",
            "</body></opml>",
        ),
    ];
    for (format, line, head, tail) in lists {
        let input = long_list(LINES, line, head, tail);
        let input = input::from_reader("list".to_owned(), Box::new(input), None).unwrap();
        assert_eq!(input.format, format);
        let mut reader = Reader::of(input).unwrap();
        let good = (&mut reader).filter(|line| matches!(line, Ok(Ok(_)))).count() as u64;
        assert_eq!((good, reader.next().is_none()), (LINES, true), "{format:?}");
    }
}

#[tokio::test]
async fn seeds_are_handed_on_in_batches() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("long.txt");
    let lines = (0..2_500).map(|n| match n % 100 {
        0 => "not a seed\n".to_owned(),
        _ => format!("o{n}.example\n"),
    });
    std::fs::write(&path, lines.collect::<String>()).unwrap();
    let sources = [Source::Arguments(vec!["a.example".to_owned()]), Source::File(path)];
    let (mut batches, mut refused) = (Vec::new(), Vec::new());
    let mut accept = async |batch: Vec<SeedSpec>| {
        batches.push(batch.len());
        Ok(())
    };
    let told = read(&sources, &mut |line| refused.push(line), &mut accept).await.unwrap();
    assert_eq!(batches, [BATCH, BATCH, 476]);
    assert_eq!((told.lines, refused.len()), (2_501, 25));
}

#[test]
fn the_lists_we_ship_are_read_whole() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config/seeds");
    let mut hosts = std::collections::HashMap::new();
    let mut lists = 0;
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "csv") {
            continue;
        }
        lists += 1;
        let came = read_all(open(&Source::File(path.clone()))).unwrap();
        assert_eq!((came.refused, came.notices), (vec![], vec![]), "{}", path.display());
        assert!(came.specs.len() >= 20, "{}", path.display());
        for spec in came.specs {
            let labels = &spec.labels;
            let is_labelled = labels.country().is_some() && labels.language().is_some();
            assert!(is_labelled && !labels.tags().is_empty(), "{}", spec.seed);
            let before = hosts.insert(spec.seed.host(), path.clone());
            assert_eq!(before, None, "{} stands in {} too", spec.seed, path.display());
        }
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("# ") && text.contains("unverified"), "{}", path.display());
    }
    assert_eq!(lists, 7);
}

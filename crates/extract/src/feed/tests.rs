//! Tests of the module that declares this one.

use proptest::prelude::*;
use url::Url;

use super::*;

fn read_as(body: &[u8], content_type: Option<&str>, limits: &FeedLimits) -> Option<Feed> {
    let url = Url::parse("https://news.test/feeds/all.xml").unwrap();
    read_feed(&Input { url: &url, content_type, robots_tags: &[], body }, limits)
}

fn read(body: &str) -> Feed {
    let feed = read_as(body.as_bytes(), None, &FeedLimits::default());
    feed.unwrap_or_else(|| panic!("no feed: {body}"))
}

fn urls(feed: &Feed) -> Vec<&str> {
    feed.entries.iter().map(|entry| entry.url.as_str()).collect()
}

/// The URLs of an RSS feed with these items.
fn rss(items: &str) -> Feed {
    read(&format!("<rss version='2.0'><channel><title>T</title>{items}</channel></rss>"))
}

fn atom(entries: &str) -> Feed {
    read(&format!("<feed xmlns='http://www.w3.org/2005/Atom'>{entries}</feed>"))
}

#[test]
fn which_link_of_an_item_is_the_article() {
    for (item, expected) in [
        ("<link>https://a.test/1</link>", Some("https://a.test/1")),
        ("<link> \n/1 </link>", Some("https://news.test/1")),
        ("<link>1.html?a=1&amp;b=2</link>", Some("https://news.test/feeds/1.html?a=1&b=2")),
        ("<link>https://a.test/1?utm_source=rss</link>", Some("https://a.test/1")),
        ("<link/><guid>https://a.test/g</guid>", Some("https://a.test/g")),
        ("<guid isPermaLink='true'>https://a.test/g</guid>", Some("https://a.test/g")),
        ("<guid isPermaLink='FALSE'>https://a.test/g</guid>", None),
        ("<guid>7bd204c6</guid>", None),
        ("<guid>https://a.test/g</guid><link>https://a.test/1</link>", Some("https://a.test/1")),
        ("<link>mailto:x@a.test</link><guid>http://a.test/g</guid>", Some("http://a.test/g")),
        (
            "<link>https://proxy.test/1</link><feedburner:origLink>https://a.test/1\
             </feedburner:origLink>",
            Some("https://a.test/1"),
        ),
        ("<atom:link rel='self' href='https://a.test/s'/>", None),
        ("<atom:link href='https://a.test/1'/>", Some("https://a.test/1")),
        ("<enclosure url='https://a.test/1.mp3' type='audio/mpeg'/>", None),
        (
            "<media:content url='https://a.test/1.jpg'/><media:link>https://a.test/m</media:link>",
            None,
        ),
        ("<source url='https://b.test/'>B</source><link>/1</link>", Some("https://news.test/1")),
        ("<image><link>https://a.test/i</link></image>", None),
        ("<link>https://news.test/feeds/all.xml</link>", None),
        ("<link>javascript:void(0)</link>", None),
        ("<LINK>https://a.test/1</LINK>", Some("https://a.test/1")),
        ("<link><![CDATA[https://a.test/1?a=1&b=2]]></link>", Some("https://a.test/1?a=1&b=2")),
    ] {
        let feed = rss(&format!("<item>{item}</item>"));
        assert_eq!(urls(&feed).first().copied(), expected, "{item}");
        assert_eq!(feed.refused_links, u32::from(expected.is_none()), "{item}");
        assert!(!feed.is_damaged, "{item}");
    }
}

#[test]
fn which_link_of_an_atom_entry_is_the_article() {
    for (entry, expected) in [
        ("<link href='https://a.test/1'/>", Some("https://a.test/1")),
        ("<link rel='alternate' href='/1'/>", Some("https://news.test/1")),
        (
            "<link rel='self' href='/s'/><link rel='edit' href='/e'/><link rel='alternate' \
             type='text/html' href='/1'/>",
            Some("https://news.test/1"),
        ),
        (
            "<link rel='alternate' type='application/json' href='/1.json'/><link \
             type='text/html' href='/1'/>",
            Some("https://news.test/1"),
        ),
        ("<link rel='enclosure' href='/1.mp3'/><link rel='replies' href='/r'/>", None),
        ("<link rel='related' href='/r'/>", Some("https://news.test/r")),
        ("<link rel='related' href='/r'/><link href='/1'/>", Some("https://news.test/1")),
        ("<id>https://a.test/id</id>", Some("https://a.test/id")),
        ("<id>tag:a.test,2024:1</id>", None),
        ("<source><link href='/s'/><id>https://a.test/s</id></source>", None),
        ("<content><link href='/c'/></content>", None),
        ("<link xml:base='https://b.test/x/' href='1'/>", Some("https://b.test/x/1")),
    ] {
        let feed = atom(&format!("<entry>{entry}</entry>"));
        assert_eq!(urls(&feed).first().copied(), expected, "{entry}");
        assert_eq!(feed.refused_links, u32::from(expected.is_none()), "{entry}");
    }
}

#[test]
fn xml_base_rules_what_lies_below() {
    let feed = read(
        "<feed xml:base='https://b.test/'><entry xml:base='news/'><link href='1'/></entry><entry>\
         <link href='2'/></entry></feed>",
    );
    assert_eq!(urls(&feed), ["https://b.test/news/1", "https://b.test/2"]);
    let feed = read("<feed xml:base='ftp://b.test/'><entry><link href='1'/></entry></feed>");
    assert_eq!(urls(&feed), ["https://news.test/feeds/1"]);
}

#[test]
fn titles_are_plain() {
    for (item, expected) in [
        ("<title>A &amp; B</title>", "A & B"),
        ("<title>A &amp;amp; B &amp;#8211; C</title>", "A & B \u{2013} C"),
        ("<title><![CDATA[<b>Bold</b> move]]></title>", "Bold move"),
        ("<title>caf&eacute; &#x41;</title>", "caf\u{e9} A"),
        ("<title>\n  two\n  lines </title>", "two lines"),
        ("<media:title>M</media:title><title>T</title>", "T"),
        ("<title>T</title><media:title>M</media:title>", "T"),
        ("<dc:title>D</dc:title><title>T</title>", "T"),
        ("<dc:title>D</dc:title>", "D"),
        ("<itunes:title>I</itunes:title>", ""),
    ] {
        let feed = rss(&format!("<item><link>/1</link>{item}</item>"));
        assert_eq!(feed.entries[0].title, expected, "{item}");
    }
    let feed = atom(
        "<entry><link href='/1'/><title>a &lt;b&gt; c</title></entry><entry><link href='/2'/\
         ><title \
         type='html'>a &lt;b&gt;c&lt;/b&gt;</title></entry><entry><link href='/3'/><title \
         type='xhtml'><div>a <em>b</em></div></title></entry>",
    );
    let titles: Vec<_> = feed.entries.iter().map(|entry| entry.title.as_str()).collect();
    assert_eq!(titles, ["a <b> c", "a c", "a b"]);
}

#[test]
fn dates_of_every_vocabulary() {
    let at = Some(UnixMicros(1_700_000_000_000_000));
    let text = "2023-11-14T22:13:20Z";
    for (name, is_published) in [
        ("pubDate", true),
        ("dc:date", true),
        ("dcterms:issued", true),
        ("a10:published", true),
        ("prism:publicationDate", true),
        ("atom:updated", false),
        ("dcterms:modified", false),
    ] {
        let feed = rss(&format!("<item><link>/1</link><{name}>{text}</{name}></item>"));
        let entry = &feed.entries[0];
        let expected = if is_published { (at, None) } else { (None, at) };
        assert_eq!((entry.published, entry.updated), expected, "{name}");
    }
    let feed = rss(&format!(
        "<item><link>/1</link><dc:date>2001-01-01</dc:date><pubDate>{text}</pubDate></item>"
    ));
    assert_eq!(feed.entries[0].published, at);
}

#[test]
fn what_a_feed_says_of_itself() {
    let feed = read(
        "<?xml version='1.0'?><!DOCTYPE rss><rss version='2.0' xmlns:x='http://www.w3.org/20\
         05/Atom'>\
         <channel><title>News &amp; more</title><image><title>I</title><link>/i</link></image>\
         <link>https://news.test/</link><x:link rel='self' href='https://news.test/feed'/><x:link \
         rel='hub' href='https://hub.test/'/><language>de-AT</language><ttl>60</ttl>\
         <sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency>\
         <skipHours><hour>3</hour><hour>0</hour><hour>24</hour><hour>99</hour></skipHours>\
         </channel></rss>",
    );
    assert_eq!(feed.format, FeedFormat::Rss);
    assert_eq!(feed.title, "News & more");
    assert_eq!(feed.self_link.unwrap().as_str(), "https://news.test/feed");
    assert_eq!(feed.site_link.unwrap().as_str(), "https://news.test/");
    assert_eq!(feed.language.as_deref(), Some("de-AT"));
    assert_eq!(feed.wait, Some(Duration::from_hours(6)));
    assert_eq!(feed.skip_hours, [0, 3]);
    assert!(!feed.is_damaged);
    let feed = atom(
        "<title>T</title><link href='/'/><link rel='self' href='/feed'/><entry><link href='/1'/>\
         <title>E</title></entry>",
    );
    assert_eq!((feed.format, feed.title.as_str()), (FeedFormat::Atom, "T"));
    assert_eq!(feed.self_link.unwrap().as_str(), "https://news.test/feed");
    assert_eq!(feed.site_link.unwrap().as_str(), "https://news.test/");
}

#[test]
fn waits_that_make_no_sense_are_none() {
    for (elements, wait_s) in [
        ("<ttl>0</ttl>", None),
        ("<ttl>soon</ttl>", None),
        ("<ttl>-5</ttl>", None),
        ("<ttl>5</ttl>", Some(300)),
        ("<ttl>4294967295</ttl>", Some(366 * 86_400)),
        ("<sy:updatePeriod>weekly</sy:updatePeriod>", Some(604_800)),
        ("<sy:updateFrequency>2</sy:updateFrequency>", Some(43_200)),
        ("<sy:updatePeriod>hourly</sy:updatePeriod><ttl>1</ttl>", Some(3_600)),
        (
            "<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>0</sy:updateFrequency>",
            Some(3_600),
        ),
    ] {
        assert_eq!(rss(elements).wait, wait_s.map(Duration::from_secs), "{elements}");
    }
}

#[test]
fn prefixes_and_namespaces_do_not_matter() {
    let feed = read(
        "<a:feed xmlns:a='http://www.w3.org/2005/Atom'><a:title>T</a:title><a:entry><a:link \
         href='/1'/><a:title>E</a:title></a:entry></a:feed>",
    );
    assert_eq!((feed.title.as_str(), feed.entries[0].title.as_str()), ("T", "E"));
    let feed = read(
        "<rdf:RDF><channel><title>T</title></channel><item rdf:about='https://a.test/1'>\
         <title>E</title></item></rdf:RDF>",
    );
    assert_eq!(
        (feed.format, feed.title.as_str(), urls(&feed)[0]),
        (FeedFormat::Rdf, "T", "https://a.test/1")
    );
    let feed = read("<rss><item><title>E</title><link>/1</link></item></rss>");
    assert_eq!(urls(&feed), ["https://news.test/1"]);
}

#[test]
fn what_is_broken_costs_what_it_touches() {
    for (items, expected) in [
        // Bare ampersands and unknown references.
        ("<item><link>/1?a=1&b=2</link></item>", &["1?a=1&b=2"][..]),
        ("<item><title>R&D &bogus; x</title><link>/1</link></item>", &["1"]),
        // End tags that are misspelt, missing, or of something else.
        ("<item><title>T</titel><link>/1</link></item><item><link>/2</link></item>", &["1", "2"]),
        ("<item><title>T<link>/1</link></item><item><link>/2</link></item>", &["1", "2"]),
        ("<item><link>/1</link><item><link>/2</link></item>", &["1", "2"]),
        ("<item><link>/1<pubDate>x</pubDate></item><item><link>/2</link></item>", &["1", "2"]),
        ("<item><description>a</b> <br> c</description><link>/1</link></item>", &["1"]),
        ("<item><description><p>a<p>b</description><link>/1</link></item>", &["1"]),
        ("<item><media:group><media:x></media:group><link>/1</link></item>", &["1"]),
        // Stray `<`, and a tag without its end.
        ("<item><title>1 < 2</title><link>/1</link></item>", &["1"]),
        ("<item><title>a <b</title><link>/1</link></item>", &["1"]),
        ("<item><x y='<link>/1</link></item><item><link>/2</link></item>", &["1", "2"]),
    ] {
        let feed = rss(items);
        let expected: Vec<_> = expected.iter().map(|u| format!("https://news.test/{u}")).collect();
        assert_eq!(urls(&feed), expected, "{items}");
        assert!(feed.is_damaged, "{items}");
    }
    assert_eq!(rss("<item><title>1 < 2</title><link>/1</link></item>").entries[0].title, "1 < 2");
}

#[test]
fn an_item_without_its_end_is_no_entry() {
    let feed = read("<rss><channel><item><link>/1</link></item><item><link>/2</link><title>T");
    assert_eq!(urls(&feed), ["https://news.test/1"]);
    assert!(feed.is_damaged);
    // What stands in a CDATA section that is cut is no markup.
    let feed = read("<rss><channel><item><link>/1</link><d><![CDATA[<item></item></channel>");
    assert_eq!((feed.entries.len(), feed.is_damaged), (0, true));
}

#[test]
fn what_is_no_feed() {
    for body in [
        "",
        "hello",
        "<",
        "<!-- <rss> -->",
        "<html><rss><channel/></rss></html>",
        "<urlset><url/></urlset>",
        "<opml><body/></opml>",
        "<rdf:RDF><foaf:Person/></rdf:RDF>",
        "{}",
        "{\"version\": 1, \"items\": []}",
        "{\"version\": \"https://other.test/\", \"items\": []}",
        "[\"version\"]",
    ] {
        assert_eq!(read_as(body.as_bytes(), None, &FeedLimits::default()), None, "{body}");
    }
}

#[test]
fn json_feeds() {
    let feed = read(
        "{\"items\": [{\"id\": 5, \"url\": \"/1\", \"title\": \"A &amp; B\"}, {\"id\": \
         \"https://a.test/2\"}, {\"id\": \"x\", \"external_url\": \"https://b.test/3\", \"title\": \
         null}, {\"id\": \"4\"}, 7], \"version\": \"https://jsonfeed.org/version/1\", \"title\": \
         \"T\", \"author\": {\"name\": []}, \"feed_url\": \"/f.json\"}",
    );
    assert_eq!(urls(&feed), ["https://news.test/1", "https://a.test/2", "https://b.test/3"]);
    assert_eq!((feed.title.as_str(), feed.entries[0].title.as_str()), ("T", "A & B"));
    assert_eq!(feed.self_link.unwrap().as_str(), "https://news.test/f.json");
    assert_eq!((feed.refused_links, feed.is_damaged), (2, false));
    for (tail, count) in [(" {\"url\": \"/2\"", 1), ("7", 1), (" {\"url\": \"/2\"}, ]}", 2)] {
        let feed = read(&format!(
            "{{\"version\": \"https://jsonfeed.org/version/1.1\", \"items\": [{{\"url\": \
                \"/1\"}},{tail}"
        ));
        assert_eq!((feed.entries.len(), feed.is_damaged), (count, true), "{tail}");
    }
    let feed = read("{\"version\": \"https://jsonfeed.org/version/1.1\", \"items\": {}}");
    assert!(feed.is_damaged);
}

#[test]
fn the_charset_is_found() {
    let text = "<rss><channel><title>\u{fc}ber \u{20ac}</title></channel></rss>";
    let latin = encoding_rs::WINDOWS_1252.encode(text).0.into_owned();
    let declared = [b"<?xml version='1.0' encoding='windows-1252'?>", latin.as_slice()].concat();
    let wrong = [b"<?xml version='1.0' encoding='iso-8859-1'?>", text.as_bytes()].concat();
    let lies = [b"<?xml version='1.0' encoding='utf-8'?>", latin.as_slice()].concat();
    let bogus = [b"<?xml version='1.0' encoding='bogus'?>", text.as_bytes()].concat();
    let wide = [b"<?xml version='1.0' encoding='utf-16'?>", text.as_bytes()].concat();
    for (body, content_type) in [
        (text.as_bytes(), None),
        (text.as_bytes(), Some("text/xml; charset=iso-8859-1")),
        (&declared, None),
        (&declared, Some("text/xml; charset=utf-8")),
        (&latin, Some("text/xml; charset=windows-1252")),
        (&wrong, None),
        (&lies, None),
        (&bogus, None),
        (&wide, None),
    ] {
        let feed = read_as(body, content_type, &FeedLimits::default()).unwrap();
        let head = String::from_utf8_lossy(&body[..40.min(body.len())]).into_owned();
        assert_eq!(feed.title, "\u{fc}ber \u{20ac}", "{head} {content_type:?}");
    }
}

#[test]
fn what_is_kept_is_bounded() {
    let item = format!("<item><link>/1</link><title>{}</title></item>", "x".repeat(10_000));
    let limits = FeedLimits { entries_max: 3, title_bytes_max: 100 };
    let body = format!("<rss><channel>{}</channel></rss>", item.repeat(10));
    let feed = read_as(body.as_bytes(), None, &limits).unwrap();
    assert_eq!((feed.entries.len(), feed.refused_links), (3, 7));
    assert!(feed.entries.iter().all(|entry| entry.title.len() == 100));
    let long = format!("<item><link>/{}</link></item>", "x".repeat(20_000));
    assert_eq!(rss(&long).refused_links, 1);
}

#[test]
fn hostile_feeds_cost_a_bounded_amount() {
    let end = "<item><link>/1</link></item></channel></rss>";
    let bomb = "<!DOCTYPE x [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;&a;'><!ENTITY c '&b;&b;&b;'>]>";
    let feed = read(&format!("{bomb}<rss><channel><title>&c;&c;</title>{end}"));
    assert_eq!((feed.title.as_str(), feed.entries.len()), ("&c;&c;", 1));
    let secret = "<!DOCTYPE x [<!ENTITY f SYSTEM 'file:///etc/passwd'>]>";
    assert_eq!(read(&format!("{secret}<rss><channel><title>&f;</title>{end}")).title, "&f;");
    for (noise, entries) in [
        (format!("{}{}", "<a>".repeat(1_000_000), "</a>".repeat(1_000_000)), 1),
        ("<a>".repeat(1_000_000), 0),
        ("</a>".repeat(1_000_000), 1),
        ("<a></b>".repeat(300_000), 1),
        ("<".repeat(1_000_000), 0),
        ("< ".repeat(1_000_000), 0),
        ("<a ".repeat(300_000), 0),
        ("<!".repeat(500_000), 1),
        ("&".repeat(1_000_000), 1),
        ("&amp".repeat(500_000), 1),
        ("<a b='".repeat(300_000), 0),
        (format!("<a b='{}'/>", "x".repeat(5_000_000)), 1),
        (format!("<a {}/>", "b='c' ".repeat(500_000)), 1),
        ("<!---->".repeat(300_000), 1),
        ("<?x?>".repeat(300_000), 1),
        ("<![CDATA[]]>".repeat(300_000), 1),
        ("<x xml:base='y/'/>".repeat(100_000), 1),
        ("<x xml:base='y/'>".repeat(100_000), 0),
        ("\0".repeat(1_000_000), 1),
    ] {
        let feed = read(&format!("<rss><channel>{noise}{end}"));
        let head = &noise[..noise.len().min(30)];
        assert!(feed.entries.len() <= entries, "{head}: {}", feed.entries.len());
    }
    let deep = format!(
        "{{\"version\": \"https://jsonfeed.org/version/1\", \"items\": [{{\"url\": \"/1\"}}, {}",
        "[".repeat(1_000_000)
    );
    let feed = read(&deep);
    assert_eq!((feed.entries.len(), feed.is_damaged), (1, true));
}

proptest! {
    #[test]
    fn any_bytes_are_a_feed_or_none(body: Vec<u8>, prefix in "(<rss>|<feed>|\\{|\u{feff}<)?") {
        let body = [prefix.as_bytes(), &body].concat();
        let _ = read_as(&body, None, &FeedLimits::default());
    }

    #[test]
    fn any_soup_is_a_feed(
        soup in "(</?(rss|channel|item|entry|title|link|guid|a:b|x)( href=('|\"|)/1('|\")?)?/?>?|<!\
            \\[CDATA\\[|\\]\\]>|<!--|-->|<\\?|&(amp|x)?;?|[a-z \u{e4}'\"\\[\\]]|<){0,60}"
    ) {
        for start in ["<rss>", "<feed>", "<rdf:RDF><channel/>"] {
            let feed = read(&format!("{start}{soup}"));
            prop_assert!(feed.entries.len() <= soup.len());
        }
    }

    #[test]
    fn any_piece_of_a_feed_lost_leaves_a_feed(from in 5_usize..700, length in 0_usize..200) {
        let item = "<item><title>Some title</title><link>https://a.test/1</link><pubDate>Thu\
         , 05 Jan \
            2017 12:34:51 GMT</pubDate><description><![CDATA[<p>x</p>]]></description></item>";
        let whole = format!("<rss><channel>{}</channel></rss>", item.repeat(5));
        let lost = format!("{}{}", &whole[..from], &whole[(from + length).min(whole.len())..]);
        let feed = read(&lost);
        // Two entries are touched at most; a third may be swallowed by a text that lost its end.
        prop_assert!(feed.entries.len() >= 2, "{}", lost);
    }
}

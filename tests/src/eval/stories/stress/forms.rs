//! Forms that are filled in again and again, and events that two reporters tell independently.
//!
//! In a form `{name}` stands for a value drawn anew, `{#low-high}` for a number.

use fastrand::Rng;

/// A form.
pub struct Form {
    /// What it is called in the report.
    pub name: &'static str,
    /// Its text.
    pub text: &'static str,
    /// Places of its language.
    places: &'static [&'static str],
}

const TOWNS: [&str; 16] = [
    "Ashford",
    "Brimley",
    "Coldwater",
    "Dunmore",
    "Eastvale",
    "Fairhaven",
    "Grantham",
    "Holloway",
    "Inverlea",
    "Jasperton",
    "Kingsmere",
    "Larkhill",
    "Marston",
    "Northcote",
    "Oakdale",
    "Penrose",
];
const PEOPLE: [&str; 14] = [
    "Adler",
    "Bianchi",
    "Castellan",
    "Dworkin",
    "Ellery",
    "Farrow",
    "Gunnarson",
    "Haddad",
    "Ilyin",
    "Jansen",
    "Kowal",
    "Lindqvist",
    "Moreau",
    "Nakagawa",
];
const DAYS: [&str; 7] =
    ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const SKIES: [&str; 6] =
    ["sunny", "cloudy", "partly cloudy with showers", "foggy at first", "rainy", "windy and dry"];
const MOVES: [&str; 4] = ["rose", "fell", "slipped", "gained"];
const GERMAN: [&str; 10] = [
    "Altenburg",
    "Bergheim",
    "Celle",
    "Dornbach",
    "Eschwege",
    "Friedberg",
    "Goslar",
    "Hameln",
    "Ilmenau",
    "Jever",
];
const ARABIC: [&str; 10] =
    ["دمشق", "حلب", "بغداد", "البصرة", "الرباط", "تونس", "وهران", "طرابلس", "صنعاء", "مسقط"];
const JAPANESE: [&str; 10] =
    ["札幌", "仙台", "新潟", "金沢", "名古屋", "京都", "岡山", "広島", "高松", "鹿児島"];
const CHINESE: [&str; 10] =
    ["沈阳", "大连", "济南", "郑州", "武汉", "长沙", "成都", "昆明", "南宁", "兰州"];

/// The forms.
pub const FORMS: [Form; 8] = [
    Form {
        name: "weather",
        places: &TOWNS,
        text: "Weather forecast for {place}\nHere is the forecast for {place} and the surrounding \
               area for {day}. Expect a {sky} morning with temperatures around {#2-34} degrees, \
               and a {sky} afternoon with a high of {#10-38} degrees. Winds will come from the \
               {place} side at {#5-60} kilometres per hour, with gusts of up to {#20-99}.\nThe \
               chance of rain is {#1-99} percent, and the humidity will be {#20-99} percent. The \
               sun rises at {#5-8}:{#10-59} and sets at {#17-21}:{#10-59}. The overnight low will \
               be {#1-20} degrees in {place} and {#1-20} degrees in {place}.\nThe outlook for \
               {day}: {sky}, with a high of {#10-38} degrees. Residents of {place} should check \
               for warnings before they travel.",
    },
    Form {
        name: "market",
        places: &TOWNS,
        text: "Stocks close: {person} Holdings in focus\nThe benchmark index {move} {#1-400} \
               points, or {#0-4}.{#10-99} percent, to close at {#9000-29999} on {day}. Trading \
               volume was {#100-999} million shares, compared with an average of {#100-999} \
               million.\nShares of {person} Holdings {move} {#1-19}.{#10-99} percent to {#3-400} \
               dollars after the company reported earnings of {#1-9}.{#10-99} dollars per share. \
               {person} Industries {move} {#1-19}.{#10-99} percent, while {person} Energy {move} \
               {#1-19}.{#10-99} percent.\nThe yield on the ten-year note was {#1-5}.{#100-999} \
               percent. Crude oil {move} {#10-99} cents to {#40-120}.{#10-99} dollars a barrel, \
               and gold {move} to {#1200-2900} dollars an ounce.",
    },
    Form {
        name: "sports",
        places: &TOWNS,
        text: "{place} {#60-120}, {place} {#50-59}\n{person} scored {#10-45} points and had \
               {#2-15} rebounds to lead {place} to a {#60-120}-{#50-59} victory over {place} on \
               {day} night. {person} added {#8-30} points and {#2-12} assists, and {person} had \
               {#5-25} points off the bench.\n{person} led {place} with {#10-40} points. {person} \
               finished with {#5-25} points and {#2-15} rebounds. {place} has lost {#2-9} of its \
               last {#10-14} games.\n{place} led {#30-60}-{#20-50} at halftime and shot \
               {#30-60} percent from the field. The teams meet again on {day} in {place}.",
    },
    Form {
        name: "quake",
        places: &TOWNS,
        text: "Magnitude {#3-7}.{#0-9} earthquake near {place}\nAn earthquake of magnitude \
               {#3-7}.{#0-9} struck {#4-90} kilometres from {place} on {day} at {#1-12}:{#10-59}, \
               according to the seismological service. The epicentre was {#4-90} kilometres from \
               {place} and {#4-90} kilometres from {place}, at a depth of {#2-90} \
               kilometres.\nIn the past ten days there have been {#1-30} earthquakes of magnitude \
               {#3-4}.{#0-9} or greater centred nearby. There were no immediate reports of damage \
               in {place}. Did you feel it? Report what you felt to the service. This report was \
               made by a program from the data of the service.",
    },
    Form {
        name: "weather-de",
        places: &GERMAN,
        text: "Das Wetter in {place}\nAm Morgen erwarten die Meteorologen in {place} Werte um \
               {#1-20} Grad, im Laufe des Tages steigt das Thermometer auf {#10-38} Grad. Der Wind \
               weht mit {#5-60} Kilometern pro Stunde aus Richtung {place}, in Böen mit bis zu \
               {#20-99} Kilometern pro Stunde.\nDie Regenwahrscheinlichkeit liegt bei {#1-99} \
               Prozent, die Luftfeuchtigkeit bei {#20-99} Prozent. Die Sonne geht um \
               {#5-8}:{#10-59} \
               Uhr auf und um {#17-21}:{#10-59} Uhr unter. In der Nacht sinken die Werte in \
               {place} \
               auf {#1-20} Grad und in {place} auf {#1-20} Grad. Für die kommenden Tage rechnet \
               der \
               Wetterdienst mit Höchstwerten von {#10-38} Grad.",
    },
    Form {
        name: "weather-ar",
        places: &ARABIC,
        text: "حالة الطقس في {place}\nتتوقع هيئة الأرصاد الجوية أن تبلغ درجة الحرارة العظمى في \
               {place} \
               اليوم {#10-48} درجة مئوية، بينما تنخفض ليلا إلى {#1-25} درجة. وتهب الرياح من جهة \
               {place} بسرعة {#5-60} كيلومترا في الساعة مع هبات تصل إلى {#20-99} كيلومترا.\nوتبلغ \
               نسبة الرطوبة {#20-99} بالمئة واحتمال هطول الأمطار {#1-99} بالمئة. وتشرق الشمس عند \
               الساعة {#5-8}:{#10-59} وتغرب عند الساعة {#17-21}:{#10-59}. أما في {place} فتسجل \
               الحرارة {#10-48} درجة وفي {place} نحو {#10-48} درجة، وفق ما ذكرته الهيئة في نشرتها.",
    },
    Form {
        name: "weather-ja",
        places: &JAPANESE,
        text: "{place}の天気\n気象台によると、{place}のきょうの最高気温は{#10-38}度、最低気温は{#1-20}度\
               の見込みです。{place}では風速{#2-30}メートルの風が吹き、最大瞬間風速は{#20-60}メートル\
               に達するおそれがあります。\n降水確率は{#1-99}パーセント、湿度は{#20-99}パーセントです。\
               日の出は午前{#5-8}時{#10-59}分、日の入りは午後{#5-7}時{#10-59}分です。夜には{place}で\
               {#1-20}度、{place}で{#1-20}度まで下がる見通しで、外出の際は最新の情報に注意してください。",
    },
    Form {
        name: "weather-zh",
        places: &CHINESE,
        text: "{place}天气预报\n据气象台消息，{place}今天最高气温{#10-38}度，最低气温{#1-20}度，风向偏{place}\
               一侧，风力{#2-9}级，阵风可达{#6-12}级。\n降水概率为百分之{#1-99}，相对湿度为百分之{#20-99}。\
               日出时间为{#5-8}时{#10-59}分，日落时间为{#17-21}时{#10-59}分。夜间{place}气温将降至{#1-20}度，\
               {place}降至{#1-20}度，请市民出行时注意查看最新预警信息，合理安排户外活动时间。",
    },
];

fn one<'a>(of: &[&'a str], rng: &mut Rng) -> &'a str {
    of[rng.usize(..of.len())]
}

/// Fills a form in.
pub fn fill(form: &Form, rng: &mut Rng) -> String {
    let mut text = String::new();
    let mut rest = form.text;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        text.push_str(before);
        text.push_str(&value(name, form.places, rng));
        rest = after;
    }
    text.push_str(rest);
    text
}

fn value(name: &str, places: &[&str], rng: &mut Rng) -> String {
    match name {
        "place" => one(places, rng).to_owned(),
        "person" => one(&PEOPLE, rng).to_owned(),
        "day" => one(&DAYS, rng).to_owned(),
        "sky" => one(&SKIES, rng).to_owned(),
        "move" => one(&MOVES, rng).to_owned(),
        _ => {
            let range = name.trim_start_matches('#').split_once('-');
            let bound = |text: &str| text.parse::<u32>().unwrap_or(0);
            let (low, high) = range.map_or((0, 9), |(low, high)| (bound(low), bound(high)));
            rng.u32(low..=high).to_string()
        }
    }
}

/// What happened, as two reporters tell it: the same names and numbers in other words.
const TOLD: [(&str, &str); 9] = [
    (
        "At least {n} people were injured when a ferry ran aground off {town} early on {day}, \
         rescue workers said.",
        "A passenger ship has hit the rocks near the harbour of {town}, leaving {n} travellers in \
         hospital, officials announced {day}.",
    ),
    (
        "The vessel had left port with {m} people on board and was half an hour into its crossing \
         when the crew reported a loss of power.",
        "Some {m} passengers and crew were aboard. Engines failed about thirty minutes after the \
         boat cast off, according to a first account by the operator.",
    ),
    (
        "Harbour master {who} told reporters that boats from three villages had joined the search \
         within minutes.",
        "Fishermen were the first on the scene, said {who}, who runs the port and who praised how \
         quickly they had gone out.",
    ),
    (
        "\"We heard a noise like thunder, and then everybody was on the floor,\" said a teacher \
        who \
         had been travelling with her class.",
        "Pupils on a school outing were among those rescued; one of the adults with them spoke of \
        a \
         bang and of people thrown off their seats.",
    ),
    (
        "Strong winds hampered the helicopters, and the last of the stranded were taken off only \
         after sunset.",
        "Because of the gale the evacuation dragged on into the evening, with aircraft grounded \
        for \
         most of the afternoon.",
    ),
    (
        "The ministry of transport has opened an inquiry and suspended the licence of the company \
         for the time being.",
        "Investigators have seized the ship's recorder. Until they report, none of the firm's \
        boats \
         may sail, the government decided.",
    ),
    (
        "It was the second accident on the route in {k} years; the first one had led to calls for \
         newer ships.",
        "Critics pointed to a similar mishap {k} years ago, after which promises to renew the \
        fleet \
         were made and, they say, forgotten.",
    ),
    (
        "The mayor, {other}, said that the town would put up relatives in the sports hall as long \
        as \
         they needed it.",
        "Families found shelter in a gymnasium. {other}, who heads the council, offered every help \
         to them.",
    ),
    (
        "Divers will examine the hull on the following day to find out whether fuel is leaking \
        into \
         the bay.",
        "Fears of an oil slick could not be confirmed at first; an underwater survey is planned \
        for \
         the next morning.",
    ),
];

/// One event in two independent reports.
pub fn event(rng: &mut Rng) -> [String; 2] {
    let facts = [
        ("{n}", rng.u32(6..80).to_string()),
        ("{m}", rng.u32(90..600).to_string()),
        ("{k}", rng.u32(3..19).to_string()),
        ("{town}", one(&TOWNS, rng).to_owned()),
        ("{day}", one(&DAYS, rng).to_owned()),
        ("{who}", format!("Captain {}", one(&PEOPLE, rng))),
        ("{other}", format!("Mayor {}", one(&PEOPLE, rng))),
    ];
    let tell = |sentence: &str| {
        facts.iter().fold(sentence.to_owned(), |text, (name, value)| text.replace(name, value))
    };
    let report = |of: fn(&(&'static str, &'static str)) -> &'static str| {
        TOLD.iter().map(|told| tell(of(told))).collect::<Vec<_>>().join("\n")
    };
    [report(|told| told.0), report(|told| told.1)]
}

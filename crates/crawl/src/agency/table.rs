//! The agencies, by the size of what they send.

use super::Agency;

macro_rules! agency {
    ($name:literal, [$($names:literal),*], [$($short:literal),*], [$($alone:literal),*]) => {
        Agency { name: $name, names: &[$($names),*], short: &[$($short),*], alone: &[$($alone),*] }
    };
}

/// Name, names in any case, abbreviations as words, abbreviations that must stand alone.
pub(super) const AGENCIES: &[Agency] = &[
    agency!(
        "AFP",
        [
            "agence france-presse",
            "agence france presse",
            "法新社",
            "AFP通信",
            "франс-пресс",
            "فرانس برس",
            "אי-אף-פי",
            "एएफपी"
        ],
        ["AFP", "AFPTV", "АФП", "أ ف ب", "ا ف ب"],
        ["afp"]
    ),
    agency!(
        "AP",
        [
            "associated press",
            "ap news",
            "美联社",
            "美聯社",
            "AP通信",
            "ассошиэйтед пресс",
            "أسوشيتد برس",
            "एपी"
        ],
        ["AP", "A.P."],
        ["ap"]
    ),
    agency!(
        "Reuters",
        [
            "reuters",
            "thomson reuters",
            "路透社",
            "路透",
            "ロイター",
            "로이터",
            "рейтер",
            "رويترز",
            "रॉयटर्स",
            "רויטרס",
            "ρόιτερς"
        ],
        [],
        ["rtrs"]
    ),
    agency!(
        "dpa",
        [
            "deutsche presse-agentur",
            "deutsche presseagentur",
            "dpa-infocom",
            "dpa-afx",
            "dpa/tmn",
            "德新社",
            "ДПА"
        ],
        ["dpa", "DPA", "dpa-AFX", "dpa-tmn"],
        []
    ),
    agency!("ANSA", ["agenzia ansa", "安莎社"], ["ANSA"], ["ansa"]),
    agency!("EFE", ["agencia efe", "efe news", "埃菲社"], ["EFE"], ["efe"]),
    agency!(
        "Xinhua",
        [
            "xinhua",
            "xinhuanet",
            "新华社",
            "新華社",
            "新华网",
            "新華網",
            "синьхуа",
            "신화통신",
            "شينخوا"
        ],
        [],
        []
    ),
    agency!(
        "China News Service",
        ["china news service", "中新社", "中国新闻社", "中新网", "中國新聞社"],
        [],
        ["cns", "ecns"]
    ),
    agency!(
        "Kyodo",
        ["kyodo news", "kyodo", "共同通信", "共同社", "교도통신", "＝共同"],
        [],
        ["共同"]
    ),
    agency!("Jiji", ["jiji press", "jiji", "時事通信", "时事社"], [], ["時事"]),
    agency!(
        "Yonhap",
        ["yonhap", "연합뉴스", "聯合ニュース", "韩联社", "韓聯社", "рёнхап", "يونهاب"],
        [],
        []
    ),
    agency!("Newsis", ["newsis", "뉴시스"], [], []),
    agency!("News1", ["news1 korea", "뉴스1"], [], []),
    agency!(
        "TASS",
        ["itar-tass", "тасс", "итар-тасс", "塔斯社", "タス通信", "타스통신"],
        ["TASS", "ТАСС"],
        ["tass"]
    ),
    agency!("RIA Novosti", ["ria novosti", "риа новости", "俄新社"], [], ["риа", "ria"]),
    agency!("Interfax", ["interfax", "интерфакс", "国际文传"], [], []),
    agency!("Sputnik", ["sputnik news", "sputnik international"], [], ["sputnik"]),
    agency!("Ukrinform", ["ukrinform", "укринформ", "укрінформ"], [], []),
    agency!("UNIAN", ["unian", "униан", "уніан"], [], []),
    agency!("PTI", ["press trust of india", "पीटीआई"], ["PTI"], ["pti"]),
    agency!("ANI", ["asian news international", "एएनआई"], [], ["ani"]),
    agency!(
        "IANS",
        ["indo-asian news service", "indo asian news service", "आईएएनएस"],
        ["IANS"],
        ["ians"]
    ),
    agency!("UNI", ["united news of india"], [], ["uni"]),
    agency!("APP", ["associated press of pakistan"], [], ["app"]),
    agency!("BSS", ["bangladesh sangbad sangstha", "বাসস"], [], ["bss"]),
    agency!("UNB", ["united news of bangladesh"], [], ["unb"]),
    agency!(
        "Anadolu",
        ["anadolu agency", "anadolu ajansı", "anadolu ajansi", "anadolu", "الأناضول"],
        [],
        ["aa"]
    ),
    agency!("DHA", ["demirören haber ajansı", "doğan haber ajansı"], ["DHA"], []),
    agency!("İHA", ["ihlas haber ajansı", "i̇hlas haber ajansı"], ["İHA"], ["iha"]),
    agency!("APA", ["austria presse agentur", "apa-ots"], [], ["apa"]),
    agency!(
        "Keystone-SDA",
        ["keystone-sda", "keystone-ats", "schweizerische depeschenagentur", "keystone/sda"],
        [],
        ["sda", "ats"]
    ),
    agency!("Belga", ["agence belga", "belga news agency"], ["Belga", "BELGA"], ["belga"]),
    agency!("ANP", ["algemeen nederlands persbureau"], ["ANP"], ["anp"]),
    agency!("Lusa", ["agência lusa", "agencia lusa"], ["LUSA"], ["lusa"]),
    agency!("Europa Press", ["europa press", "europapress"], [], []),
    agency!("Agência Brasil", ["agência brasil", "agencia brasil"], [], []),
    agency!("Estadão Conteúdo", ["estadão conteúdo", "estadao conteudo"], [], []),
    agency!("Folhapress", ["folhapress"], [], []),
    agency!("Télam", ["télam", "agencia telam"], [], ["telam"]),
    agency!("Notimex", ["notimex"], [], []),
    agency!("Adnkronos", ["adnkronos"], [], []),
    agency!("AGI", ["agenzia giornalistica italia", "agenzia italia"], [], ["agi"]),
    agency!("LaPresse", ["lapresse"], [], []),
    agency!("Askanews", ["askanews"], [], []),
    agency!("PAP", ["polska agencja prasowa", "pap.pl"], ["PAP"], ["pap"]),
    agency!("ČTK", ["česká tisková kancelář", "czech news agency"], ["ČTK", "CTK"], ["čtk", "ctk"]),
    agency!("TASR", ["tlačová agentúra slovenskej republiky"], ["TASR"], ["tasr"]),
    agency!("SITA", ["slovenská tlačová agentúra"], [], ["sita"]),
    agency!("MTI", ["magyar távirati iroda"], ["MTI"], ["mti"]),
    agency!("Agerpres", ["agerpres"], [], []),
    agency!("BTA", ["bulgarian news agency", "българска телеграфна агенция"], ["БТА"], ["bta"]),
    agency!("Tanjug", ["tanjug", "танјуг"], [], []),
    agency!("Hina", ["croatian news agency"], ["HINA"], ["hina"]),
    agency!("STA", ["slovenska tiskovna agencija", "slovenian press agency"], [], ["sta"]),
    agency!("ANA-MPA", ["athens-macedonian news agency", "ana-mpa", "απε-μπε"], ["ΑΠΕ"], []),
    agency!("NTB", ["norsk telegrambyrå"], ["NTB"], ["ntb"]),
    agency!("TT", ["tidningarnas telegrambyrå", "tt nyhetsbyrån"], [], ["tt"]),
    agency!("Ritzau", ["ritzaus bureau", "ritzau"], [], []),
    agency!("STT", ["suomen tietotoimisto"], ["STT"], ["stt"]),
    agency!("BNS", ["baltic news service"], ["BNS"], ["bns"]),
    agency!("ELTA", ["lietuvos naujienų agentūra"], ["ELTA"], ["elta"]),
    agency!("LETA", ["latvijas ziņu aģentūra"], ["LETA"], ["leta"]),
    agency!("PA Media", ["pa media", "press association", "pa news agency"], [], []),
    agency!("UPI", ["united press international"], ["UPI"], ["upi"]),
    agency!("Bloomberg", ["bloomberg news", "bloomberg"], [], []),
    agency!("CNN Wire", ["cnn wire", "cnn newswire", "the-cnn-wire"], [], []),
    agency!("Dow Jones", ["dow jones newswires", "dow jones"], [], ["djn"]),
    agency!("The Canadian Press", ["canadian press", "la presse canadienne"], [], ["cp"]),
    agency!("AAP", ["australian associated press"], ["AAP"], ["aap"]),
    agency!("SID", ["sport-informations-dienst"], [], ["sid"]),
    agency!("epd", ["evangelischer pressedienst"], ["epd"], []),
    agency!("KNA", ["katholische nachrichten-agentur"], ["KNA"], []),
    agency!("Bernama", ["bernama"], [], []),
    agency!(
        "Antara",
        ["antara news", "kantor berita antara", "antaranews"],
        ["ANTARA"],
        ["antara"]
    ),
    agency!(
        "VNA",
        ["vietnam news agency", "ttxvn", "thông tấn xã việt nam", "vietnamplus"],
        [],
        ["vna"]
    ),
    agency!("CNA", ["central news agency", "中央社"], [], ["cna"]),
    agency!("Philippine News Agency", ["philippine news agency"], [], ["pna"]),
    agency!(
        "KCNA",
        ["korean central news agency", "조선중앙통신", "朝鮮中央通信", "朝中社"],
        ["KCNA"],
        []
    ),
    agency!("IRNA", ["islamic republic news agency", "ایرنا"], ["IRNA"], []),
    agency!("SPA", ["saudi press agency", "وكالة الأنباء السعودية"], [], ["spa", "واس"]),
    agency!("WAM", ["emirates news agency"], [], ["wam", "وام"]),
    agency!("QNA", ["qatar news agency"], [], ["qna", "قنا"]),
    agency!("MENA", ["middle east news agency"], [], []),
    agency!("NAN", ["news agency of nigeria"], [], ["nan"]),
    agency!("GNA", ["ghana news agency"], [], ["gna"]),
    agency!("MAP", ["maghreb arabe presse", "agence marocaine de presse"], [], []),
    agency!("APS", ["algérie presse service", "agence de presse sénégalaise"], [], ["aps"]),
    agency!("PANA", ["pan african news agency", "panapress"], [], ["pana"]),
    agency!("Prensa Latina", ["prensa latina"], [], []),
];

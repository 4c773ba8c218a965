//! What is known of walls: headers, hosts, paths, products and phrases.

use crawl::WallKind::{self, Challenge, Consent, Geo, Login};

/// A header that speaks of a wall.
pub(super) struct HeaderSign {
    name: &'static str,
    /// What its value holds, in lower case; empty for anything.
    holds: &'static str,
    pub(super) kind: WallKind,
    /// Whether it is on walls only; the others are on every answer of who uses the product.
    pub(super) is_sure: bool,
}

const fn header(name: &'static str, holds: &'static str, is_sure: bool) -> HeaderSign {
    HeaderSign { name, holds, kind: Challenge, is_sure }
}

/// Headers of products that challenge.
pub(super) const HEADERS: &[HeaderSign] = &[
    header("cf-mitigated", "challenge", true),
    header("x-amzn-waf-action", "challenge", true),
    header("x-amzn-waf-action", "captcha", true),
    header("x-vercel-mitigated", "challenge", true),
    header("x-vercel-mitigated", "deny", true),
    header("x-vercel-challenge-token", "", true),
    header("x-sucuri-block", "", true),
    header("x-datadome", "", false),
    header("x-dd-b", "", false),
    header("x-iinfo", "", false),
    header("x-px-block", "", false),
    header("x-kpsdk-ct", "", false),
    header("server", "ddos-guard", false),
    header("server", "akamaighost", false),
    header("set-cookie", "datadome=", false),
    header("set-cookie", "incap_ses_", false),
    header("set-cookie", "_pxhd=", false),
    header("set-cookie", "cf_chl_", false),
    header("set-cookie", "aws-waf-token=", false),
    header("set-cookie", "techaro.lol-anubis", false),
];

impl HeaderSign {
    pub(super) fn is_in(&self, headers: &[(String, Vec<u8>)]) -> bool {
        headers.iter().any(|(name, value)| {
            name.eq_ignore_ascii_case(self.name)
                && String::from_utf8_lossy(value).to_ascii_lowercase().contains(self.holds)
        })
    }
}

/// First labels of hosts that are there for one thing.
pub(super) const FLOW_LABELS: &[(&str, WallKind)] = &[
    ("consent", Consent),
    ("guce", Consent),
    ("cmp", Consent),
    ("myprivacy", Consent),
    ("privacy-gate", Consent),
    ("cookiewall", Consent),
    ("login", Login),
    ("signin", Login),
    ("accounts", Login),
    ("sso", Login),
    ("auth", Login),
    ("idp", Login),
];

/// Domains of products.
pub(super) const FLOW_HOSTS: &[(&str, WallKind)] = &[
    ("privacy-mgmt.com", Consent),
    ("validate.perfdrive.com", Challenge),
    ("captcha-delivery.com", Challenge),
    ("challenges.cloudflare.com", Challenge),
];

/// Beginnings of paths.
pub(super) const FLOW_PATHS: &[(&str, WallKind)] = &[
    ("/consent", Consent),
    ("/cookie-consent", Consent),
    ("/cookieconsent", Consent),
    ("/cookiewall", Consent),
    ("/cookie-wall", Consent),
    ("/privacy-gate", Consent),
    ("/gdpr-consent", Consent),
    ("/zustimmung", Consent),
    ("/einwilligung", Consent),
    ("/login", Login),
    ("/log-in", Login),
    ("/signin", Login),
    ("/sign-in", Login),
    ("/sign_in", Login),
    ("/users/sign_in", Login),
    ("/user/login", Login),
    ("/account/login", Login),
    ("/accounts/login", Login),
    ("/auth/login", Login),
    ("/wp-login", Login),
    ("/anmelden", Login),
    ("/connexion", Login),
    ("/iniciar-sesion", Login),
    ("/inloggen", Login),
    ("/cdn-cgi/challenge-platform", Challenge),
    ("/captcha", Challenge),
    ("/geo-block", Geo),
    ("/geoblock", Geo),
    ("/geo-blocked", Geo),
    ("/geoblocked", Geo),
    ("/region-blocked", Geo),
    ("/unavailable-in-your-region", Geo),
];

/// Whether a path is that of a page about cookies and privacy, which has the words of a wall and
/// is none: `/cookie-policy`, `/datenschutzerklaerung.html`. Words of languages that join them are
/// known by their beginning; those that other words begin with stand alone.
pub(super) fn is_about_privacy(path: &str) -> bool {
    const BEGINNINGS: &[&str] =
        &["privacy", "privacidad", "cookie", "datenschutz", "confidentialit"];
    const WORDS: &[&str] = &[
        "gdpr",
        "dsgvo",
        "rgpd",
        "terms",
        "termsofuse",
        "termsofservice",
        "termsandconditions",
        "imprint",
        "impressum",
    ];
    let path = path.to_ascii_lowercase();
    let mut words = path.split(|c: char| !c.is_alphanumeric());
    words
        .any(|word| WORDS.contains(&word) || BEGINNINGS.iter().any(|begin| word.starts_with(begin)))
}

/// Names of products as they stand in the markup of their walls, and how much each says. Those
/// that stand in ordinary pages too say little.
pub(super) const MARKS: &[(&str, WallKind, u32)] = &[
    ("/cdn-cgi/challenge-platform", Challenge, 2),
    ("_cf_chl_opt", Challenge, 3),
    ("challenges.cloudflare.com/turnstile", Challenge, 1),
    ("captcha-delivery.com", Challenge, 3),
    ("_incapsula_resource", Challenge, 2),
    ("px-captcha", Challenge, 3),
    ("sucuri_cloudproxy", Challenge, 2),
    ("awswaf", Challenge, 2),
    ("ddos-guard", Challenge, 2),
    ("anubis_challenge", Challenge, 3),
    ("/.within.website/", Challenge, 3),
    ("kpsdk", Challenge, 2),
    ("hcaptcha.com", Challenge, 1),
    ("recaptcha", Challenge, 1),
    ("sp_message", Consent, 1),
    ("privacy-mgmt.com", Consent, 1),
    ("onetrust", Consent, 1),
    ("didomi", Consent, 1),
    ("usercentrics", Consent, 1),
    ("consentmanager", Consent, 1),
];

/// What walls say.
pub(super) struct Phrase {
    pub(super) kind: WallKind,
    /// 1 for what other pages say as well, 2 for what hardly any other page says.
    pub(super) weight: u32,
    /// Lower case, straight quotes.
    pub(super) text: &'static str,
}

const fn say(kind: WallKind, weight: u32, text: &'static str) -> Phrase {
    Phrase { kind, weight, text }
}

/// The phrases, by kind and language.
pub(super) const PHRASES: &[Phrase] = &[
    // Consent.
    say(Consent, 2, "before you continue"),
    say(Consent, 2, "we value your privacy"),
    say(Consent, 2, "we care about your privacy"),
    say(Consent, 1, "your privacy choices"),
    say(Consent, 1, "cookie settings"),
    say(Consent, 1, "use cookies"),
    say(Consent, 2, "accept all"),
    say(Consent, 2, "agree to all"),
    say(Consent, 2, "reject all"),
    say(Consent, 1, "accept and continue"),
    say(Consent, 1, "manage options"),
    say(Consent, 1, "manage preferences"),
    say(Consent, 1, "legitimate interest"),
    say(Consent, 1, "our partners"),
    say(Consent, 1, "withdraw your consent"),
    say(Consent, 1, "consent"),
    say(Consent, 2, "alle akzeptieren"),
    say(Consent, 2, "akzeptieren und weiter"),
    say(Consent, 2, "zustimmen und weiter"),
    say(Consent, 1, "mit werbung weiterlesen"),
    say(Consent, 1, "einwilligung"),
    say(Consent, 1, "zustimmung"),
    say(Consent, 1, "unsere partner"),
    say(Consent, 2, "tout accepter"),
    say(Consent, 2, "accepter et continuer"),
    say(Consent, 2, "continuer sans accepter"),
    say(Consent, 1, "nos partenaires"),
    say(Consent, 1, "consentement"),
    say(Consent, 2, "aceptar todo"),
    say(Consent, 2, "aceptar y continuar"),
    say(Consent, 1, "consentimiento"),
    say(Consent, 1, "nuestros socios"),
    say(Consent, 2, "aceitar tudo"),
    say(Consent, 1, "consentimento"),
    say(Consent, 2, "accetta tutto"),
    say(Consent, 2, "accetta e continua"),
    say(Consent, 1, "consenso"),
    say(Consent, 2, "alles accepteren"),
    say(Consent, 1, "toestemming"),
    say(Consent, 2, "akceptuj wszystko"),
    say(Consent, 1, "zgod\u{119}"),
    say(Consent, 2, "godk\u{e4}nn alla"),
    say(Consent, 1, "samtycke"),
    // Challenges.
    say(Challenge, 2, "just a moment..."),
    say(Challenge, 2, "checking your browser"),
    say(Challenge, 2, "checking if the site connection is secure"),
    say(Challenge, 2, "verify you are human"),
    say(Challenge, 2, "verify that you are human"),
    say(Challenge, 2, "verifying you are human"),
    say(Challenge, 2, "verify you're not a robot"),
    say(Challenge, 2, "you are not a robot"),
    say(Challenge, 2, "you're not a bot"),
    say(Challenge, 2, "are you a robot"),
    say(Challenge, 1, "enable javascript and cookies"),
    say(Challenge, 1, "please enable javascript"),
    say(Challenge, 2, "pardon our interruption"),
    say(Challenge, 2, "unusual traffic"),
    say(Challenge, 2, "automated requests"),
    say(Challenge, 1, "access denied"),
    say(Challenge, 1, "access to this page has been denied"),
    say(Challenge, 1, "request blocked"),
    say(Challenge, 1, "you have been blocked"),
    say(Challenge, 1, "attention required"),
    say(Challenge, 1, "security check"),
    say(Challenge, 1, "press & hold"),
    say(Challenge, 1, "captcha"),
    say(Challenge, 1, "ray id"),
    say(Challenge, 1, "incident id"),
    say(Challenge, 2, "ddos protection"),
    say(Challenge, 2, "sicherheits\u{fc}berpr\u{fc}fung"),
    say(Challenge, 2, "sie ein mensch sind"),
    say(Challenge, 2, "kein roboter"),
    say(Challenge, 2, "vous \u{ea}tes humain"),
    say(Challenge, 2, "pas un robot"),
    say(Challenge, 2, "no eres un robot"),
    say(Challenge, 2, "no soy un robot"),
    say(Challenge, 2, "non sei un robot"),
    say(Challenge, 2, "geen robot"),
    say(Challenge, 2, "\u{43d}\u{435} \u{440}\u{43e}\u{431}\u{43e}\u{442}"),
    // Logins.
    say(Login, 2, "log in to continue"),
    say(Login, 2, "login to continue"),
    say(Login, 2, "sign in to continue"),
    say(Login, 2, "please log in"),
    say(Login, 2, "please sign in"),
    say(Login, 2, "you must be logged in"),
    say(Login, 2, "log in to read"),
    say(Login, 2, "sign in to read"),
    say(Login, 1, "log in"),
    say(Login, 1, "sign in"),
    say(Login, 1, "forgot your password"),
    say(Login, 1, "forgot password"),
    say(Login, 1, "create an account"),
    say(Login, 1, "e-mail address"),
    say(Login, 1, "anmelden"),
    say(Login, 1, "passwort vergessen"),
    say(Login, 2, "bitte melden sie sich an"),
    say(Login, 1, "se connecter"),
    say(Login, 1, "mot de passe oubli\u{e9}"),
    say(Login, 2, "connectez-vous pour"),
    say(Login, 1, "iniciar sesi\u{f3}n"),
    say(Login, 1, "olvidado tu contrase\u{f1}a"),
    say(Login, 2, "inicia sesi\u{f3}n para"),
    say(Login, 1, "inloggen"),
    say(Login, 1, "wachtwoord vergeten"),
    say(Login, 1, "accedi"),
    say(Login, 1, "password dimenticata"),
    // Places.
    say(Geo, 3, "not available in your region"),
    say(Geo, 3, "not available in your country"),
    say(Geo, 3, "not available in your location"),
    say(Geo, 3, "not available in the european"),
    say(Geo, 3, "not available to visitors from"),
    say(Geo, 3, "unavailable in your region"),
    say(Geo, 3, "unavailable in your country"),
    say(Geo, 3, "unavailable in most european"),
    say(Geo, 3, "unavailable for legal reasons"),
    say(Geo, 2, "our european visitors are important"),
    say(Geo, 2, "european economic area"),
    say(Geo, 1, "we recognise you are attempting"),
    say(Geo, 1, "general data protection regulation"),
    say(Geo, 1, "cannot be granted at this time"),
    say(Geo, 3, "in ihrem land nicht verf\u{fc}gbar"),
    say(Geo, 3, "in ihrer region nicht verf\u{fc}gbar"),
    say(Geo, 3, "pas disponible dans votre pays"),
    say(Geo, 3, "pas disponible dans votre r\u{e9}gion"),
    say(Geo, 3, "no est\u{e1} disponible en su pa\u{ed}s"),
    say(Geo, 3, "no est\u{e1} disponible en tu pa\u{ed}s"),
    say(Geo, 3, "no est\u{e1} disponible en su regi\u{f3}n"),
    say(Geo, 3, "niet beschikbaar in jouw land"),
    say(Geo, 3, "non \u{e8} disponibile nel tuo paese"),
];

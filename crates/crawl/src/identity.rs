//! Who we say we are.

/// The product token that robots.txt groups are matched against.
pub const TOKEN: &str = "newshound";

/// The user agent of a crawl: product token, version, and a contact that a site owner can reach.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    contact: String,
    user_agent: String,
}

/// Why a text is no contact.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is no contact: give a mail address (you@example.org) or an http(s) URL of a page \
        about this crawl"
)]
pub struct ContactError(String);

impl Identity {
    /// An identity with a mail address or a URL as its contact.
    pub fn new(contact: &str, version: &str) -> Result<Self, ContactError> {
        let contact = contact.trim();
        let is_ascii_word =
            contact.bytes().all(|b| b.is_ascii_graphic() && !b"()\\\"<>".contains(&b));
        if !is_ascii_word || !(is_mail(contact) || is_page(contact)) {
            return Err(ContactError(contact.to_owned()));
        }
        let user_agent = format!("{TOKEN}/{version} (+{contact})");
        Ok(Self { contact: contact.to_owned(), user_agent })
    }

    /// The value of the `User-Agent` field (RFC 9110, section 10.1.5).
    pub fn user_agent(&self) -> &str {
        &self.user_agent
    }

    /// The mail address or URL.
    pub fn contact(&self) -> &str {
        &self.contact
    }
}

fn is_mail(text: &str) -> bool {
    let text = text.strip_prefix("mailto:").unwrap_or(text);
    text.split_once('@').is_some_and(|(name, host)| {
        !name.is_empty()
            && !host.contains('@')
            && crate::HostKey::parse(host).is_ok()
            && host.contains('.')
    })
}

fn is_page(text: &str) -> bool {
    crate::CanonicalUrl::parse(text).is_ok_and(|url| url.host_key().as_str().contains('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contact_is_a_mail_address_or_a_page() {
        for good in ["a@example.org", "mailto:a@example.org", "https://example.org/bot"] {
            assert!(Identity::new(good, "1.0").is_ok(), "{good}");
        }
        for bad in ["", "me", "a@b", "a@@b.c", "https://localhost/", "a b@c.de", "a@b.c)\r\nX: y"] {
            let error = Identity::new(bad, "1.0").unwrap_err().to_string();
            assert!(error.contains("you@example.org"), "{error}");
        }
    }

    #[test]
    fn the_user_agent_carries_it() {
        let identity = Identity::new("a@example.org", "1.2.3").unwrap();
        assert_eq!(identity.user_agent(), "newshound/1.2.3 (+a@example.org)");
    }
}

//! The file of tokens: `token = "tenant"`, a line each. It knows nothing of requests.

use std::{collections::BTreeSet, path::Path, str, sync::Arc};

use subtle::{ConditionallySelectable, ConstantTimeEq};
use toml::de::{DeTable, DeValue};

use super::{Access, digest::Digest};
use crate::{
    credentials::{Offer, Secret},
    error::{Error, Kind},
};

/// What the guard puts in the place of a label's value that it has no room for.
const FOLDED: &str = "other";

/// Tokens, as hashes, and what each of them shows.
#[derive(Debug, Default)]
pub(super) struct Tokens(Vec<(Digest, Access)>);

impl Tokens {
    /// Reads a file's content. `label` is the one whose values the tenants are, where the offer lets there be any.
    ///
    /// Messages name lines and never what stands in them.
    pub(super) fn parse(path: &Path, content: &[u8], label: Option<&str>, offer: Offer) -> Result<Self, Error> {
        let wrong = |at: usize, what: &str| {
            let line = 1 + content[..at.min(content.len())].iter().filter(|byte| **byte == b'\n').count();
            Error::new(Kind::Setting, format!("tokens file {}, line {line}: {what}", path.display()))
        };
        let text = str::from_utf8(content).map_err(|error| wrong(error.valid_up_to(), "this is not UTF-8"))?;
        let table = DeTable::parse(text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            wrong(at, "this is not TOML, or a token that stands here twice; write lines of \"token\" = \"tenant\"")
        })?;
        let mut tokens = Vec::new();
        for (token, value) in table.get_ref() {
            let at = token.span().start;
            if let Some(mistake) = Secret::new(token.get_ref().as_ref()).token_mistake() {
                return Err(wrong(at, &format!("the token {mistake}; no request could carry it")));
            }
            let access = access(value.get_ref(), label, offer).map_err(|what| wrong(at, what))?;
            tokens.push((Digest::of(&[token.get_ref().as_bytes()]), access));
        }
        Ok(Self(tokens))
    }

    /// What a token shows, if it is one of these. Takes the same time wherever it stands, and if it stands nowhere.
    pub(super) fn find(&self, token: &Digest) -> Option<Access> {
        let mut found = 0_u64;
        for (place, (known, _)) in (1..).zip(&self.0) {
            found.conditional_assign(&place, known.ct_eq(token));
        }
        let place = usize::try_from(found).ok()?.checked_sub(1)?;
        Some(self.0[place].1.clone())
    }

    /// The tenants, each once, in order.
    pub(super) fn tenants(&self) -> BTreeSet<Arc<str>> {
        let tenants = self.0.iter().filter_map(|(_, access)| match access {
            Access::Tenant(tenant) => Some(Arc::clone(tenant)),
            Access::Denied | Access::Busy | Access::All => None,
        });
        tenants.collect()
    }
}

/// What a line's value lets a token see, or what is wrong with it.
fn access(value: &DeValue<'_>, label: Option<&str>, offer: Offer) -> Result<Access, &'static str> {
    match value {
        DeValue::Boolean(true) => Ok(Access::All),
        DeValue::String(tenant) if tenant.is_empty() => {
            Err("the tenant is empty; name one, or write true for a token that sees everything")
        }
        DeValue::String(tenant) if tenant == FOLDED => Err("the tenant is `other`, the name under which the guard \
             adds up the series of all tenants that it has no room for; call it otherwise"),
        DeValue::String(_) if offer == Offer::Text => Err("this is a tenant's token, and what the recorder of \
             `with_prometheus` shows cannot be divided among tenants; write true for a token that sees everything, or \
             drop `with_prometheus`"),
        DeValue::String(tenant) if label.is_some() => Ok(Access::Tenant(Arc::from(tenant.as_ref()))),
        DeValue::String(_) => Err("this is a tenant's token, and no label tells tenants apart; set \
             METRICS_TENANT_LABEL, for example to `org`, or write true for a token that sees everything"),
        DeValue::Table(_) => Err("this is a table; put a token that has a dot into quotes"),
        _ => Err("a token's value is its tenant in quotes, or true for a token that sees everything"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(content: &[u8]) -> Result<Tokens, String> {
        Tokens::parse(Path::new("tokens.toml"), content, Some("org"), Offer::Series)
            .map_err(|error| format!("{error:?}"))
    }

    fn find(tokens: &Tokens, token: &str) -> Option<Access> {
        tokens.find(&Digest::of(&[token.as_bytes()]))
    }

    #[test]
    fn a_token_shows_what_its_line_says() {
        let tokens = parse(b"# ours\nabc = \"acme\"\n\"d.e\" = \"acme\"\nf = \"B\\\",org=\\\"acme\"\nadmin = true\n");
        let tokens = tokens.expect("it is well formed");
        assert_eq!(find(&tokens, "abc"), Some(Access::Tenant("acme".into())));
        assert_eq!(find(&tokens, "d.e"), Some(Access::Tenant("acme".into())));
        assert_eq!(find(&tokens, "f"), Some(Access::Tenant("B\",org=\"acme".into())));
        assert_eq!(find(&tokens, "admin"), Some(Access::All));
        for unknown in ["", "ab", "abcd", "ABC", "abc ", "acme", "true"] {
            assert_eq!(find(&tokens, unknown), None, "{unknown}");
        }
        assert_eq!(tokens.tenants().iter().map(|tenant| &**tenant).collect::<Vec<_>>(), ["B\",org=\"acme", "acme"]);
        assert_eq!(find(&parse(b"").expect("an empty file lets nobody in"), ""), None);
    }

    #[test]
    fn each_mistake_is_named_by_its_line_and_not_by_the_token() {
        let cases: [(&[u8], usize, &str); 11] = [
            (b"hunter2 = \"other\"\n", 1, "the tenant is `other`, the name under which the guard adds up"),
            (b"good = \"a\"\nhunter2 = 3\n", 2, "its tenant in quotes"),
            (b"hunter2 = false\n", 1, "or true for a token"),
            (b"\nhunter2 = \"\"\n", 2, "the tenant is empty"),
            (b"hunter2.x = \"a\"\n", 1, "into quotes"),
            (b"\"\" = \"a\"\n", 1, "is empty"),
            (b"\"hunter2 x\" = \"a\"\n", 1, "holds a space"),
            (b"\"hunter2\\n\" = \"a\"\n", 1, "a line's end"),
            (b"a = \"x\"\nhunter2 = \"a\"\nhunter2 = \"b\"\n", 3, "stands here twice"),
            (b"a = \"x\"\nhunter2\n", 2, "not TOML"),
            (b"a = \"x\"\n\xff = \"hunter2\"\n", 2, "not UTF-8"),
        ];
        for (content, line, expected) in cases {
            let message = parse(content).expect_err(expected);
            let place = format!("tokens file tokens.toml, line {line}: ");
            assert!(message.starts_with(&place) && message.contains(expected), "{message}");
            assert!(!message.contains("hunter2"), "{message}");
        }
    }

    #[test]
    fn tenants_need_a_label() {
        let parse = |content: &[u8]| Tokens::parse(Path::new("t"), content, None, Offer::Series);
        let error = parse(b"a = \"acme\"").expect_err("there is no label");
        assert!(error.to_string().contains("METRICS_TENANT_LABEL"), "{error}");
        assert_eq!(find(&parse(b"a = true").expect("it is no tenant's"), "a"), Some(Access::All));
    }

    #[test]
    fn a_text_is_for_no_tenant() {
        let parse = |content: &[u8]| Tokens::parse(Path::new("t"), content, Some("org"), Offer::Text);
        let error = parse(b"hunter1 = true\nhunter2 = \"acme\"").expect_err("there is a tenant").to_string();
        assert!(error.starts_with("tokens file t, line 2: ") && error.contains("drop `with_prometheus`"), "{error}");
        assert!(!error.contains("hunter"), "{error}");
        assert_eq!(find(&parse(b"a = true").expect("it is no tenant's"), "a"), Some(Access::All));
    }
}

//! The tokens of `API_TOKENS`.

use advosync_config::{ApiToken, Role};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// One token, as it is compared: its secret is kept as digests only.
#[derive(Clone)]
pub(crate) struct Token {
    pub(crate) name: String,
    pub(crate) role: Role,
    digest: [u8; 32],
    session_key: [u8; 32],
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Token").field("name", &self.name).field("role", &self.role).finish_non_exhaustive()
    }
}

impl Token {
    fn new(token: &ApiToken) -> Self {
        let secret = token.secret.expose_secret().as_bytes();
        Self {
            name: token.name.clone(),
            role: token.role,
            digest: Sha256::digest(secret).into(),
            session_key: mac(secret, &[b"advosync session key"]),
        }
    }

    /// A digest that only somebody with this token's secret can make.
    pub(crate) fn mac(&self, parts: &[&[u8]]) -> [u8; 32] {
        mac(&self.session_key, parts)
    }
}

fn mac(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    for part in parts {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// All tokens.
#[derive(Debug)]
pub(crate) struct Tokens(Vec<Token>);

impl Tokens {
    pub(crate) fn new(tokens: &[ApiToken]) -> Self {
        Self(tokens.iter().map(Token::new).collect())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The token with this secret. All are compared in constant time, so that the time tells nothing.
    pub(crate) fn find(&self, secret: &str) -> Option<&Token> {
        let digest: [u8; 32] = Sha256::digest(secret.as_bytes()).into();
        let mut found = None;
        for token in &self.0 {
            if bool::from(token.digest.ct_eq(&digest)) {
                found = Some(token);
            }
        }
        found
    }

    pub(crate) fn named(&self, name: &str) -> Option<&Token> {
        self.0.iter().find(|token| token.name == name)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use secrecy::SecretString;

    use super::*;

    pub(in crate::access) fn tokens() -> Tokens {
        let token = |name: &str, secret: &str, role| ApiToken { name: name.into(), secret: SecretString::from(secret), role };
        Tokens::new(&[token("anna", "secret-1", Role::Viewer), token("bert", "secret-2", Role::Content)])
    }

    #[test]
    fn only_a_whole_secret_opens() {
        let tokens = tokens();
        assert_eq!(tokens.find("secret-2").unwrap().name, "bert");
        assert!(["", "secret", "secret-2 ", "SECRET-2", "anna"].iter().all(|wrong| tokens.find(wrong).is_none()));
        assert!(!format!("{tokens:?}").contains("secret-"));
    }
}

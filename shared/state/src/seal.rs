//! Encryption of what Redis must not hold in clear.
//!
//! A sealed text is its key's id, a zero byte, a random nonce of 24 bytes and the ciphertext of
//! XChaCha20-Poly1305. It is bound to the place that it was made for and opens nowhere else.

use std::fmt;
use std::sync::Arc;

use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hmac::{Hmac, KeyInit, Mac};
use rand::RngExt;
use secrecy::{ExposeSecret, SecretBox};
use sha2::Sha256;

const NONCE: usize = 24;

/// HMAC-SHA256 of `parts`, one after the other.
pub(crate) fn mac(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().into()
}

/// A key with a name that may be stored beside what it sealed.
#[derive(Clone)]
pub struct SealKey {
    id: String,
    bytes: Arc<SecretBox<[u8; 32]>>,
}

impl SealKey {
    /// A key under its public name, which must not contain a zero byte.
    #[must_use]
    pub fn new(id: impl Into<String>, bytes: [u8; 32]) -> Self {
        Self { id: id.into(), bytes: Arc::new(SecretBox::new(Box::new(bytes))) }
    }

    /// A keyed digest of `text`, for keys that fingerprint.
    pub(crate) fn mac(&self, text: &[u8]) -> [u8; 32] {
        mac(self.bytes.expose_secret(), &[text])
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(self.bytes.expose_secret().into())
    }

    /// Encrypts `clear` for `place`.
    pub(crate) fn seal(&self, place: &str, clear: &[u8]) -> Vec<u8> {
        let nonce: [u8; NONCE] = rand::rng().random();
        let payload = Payload { msg: clear, aad: place.as_bytes() };
        let ciphertext = self.cipher().encrypt(&XNonce::from(nonce), payload).unwrap_or_default();
        [self.id.as_bytes(), &[0], &nonce, &ciphertext].concat()
    }
}

impl fmt::Debug for SealKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SealKey").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Why a sealed text stays closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Closed {
    /// None of the keys has its name.
    UnknownKey,
    /// It is damaged, or was made for another place.
    Damaged,
}

/// Opens what any of `keys` sealed for `place`.
pub(crate) fn open(keys: &[SealKey], place: &str, sealed: &[u8]) -> Result<Vec<u8>, Closed> {
    let end = sealed.iter().position(|byte| *byte == 0).ok_or(Closed::Damaged)?;
    let (id, rest) = (&sealed[..end], &sealed[end + 1..]);
    let (nonce, ciphertext) = rest.split_first_chunk::<NONCE>().ok_or(Closed::Damaged)?;
    let key = keys.iter().find(|key| key.id.as_bytes() == id).ok_or(Closed::UnknownKey)?;
    key.cipher().decrypt(&XNonce::from(*nonce), Payload { msg: ciphertext, aad: place.as_bytes() }).map_err(|_| Closed::Damaged)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_text_opens_with_its_key_at_its_place_only() {
        let (old, new) = (SealKey::new("old", [1; 32]), SealKey::new("new", [2; 32]));
        let sealed = old.seal("here", b"Mandant Meier");
        assert!(!sealed.windows(5).any(|part| part == b"Meier"));
        assert_eq!(open(&[new.clone(), old.clone()], "here", &sealed).unwrap(), b"Mandant Meier");
        assert_eq!(open(std::slice::from_ref(&old), "there", &sealed), Err(Closed::Damaged));
        assert_eq!(open(&[new], "here", &sealed), Err(Closed::UnknownKey));
        assert_eq!(open(&[SealKey::new("old", [3; 32])], "here", &sealed), Err(Closed::Damaged));
        assert_eq!(open(&[old], "here", b"short"), Err(Closed::Damaged));
    }
}

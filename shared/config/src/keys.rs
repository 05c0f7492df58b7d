//! Keys derived from `CALENDAR_SYNC_KEY`.
//!
//! A master key is never used itself. For each purpose a key is derived as
//! `HMAC-SHA256(master, label)` with the labels `fingerprint`, `push` and `journal`, so that one key
//! given away says nothing about the others. A derived key's id is the first eight hex digits of its
//! SHA-256; it may be stored beside what the key made.

use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use data_encoding::HEXLOWER;
use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret, SecretBox, SecretString};
use sha2::{Digest as _, Sha256};

use crate::Reader;
use crate::advoware::{BASE64, read_api_key};

const NAME: &str = "CALENDAR_SYNC_KEY";

/// A key for one purpose.
#[derive(Clone)]
pub struct DerivedKey {
    id: String,
    bytes: Arc<SecretBox<[u8; 32]>>,
}

impl DerivedKey {
    fn derive(master: &[u8], label: &str) -> Self {
        let mut mac = Hmac::<Sha256>::new_from_slice(master).expect("HMAC takes a key of any length");
        mac.update(label.as_bytes());
        let bytes: [u8; 32] = mac.finalize().into_bytes().into();
        let digest = Sha256::digest(bytes);
        Self { id: HEXLOWER.encode(&digest[..4]), bytes: Arc::new(SecretBox::new(Box::new(bytes))) }
    }

    /// Eight hex digits that name the key and tell nothing of it.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The key itself.
    #[must_use]
    pub fn expose(&self) -> &[u8; 32] {
        self.bytes.expose_secret()
    }
}

impl fmt::Debug for DerivedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DerivedKey").field("id", &self.id).finish_non_exhaustive()
    }
}

/// The keys of a deployment, by purpose. Of several the first writes and all read.
#[derive(Debug, Clone)]
pub struct SyncKeys {
    /// For the base's fingerprints; never empty.
    pub fingerprint: Vec<DerivedKey>,
    /// For the tokens of push channels; never empty.
    pub push: Vec<DerivedKey>,
    /// For the journal's contents; empty without `CALENDAR_SYNC_KEY`: then it keeps none.
    pub journal: Vec<DerivedKey>,
    /// Whether `CALENDAR_SYNC_KEY` is set; without it the keys derive from `ADVOWARE_API_KEY`.
    pub configured: bool,
}

impl SyncKeys {
    pub(crate) fn read(reader: &mut Reader<'_>) -> Self {
        let Some(given) = reader.optional_secret(NAME) else {
            let api_key = read_api_key(reader);
            return Self::without_master(&api_key);
        };
        let masters = masters(&given);
        if masters.is_none() {
            reader.fault(NAME, "32 bytes in base64 (44 characters), or several such keys separated by commas");
        }
        Self::with_masters(&masters.unwrap_or_default())
    }

    fn with_masters(masters: &[SecretBox<[u8; 32]>]) -> Self {
        let derive = |label| masters.iter().map(|master| DerivedKey::derive(master.expose_secret(), label)).collect::<Vec<_>>();
        Self { fingerprint: derive("fingerprint"), push: derive("push"), journal: derive("journal"), configured: true }
    }

    fn without_master(api_key: &SecretString) -> Self {
        let derive = |label| vec![DerivedKey::derive(api_key.expose_secret().as_bytes(), label)];
        Self { fingerprint: derive("fingerprint"), push: derive("push"), journal: Vec::new(), configured: false }
    }
}

fn masters(given: &SecretString) -> Option<Vec<SecretBox<[u8; 32]>>> {
    given.expose_secret().split(',').map(|key| master(key.trim())).collect()
}

fn master(key: &str) -> Option<SecretBox<[u8; 32]>> {
    // Both alphabets are taken, since key generators differ.
    let standard = key.replace('-', "+").replace('_', "/");
    let bytes: [u8; 32] = BASE64.decode(standard).ok()?.try_into().ok()?;
    Some(SecretBox::new(Box::new(bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn purposes_have_keys_of_their_own() {
        let keys = SyncKeys::with_masters(&[SecretBox::new(Box::new([7; 32]))]);
        let ids = [keys.fingerprint[0].id(), keys.push[0].id(), keys.journal[0].id()];
        assert_eq!(ids.iter().collect::<std::collections::BTreeSet<_>>().len(), 3);
        assert!(ids.iter().all(|id| id.len() == 8));
    }

    #[test]
    fn derivation_is_hmac_of_the_label() {
        // RFC 4231, test case 2, with "Jefe" as the master and its message as the label.
        let key = DerivedKey::derive(b"Jefe", "what do ya want for nothing?");
        let expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(HEXLOWER.encode(key.expose()), expected);
    }

    #[test]
    fn debug_shows_the_id_only() {
        let key = DerivedKey::derive(b"secret", "push");
        assert_eq!(format!("{key:?}"), format!("DerivedKey {{ id: {:?}, .. }}", key.id()));
    }
}

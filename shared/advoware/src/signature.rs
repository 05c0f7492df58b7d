//! The signature of a token request.
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha512;

const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The bytes of the base64 API key.
pub(crate) fn decode_key(api_key: &str) -> Option<Vec<u8>> {
    LENIENT.decode(api_key.trim()).ok().filter(|key| !key.is_empty())
}

/// base64( HMAC-SHA512( key, `{product}:{app_id}:{nonce}:{timestamp}` ) ).
pub(crate) fn sign(key: &[u8], product: u32, app_id: &str, nonce: &str, timestamp: &str) -> String {
    let mut mac = Hmac::<Sha512>::new_from_slice(key).unwrap_or_else(|_| unreachable!("HMAC takes a key of any length"));
    mac.update(format!("{product}:{app_id}:{nonce}:{timestamp}").as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_known_vector() {
        let key = decode_key(&STANDARD.encode("test-secret-key")).expect("base64");
        assert_eq!(
            sign(&key, 64, "app-123", "nonce-abc", "2026-08-30T00:00:00.000Z"),
            "o7rz9KmoXZs550HfzO6ffiG17XwiPmlBHlksUYKZ3jcfolELow51Fw5KlrQqCK5y41aIValDjrh1iQ2GZ2WtqQ=="
        );
    }

    #[test]
    fn a_key_comes_with_or_without_padding() {
        assert_eq!(decode_key(" YWI= \n"), Some(b"ab".to_vec()));
        assert_eq!(decode_key("YWI"), Some(b"ab".to_vec()));
        assert_eq!(decode_key("not base64!"), None);
        assert_eq!(decode_key(""), None);
    }
}

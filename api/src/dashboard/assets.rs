//! Files that pages load, embedded in the program.

use axum::Router;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::app::App;

/// Changes with every version, and with it the addresses of all files.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

struct Asset {
    path: &'static str,
    kind: &'static str,
    bytes: &'static [u8],
}

macro_rules! assets {
    ($($name:literal: $kind:literal,)*) => {
        &[$(Asset {
            path: concat!("/assets/", $name),
            kind: $kind,
            bytes: include_bytes!(concat!("../../assets/", $name)),
        },)*]
    };
}

static ASSETS: &[Asset] = assets! {
    "app.css": "text/css; charset=utf-8",
    "app.js": "text/javascript; charset=utf-8",
    "htmx.min.js": "text/javascript; charset=utf-8",
    "sse.min.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
    "inter.woff2": "font/woff2",
    "source-serif.woff2": "font/woff2",
};

/// Serves the files.
pub(super) fn router() -> Router<App> {
    ASSETS.iter().fold(Router::new(), |router, asset| {
        let tag = format!("\"{:016x}\"", fingerprint(asset.bytes));
        router.route(asset.path, get(async move |headers: HeaderMap| serve(asset, &tag, &headers)))
    })
}

fn serve(asset: &'static Asset, tag: &str, headers: &HeaderMap) -> Response {
    let cached = [(header::ETAG, tag.to_owned()), (header::CACHE_CONTROL, "public, max-age=3600".to_owned())];
    if headers.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes()) {
        return (StatusCode::NOT_MODIFIED, cached).into_response();
    }
    (cached, [(header::CONTENT_TYPE, asset.kind)], asset.bytes).into_response()
}

/// FNV-1a: tells versions of a file apart, no more.
fn fingerprint(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

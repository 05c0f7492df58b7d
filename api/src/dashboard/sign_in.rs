//! Signing in and out.

use std::net::SocketAddr;

use askama::Template;
use askama_web::WebTemplate;
use axum::Form;
use axum::extract::{ConnectInfo, Extension, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::page::{Page, own_path};
use crate::access::Session;
use crate::app::App;
use crate::limits::Limits;

#[derive(Template, WebTemplate)]
#[template(path = "sign_in.html")]
struct SignInPage {
    page: Page,
    next: String,
    /// Why it did not work, as the name of a text.
    refused: Option<&'static str>,
}

/// What a person sends to sign in.
#[derive(Deserialize)]
pub(crate) struct Credentials {
    token: String,
    #[serde(default)]
    next: String,
}

fn render(status: StatusCode, page: Page, next: &str, refused: Option<&'static str>) -> Response {
    (status, SignInPage { page, next: own_path(next).to_owned(), refused }).into_response()
}

/// The sign-in page in place of one that needs a session.
pub(crate) fn sign_in_page(page: Page) -> Response {
    let next = page.here.clone();
    render(StatusCode::UNAUTHORIZED, page, &next, None)
}

/// Shows the door.
pub(crate) async fn page(State(app): State<App>, page: Page) -> Response {
    if app.access().is_open() {
        return Redirect::to("/").into_response();
    }
    render(StatusCode::OK, page, "/", None)
}

/// Opens it, or not.
pub(crate) async fn sign_in(
    State(app): State<App>,
    Extension(limits): Extension<Limits>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    page: Page,
    Form(given): Form<Credentials>,
) -> Response {
    if !app.access().is_own_origin(&headers) {
        return render(StatusCode::FORBIDDEN, page, &given.next, Some("sign-in-foreign"));
    }
    if !limits.admits_sign_in(peer.ip()) {
        return render(StatusCode::TOO_MANY_REQUESTS, page, &given.next, Some("sign-in-too-often"));
    }
    let Some(session) = app.access().sign_in(given.token.trim(), app.now()) else {
        return render(StatusCode::UNAUTHORIZED, page, &given.next, Some("sign-in-wrong"));
    };
    let cookie = session.set_cookie(is_secure(&headers));
    ([(header::SET_COOKIE, cookie)], Redirect::to(own_path(&given.next))).into_response()
}

/// Ends the session in this browser.
pub(crate) async fn sign_out(headers: HeaderMap) -> Response {
    let cookie = Session::clear_cookie(is_secure(&headers));
    ([(header::SET_COOKIE, cookie)], Redirect::to("/ui/sign-in?notice=notice-signed-out")).into_response()
}

/// Whether the browser came by TLS, as it says itself or as a proxy in front says.
fn is_secure(headers: &HeaderMap) -> bool {
    let says = |name: &str, value: &str| headers.get(name).is_some_and(|given| given.as_bytes().starts_with(value.as_bytes()));
    let origin =
        headers.get(header::ORIGIN).and_then(|origin| origin.to_str().ok()).and_then(|origin| origin.parse::<Uri>().ok());
    says("x-forwarded-proto", "https") || origin.is_some_and(|origin| origin.scheme_str() == Some("https"))
}

//! Problems as people see them.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::page::Page;
use crate::app::App;
use crate::problem::Problem;

#[derive(Template, WebTemplate)]
#[template(path = "failure.html")]
struct FailurePage {
    page: Page,
    /// Names of its texts begin with this.
    kind: &'static str,
    detail: String,
    /// Since when Redis has been away, where it is.
    since: Option<super::moments::Moment>,
    /// Whether to look again by itself.
    retries: bool,
}

impl FailurePage {
    fn title(&self) -> String {
        self.page.t.code("failure", self.kind)
    }

    fn remedy(&self) -> String {
        self.page.t.code("remedy", self.kind)
    }
}

/// Puts a page in the place of a problem.
pub(crate) async fn show_failure(State(app): State<App>, page: Page, mut response: Response) -> Response {
    let Some(problem) = response.extensions_mut().remove::<Problem>() else { return response };
    let status = problem.status();
    let since = app.feed().away_since().filter(|_| problem.slug() == "redis-unavailable");
    let since = page.clock.maybe(&since);
    let retries = status == StatusCode::SERVICE_UNAVAILABLE;
    let detail = problem.detail().to_owned();
    let mut shown = (status, FailurePage { kind: problem.slug(), detail, since, retries, page }).into_response();
    if let Some(wait) = response.headers_mut().remove(header::RETRY_AFTER) {
        shown.headers_mut().insert(header::RETRY_AFTER, wait);
    }
    shown
}

//! Signing in and out.

use super::failure::PageFailure;
use super::form::FormFields;
use super::page::Page;
use super::session::Sessions;
use super::sign_in_limit::Guest;
use super::viewer::Viewer;
use super::{Dashboard, assets};
use askama::Template;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::cookie::CookieJar;
use slotflow_application::ports::{ApiKeyRecord, StoreError};
use slotflow_domain::organization::ApiKey;

/// The page that asks for an API key.
#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage {
    base: String,
    version: &'static str,
    problem: Option<String>,
}

impl SignInPage {
    fn new(dashboard: &Dashboard, problem: Option<String>) -> Self {
        Self { base: dashboard.base.clone(), version: assets::VERSION, problem }
    }
}

/// `GET /sign-in`
pub(super) async fn show(dashboard: Dashboard, viewer: Result<Viewer, PageFailure>) -> Response {
    match viewer {
        Ok(_) => Redirect::to(&dashboard.home).into_response(),
        Err(PageFailure::NotSignedIn) => Page::ok(SignInPage::new(&dashboard, None)).into_response(),
        Err(failure) => failure.into_response(),
    }
}

/// `POST /sign-in`
pub(super) async fn sign_in(
    dashboard: Dashboard,
    guest: Guest,
    headers: HeaderMap,
    FormFields(fields): FormFields,
) -> Result<Response, PageFailure> {
    let again =
        |status, problem: String| Page(status, SignInPage::new(&dashboard, Some(problem))).into_response();
    if let Err(wait) = dashboard.sign_in_limit.admit(&guest) {
        let seconds = wait.as_secs() + 1;
        let words = format!("Too many keys were tried. Wait {seconds} s and try again.");
        let mut response = again(StatusCode::TOO_MANY_REQUESTS, words);
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        return Ok(response);
    }
    let Some(key) = holder(&dashboard, fields.get("api_key").unwrap_or_default()).await? else {
        dashboard.sign_in_limit.failed(&guest);
        let words = "This is not an API key of ours, or it has been revoked.".to_owned();
        return Ok(again(StatusCode::UNAUTHORIZED, words));
    };
    let cookie = dashboard.sessions.open(&key, &dashboard.base, came_by_https(&headers));
    Ok((CookieJar::new().add(cookie), Redirect::to(&dashboard.home)).into_response())
}

/// `POST /sign-out`
pub(super) async fn sign_out(dashboard: Dashboard) -> impl IntoResponse {
    let place = format!("{}/sign-in", dashboard.base);
    (CookieJar::new().add(Sessions::closed(&dashboard.base)), Redirect::to(&place))
}

/// The record of the key with this text. One answer for what is malformed, unknown and revoked.
async fn holder(dashboard: &Dashboard, presented: &str) -> Result<Option<ApiKeyRecord>, StoreError> {
    let Ok(key) = ApiKey::parse(presented) else { return Ok(None) };
    let organizations = &dashboard.services.organizations;
    let Some(organization_id) = organizations.authenticate(presented).await? else { return Ok(None) };
    let keys = organizations.directory.api_keys(organization_id).await?;
    Ok(keys.into_iter().find(|record| record.digest == key.digest()))
}

/// Whether the browser sees us by HTTPS, whatever proxies are in between: it says so with every form it sends.
fn came_by_https(headers: &HeaderMap) -> bool {
    headers.get(header::ORIGIN).is_some_and(|origin| origin.as_bytes().starts_with(b"https://"))
}

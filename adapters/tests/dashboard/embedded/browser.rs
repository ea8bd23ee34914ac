//! Somebody at their service.

use crate::support::{Answer, Visit, ask};
use axum::Router;
use axum::http::{Method, header};
use regex::Regex;
use slotflow_domain::OrganizationId;
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// Somebody's browser: a user of theirs, or nobody.
pub(super) struct Browser<'a> {
    router: &'a Router,
    user: Option<OrganizationId>,
}

impl<'a> Browser<'a> {
    pub(super) fn of(router: &'a Router, user: OrganizationId) -> Self {
        Self { router, user: Some(user) }
    }

    pub(super) fn nobodys(router: &'a Router) -> Self {
        Self { router, user: None }
    }

    pub(super) async fn ask(&self, visit: Visit) -> Answer {
        let visit = match self.user {
            Some(id) => visit.with("x-their-user", &id.to_string()),
            None => visit,
        };
        let answer = ask(self.router, visit).await;
        assert!(!answer.headers.contains_key(header::SET_COOKIE), "{answer:?}");
        answer
    }

    pub(super) async fn get(&self, path: &str) -> Answer {
        self.ask(Visit::at(Method::GET, path)).await
    }

    pub(super) async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.ask(Visit::form_at(path, fields)).await
    }

    /// Follows every link of every page from `home` on, and answers all that was seen: pages, assets and forms. None of it
    /// lies outside of `base`, but for `elsewhere`.
    pub(super) async fn walk(&self, home: &str, base: &str, elsewhere: Option<&str>) -> BTreeSet<String> {
        static ADDRESS: LazyLock<Regex> =
            LazyLock::new(|| Regex::new(r#"(href|src|action|hx-get|data-updates)="([^"]*)""#).unwrap());
        let (mut seen, mut waiting) = (BTreeSet::new(), vec![home.to_owned()]);
        while let Some(path) = waiting.pop() {
            let answer = self.get(&path).await;
            assert_eq!(answer.status, 200, "{path}: {answer:?}");
            let is_page = answer.headers[header::CONTENT_TYPE].to_str().unwrap().starts_with("text/html");
            if !is_page {
                continue;
            }
            for found in ADDRESS.captures_iter(&answer.body) {
                let (attribute, address) = (&found[1], found[2].replace("&#38;", "&").replace("&amp;", "&"));
                if address.is_empty() || address.starts_with('#') {
                    continue;
                }
                let below =
                    address.strip_prefix(base).map(|rest| rest.is_empty() || rest.starts_with(['/', '?']));
                let beside = elsewhere == Some(address.as_str());
                assert!(below == Some(true) || beside, "{path} leads to {address}");
                let is_new = seen.insert(address.split('?').next().unwrap().to_owned());
                if is_new && attribute != "action" && !beside {
                    waiting.push(address);
                }
            }
        }
        seen
    }
}

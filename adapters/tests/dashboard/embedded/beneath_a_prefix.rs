//! Whatever stands before the dashboard, all of it stays beneath that.

use super::browser::Browser;
use super::mounts::{MOUNTS, Mounted, mounted, mounts};
use super::service::{ACME, Service};
use crate::routes::{Concerns, ROUTES};
use axum::body::Body;
use axum::http::{Method, Request, header};
use http_body_util::BodyExt;
use tower::ServiceExt;

#[tokio::test]
async fn every_link_form_and_asset_stays_beneath_the_prefix() {
    let service = Service::new().await;
    for Mounted { router, base, home, api } in mounts(&service) {
        let user = Browser::of(&router, ACME);
        user.get("/shop").await.shows(&["the shop"]);
        let reference = api.map(|api| format!("{api}/docs"));
        let seen = user.walk(home, base, reference.as_deref()).await;
        let all = ROUTES.iter().filter(|(_, path, concerns)| {
            let is_shown = !matches!(
                *path,
                "/assets/{name}" | "/webhooks/{id}/change" | "/webhooks/{id}/rotate" | "/webhooks/{id}/pause"
            );
            is_shown && !matches!((path, concerns), (_, Concerns::Anybody))
        });
        for (method, path, concerns) in all {
            let path = format!("{base}{}", service.path(path, concerns));
            let path = if path == format!("{base}/") { home.to_owned() } else { path };
            assert!(seen.contains(&path), "{home}: nothing leads to {method} {path}: {seen:#?}");
        }
        assert!(reference.is_none_or(|path| seen.contains(&path)), "{seen:?}");
        assert!(seen.contains(&format!("{base}/assets/dashboard.css")), "{seen:?}");
        assert!(!seen.iter().any(|path| path.contains("sign-")), "{seen:?}");
    }
}

#[tokio::test]
async fn every_form_leads_to_a_page_beneath_the_prefix() {
    for (method, path, concerns) in ROUTES {
        let forms = match concerns {
            Concerns::Anybody => continue,
            Concerns::Own(fields) => &[*fields][..],
            Concerns::One(_, forms) => *forms,
        };
        if *method != Method::POST {
            continue;
        }
        for mount in MOUNTS {
            let service = Service::new().await;
            let Mounted { router, base, .. } = mounted(&service, mount);
            let user = Browser::of(&router, ACME);
            let path = format!("{base}{}", service.path(path, concerns));
            let answer = user.post(&path, forms[0]).await;
            assert!(matches!(answer.status.as_u16(), 200 | 303), "{path}: {answer:?}");
            if let Some(place) = answer.headers.get(header::LOCATION) {
                let place = place.to_str().unwrap();
                assert!(place.starts_with(&format!("{base}/")), "{path} leads to {place}");
                user.get(place).await.shows(&["Acme"]);
            }
        }
    }
}

#[tokio::test]
async fn the_path_itself_leads_to_the_first_page() {
    let service = Service::new().await;
    for Mounted { router, base, home, .. } in mounts(&service) {
        let answer = Browser::of(&router, ACME).get(if base.is_empty() { "/" } else { base }).await;
        match answer.status.as_u16() {
            303 => assert_eq!(answer.headers[header::LOCATION], home),
            200 => assert_eq!(home.trim_end_matches('/'), base),
            // Nested under a path that ends in a slash: what their router does with that is theirs to say.
            404 => assert!(home.ends_with('/')),
            _ => panic!("{answer:?}"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_stream_of_updates_is_there_for_users_and_for_nobody_else() {
    let service = Service::new().await;
    for Mounted { router, base, .. } in mounts(&service) {
        let path = format!("{base}/live");
        assert_eq!(Browser::nobodys(&router).get(&path).await.status, 401);
        let request = Request::get(&path).header("x-their-user", ACME.to_string());
        let answer = router.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(answer.status(), 200);
        let told = answer.into_body().frame().await.unwrap().unwrap().into_data().unwrap();
        assert!(told.starts_with(b"event: changed"), "{told:?}");
    }
}

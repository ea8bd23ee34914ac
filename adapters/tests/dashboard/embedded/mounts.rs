//! The ways to put ours among their routes.

use super::service::Service;
use axum::Router;

/// One way to put ours among their routes.
pub(super) struct Mounted {
    pub(super) router: Router,
    pub(super) base: &'static str,
    pub(super) home: &'static str,
    /// What stands before `/v1`, where the API is served too.
    pub(super) api: Option<&'static str>,
}

/// Every way, with whatever stands before it.
pub(super) const MOUNTS: [fn(&Service) -> Mounted; 8] = [
    |service| Mounted {
        router: service.both("/dashboard"),
        base: "/dashboard",
        home: "/dashboard/",
        api: Some(""),
    },
    |service| Mounted {
        router: Router::new().nest("/shop/hooks", service.both("/dashboard")),
        base: "/shop/hooks/dashboard",
        home: "/shop/hooks/dashboard/",
        api: Some("/shop/hooks"),
    },
    |service| Mounted {
        router: Router::new().nest_service("/shop/hooks", service.both("dashboard")),
        base: "/shop/hooks/dashboard",
        home: "/shop/hooks/dashboard/",
        api: Some("/shop/hooks"),
    },
    |service| {
        let one = Router::new().nest("/hooks", service.both("/pages/ours/"));
        Mounted {
            router: Router::new().nest("/shop", Router::new().nest("/{shop}", one)),
            base: "/shop/%22a%7B/hooks/pages/ours",
            home: "/shop/%22a%7B/hooks/pages/ours/",
            api: Some("/shop/%22a%7B/hooks"),
        }
    },
    |service| Mounted {
        router: Router::new().nest("/shop/hooks", service.pages("/")),
        base: "/shop/hooks",
        home: "/shop/hooks",
        api: None,
    },
    |service| Mounted {
        router: Router::new().nest("/shop/hooks/", service.pages("/")),
        base: "/shop/hooks",
        home: "/shop/hooks/",
        api: None,
    },
    |service| Mounted {
        router: service.pages("/shop/hooks"),
        base: "/shop/hooks",
        home: "/shop/hooks/",
        api: None,
    },
    |service| Mounted { router: service.pages(""), base: "", home: "/", api: None },
];

pub(super) fn mounts(service: &Service) -> impl Iterator<Item = Mounted> {
    MOUNTS.iter().map(|mount| mounted(service, *mount))
}

pub(super) fn mounted(service: &Service, mount: fn(&Service) -> Mounted) -> Mounted {
    let ours = mount(service);
    Mounted { router: service.site(ours.router), ..ours }
}

//! Tells open pages that something has happened to what they show.
//!
//! What has happened is not said: the page asks for itself again and puts what has changed in place. So there is one way
//! in which a page is made, and a message that is lost is no harm.

use super::Dashboard;
use super::viewer::Viewer;
use axum::http::StatusCode;
use axum::response::Sse;
use axum::response::sse::{Event, KeepAlive};
use futures_util::Stream;
use slotflow_application::ports::{DeliveryObserver, EndedAttempt, LostAttempt};
use slotflow_domain::OrganizationId;
use std::convert::Infallible;
use std::time::Duration;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::sync::broadcast::{self, Receiver, Sender};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

/// How long what happens is gathered before pages are told: outcomes are written meanwhile, and a page that is busy being
/// told can be read by nobody.
const GATHERED: Duration = Duration::from_millis(700);

/// After how long pages look again although nothing is known to have happened: other instances do not tell us.
const LOOKS_AGAIN: Duration = Duration::from_secs(5);

/// How many messages wait for a page that is slow; beyond them it learns that it missed some, which is as good.
const WAITING: usize = 64;

/// How many streams of updates there are at once. Each holds a connection; pages without one are as true, and updated by
/// loading them again.
const MAX_STREAMS: usize = 256;

/// Hears of deliveries from the dispatcher and passes it on to the pages of their organization, 700 ms later. Pages look again
/// every 5 s besides, and up to 256 of them are told at once. A clone is the same.
#[derive(Clone)]
pub struct LiveUpdates {
    changed: Sender<OrganizationId>,
    stop: CancellationToken,
}

impl LiveUpdates {
    /// Nobody listens yet. `stop` ends all streams, so that a server that stops need not wait for its readers.
    pub fn new(stop: CancellationToken) -> Self {
        Self { changed: broadcast::channel(WAITING).0, stop }
    }

    /// Ends all streams, and each that is asked for from now on: a server that stops need not wait for its readers then.
    pub fn end(&self) {
        self.stop.cancel();
    }

    fn tell(&self, organization_id: OrganizationId) {
        // An error says that nobody listens.
        let _ = self.changed.send(organization_id);
    }
}

impl Default for LiveUpdates {
    /// Nobody listens yet; [`end`](Self::end) ends it.
    fn default() -> Self {
        Self::new(CancellationToken::new())
    }
}

impl DeliveryObserver for LiveUpdates {
    fn attempt_ended<'a>(&self, attempt: &EndedAttempt<'a>) {
        self.tell(attempt.organization_id);
    }

    fn attempt_lost(&self, attempt: &LostAttempt) {
        self.tell(attempt.organization_id);
    }
}

/// `GET /live`: an event named `changed` whenever the page should look again. 204, after which browsers ask no more, if
/// there are too many who want to know.
pub(super) async fn stream(
    dashboard: Dashboard,
    viewer: Viewer,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, StatusCode> {
    let LiveUpdates { changed, stop } = dashboard.services.live.clone();
    if changed.receiver_count() >= MAX_STREAMS {
        return Err(StatusCode::NO_CONTENT);
    }
    let listener = Listener { organization_id: viewer.organization.id, changes: changed.subscribe(), stop };
    let updates = futures_util::stream::unfold(listener, |mut listener| async {
        listener
            .something_changed()
            .await
            .then(|| (Ok(Event::default().event("changed").data("look again")), listener))
    });
    Ok(Sse::new(updates).keep_alive(KeepAlive::default()))
}

/// One open page.
struct Listener {
    organization_id: OrganizationId,
    changes: Receiver<OrganizationId>,
    stop: CancellationToken,
}

impl Listener {
    /// Waits until it is time to look again; false says that there will be no more of it.
    async fn something_changed(&mut self) -> bool {
        let waited = async {
            let _ = timeout(LOOKS_AGAIN, own_change(&mut self.changes, self.organization_id)).await;
            sleep(GATHERED).await;
        };
        tokio::select! {
            () = self.stop.cancelled() => return false,
            () = waited => {}
        }
        // All of it is told at once.
        while !matches!(self.changes.try_recv(), Err(TryRecvError::Empty | TryRecvError::Closed)) {}
        true
    }
}

/// Waits for a change of this organization, or one that was missed and may have been.
async fn own_change(changes: &mut Receiver<OrganizationId>, organization_id: OrganizationId) {
    loop {
        match changes.recv().await {
            Ok(changed) if changed != organization_id => {}
            Ok(_) | Err(RecvError::Lagged(_)) => return,
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }
}

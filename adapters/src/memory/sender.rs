//! Receivers that do as told.

use super::{Reply, VirtualClock};
use async_trait::async_trait;
use slotflow_application::ports::{Clock as _, WebhookSender};
use slotflow_domain::delivery::{AttemptReport, AttemptRequest};
use slotflow_domain::webhook::WebhookUrl;
use slotflow_domain::{DeliveryId, Timestamp};
use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::oneshot;

/// Sends nothing: records each request, and answers from a script. Clones are the same sender.
///
/// Each URL has its own script and works through it; the last reply of a script repeats for ever. A URL that
/// was given none follows the script for all of them, from its beginning.
#[derive(Clone)]
pub struct ScriptedSender {
    clock: VirtualClock,
    shared: Arc<Mutex<Shared>>,
}

struct Shared {
    for_all: VecDeque<Reply>,
    /// What is left of each URL's script, by canonical text, and whether it is its own.
    scripts: BTreeMap<String, Script>,
    requests: Vec<SentRequest>,
    answered: usize,
    hanging: BTreeMap<usize, Hanging>,
}

struct Script {
    replies: VecDeque<Reply>,
    own: bool,
}

struct Hanging {
    since: Timestamp,
    delivery_id: Option<DeliveryId>,
    release: oneshot::Sender<Reply>,
}

/// A request that a sender was given.
#[derive(Clone, Debug)]
pub struct SentRequest {
    /// When, by the virtual clock.
    pub at: Timestamp,
    /// What it was.
    pub request: AttemptRequest,
}

impl SentRequest {
    /// The value of the header with this name (in lower case).
    pub fn header(&self, name: &str) -> Option<&str> {
        self.request.headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }

    /// The bytes that were sent.
    pub fn body(&self) -> &[u8] {
        self.request.body.as_bytes()
    }
}

impl ScriptedSender {
    /// A sender whose receivers accept everything, at once.
    pub fn accepting(clock: VirtualClock) -> Self {
        let shared = Shared {
            for_all: VecDeque::from([Reply::OK]),
            scripts: BTreeMap::new(),
            requests: Vec::new(),
            answered: 0,
            hanging: BTreeMap::new(),
        };
        Self { clock, shared: Arc::new(Mutex::new(shared)) }
    }

    /// From now on every URL without a script of its own follows this one, from its beginning. An empty
    /// script changes nothing.
    pub fn reply(&self, replies: impl IntoIterator<Item = Reply>) {
        let replies: VecDeque<_> = replies.into_iter().collect();
        if !replies.is_empty() {
            let mut shared = self.shared();
            shared.scripts.retain(|_, script| script.own);
            shared.for_all = replies;
        }
    }

    /// From now on `url`, in whatever spelling, follows this script. An empty one changes nothing.
    pub fn reply_to(&self, url: &str, replies: impl IntoIterator<Item = Reply>) {
        let replies: VecDeque<_> = replies.into_iter().collect();
        if !replies.is_empty() {
            let key = WebhookUrl::from_stored(url)
                .map_or_else(|_| url.to_owned(), |url| url.canonical().as_str().to_owned());
            self.shared().scripts.insert(key, Script { replies, own: true });
        }
    }

    /// From now on every URL without a script of its own answers `500` this many times, then accepts.
    pub fn fail_times(&self, failures: usize) {
        self.reply(std::iter::repeat_n(Reply::Status(500), failures).chain([Reply::OK]));
    }

    /// Every request so far, first to last, hanging ones included.
    pub fn requests(&self) -> Vec<SentRequest> {
        self.shared().requests.clone()
    }

    /// The deliveries whose requests hang, and since when, first to last.
    pub fn hanging(&self) -> Vec<(DeliveryId, Timestamp)> {
        let shared = self.shared();
        shared.hanging.values().filter_map(|it| Some((it.delivery_id?, it.since))).collect()
    }

    /// Gives `reply` to every request that hangs. Answers how many there were.
    pub fn release_hanging(&self, reply: &Reply) -> usize {
        let hanging = std::mem::take(&mut self.shared().hanging);
        let count = hanging.len();
        for request in hanging.into_values() {
            // A request whose maker has just gone needs no reply.
            let _ = request.release.send(reply.clone());
        }
        count
    }

    /// How many requests were begun, and how many are over.
    pub(super) fn counts(&self) -> (usize, usize) {
        let shared = self.shared();
        (shared.requests.len(), shared.answered)
    }

    /// Records a request. Answers its place among all requests, and what its script says.
    fn record(&self, request: AttemptRequest) -> (usize, Reply) {
        let mut shared = self.shared();
        let Shared { for_all, scripts, requests, .. } = &mut *shared;
        let script = scripts
            .entry(request.url.canonical().as_str().to_owned())
            .or_insert_with(|| Script { replies: for_all.clone(), own: false });
        let reply = match script.replies.len() {
            0 | 1 => script.replies.front().cloned(),
            _ => script.replies.pop_front(),
        };
        requests.push(SentRequest { at: self.clock.now(), request });
        (requests.len(), reply.unwrap_or(Reply::OK))
    }

    /// Waits for [`ScriptedSender::release_hanging`]. May be dropped.
    async fn hang(&self, place: usize, since: Timestamp, delivery_id: Option<DeliveryId>) -> Reply {
        let (release, released) = oneshot::channel();
        self.shared().hanging.insert(place, Hanging { since, delivery_id, release });
        let _forget = Forget { sender: self, place };
        released.await.unwrap_or(Reply::Timeout)
    }

    fn shared(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes a request off the hanging ones, however its wait ends.
struct Forget<'a> {
    sender: &'a ScriptedSender,
    place: usize,
}

impl Drop for Forget<'_> {
    fn drop(&mut self) {
        self.sender.shared().hanging.remove(&self.place);
    }
}

/// A sender whose receivers accept everything, on a clock of its own.
impl Default for ScriptedSender {
    fn default() -> Self {
        Self::accepting(VirtualClock::default())
    }
}

impl fmt::Debug for ScriptedSender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ScriptedSender({} requests)", self.shared().requests.len())
    }
}

#[async_trait]
impl WebhookSender for ScriptedSender {
    async fn send(&self, request: AttemptRequest) -> AttemptReport {
        let started_at = self.clock.now();
        let delivery_id = request
            .headers
            .iter()
            .find(|(name, _)| *name == "x-slotflow-delivery")
            .and_then(|(_, value)| value.parse().ok());
        let (place, mut reply) = self.record(request);
        loop {
            match reply {
                Reply::After(time, then) => {
                    self.clock.advance_to(started_at + time);
                    reply = match *then {
                        Reply::After(more, then) => Reply::After(time + more, then),
                        then => then,
                    };
                }
                Reply::Hang => reply = self.hang(place, started_at, delivery_id).await,
                reply => {
                    self.shared().answered += 1;
                    return reply.report(self.clock.now().since(started_at));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt as _;
    use slotflow_domain::delivery::AttemptOutcome;
    use slotflow_domain::event::Payload;
    use std::time::Duration;

    fn request(url: &str) -> AttemptRequest {
        let url = WebhookUrl::from_stored(url).unwrap();
        AttemptRequest { url, headers: vec![], body: Payload::from_stored(*b"{}") }
    }

    fn outcome(sender: &ScriptedSender, url: &str) -> AttemptOutcome {
        sender.send(request(url)).now_or_never().expect("an answer at once").outcome
    }

    #[test]
    fn the_last_reply_of_a_script_repeats() {
        let sender = ScriptedSender::default();
        sender.reply([Reply::Timeout, Reply::Dns]);
        let outcomes = [(); 3].map(|()| outcome(&sender, "https://a.io/"));
        assert_eq!(outcomes, [AttemptOutcome::Timeout, AttemptOutcome::Dns, AttemptOutcome::Dns]);
    }

    #[test]
    fn each_url_works_through_its_own_script() {
        let sender = ScriptedSender::default();
        sender.fail_times(1);
        sender.reply_to("HTTPS://B.io", [Reply::Tls]);
        assert_eq!(outcome(&sender, "https://a.io/"), AttemptOutcome::HttpStatus);
        assert_eq!(outcome(&sender, "https://c.io/"), AttemptOutcome::HttpStatus);
        assert_eq!(outcome(&sender, "https://a.io/"), AttemptOutcome::Success);
        assert_eq!(outcome(&sender, "https://b.io/"), AttemptOutcome::Tls);
        sender.fail_times(1);
        assert_eq!(outcome(&sender, "https://a.io/"), AttemptOutcome::HttpStatus);
        assert_eq!(outcome(&sender, "https://b.io/"), AttemptOutcome::Tls);
    }

    #[test]
    fn a_reply_that_takes_time_moves_the_clock() {
        let clock = VirtualClock::default();
        let (start, sender) = (clock.now(), ScriptedSender::accepting(clock.clone()));
        sender.reply([Reply::Timeout.taking(Duration::from_secs(10))]);
        let report = sender.send(request("https://a.io/")).now_or_never().unwrap();
        assert_eq!(report.duration, Duration::from_secs(10));
        assert_eq!(clock.now(), start + Duration::from_secs(10));
        assert_eq!(sender.requests()[0].at, start);
    }

    #[test]
    fn a_hanging_request_waits_until_it_is_released() {
        let sender = ScriptedSender::default();
        sender.reply([Reply::Hang, Reply::OK]);
        let mut hanging = sender.send(request("https://a.io/"));
        assert!(hanging.as_mut().now_or_never().is_none());
        assert_eq!(sender.counts(), (1, 0));
        assert_eq!(sender.release_hanging(&Reply::ConnectRefused), 1);
        assert_eq!(hanging.now_or_never().unwrap().outcome, AttemptOutcome::Connect);
        assert_eq!(sender.release_hanging(&Reply::OK), 0);
    }

    #[test]
    fn a_dropped_request_hangs_no_more() {
        let sender = ScriptedSender::default();
        sender.reply([Reply::Hang]);
        let mut hanging = sender.send(request("https://a.io/"));
        assert!(hanging.as_mut().now_or_never().is_none());
        drop(hanging);
        assert_eq!(sender.release_hanging(&Reply::OK), 0);
    }
}

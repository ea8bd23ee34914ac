//! A receiver that answers as it is told and keeps every request, byte for byte.

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::time::sleep;
use tokio_util::sync::{CancellationToken, DropGuard};

/// How often a waiting test looks again.
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// A request that arrived whole.
#[derive(Debug, Clone)]
pub struct Arrival {
    /// When its last byte was read.
    pub at: Instant,
    /// `POST`, if all is well.
    pub method: Method,
    /// All its headers.
    pub headers: HeaderMap,
    /// The body's bytes, as they came.
    pub body: Bytes,
}

impl Arrival {
    /// A header's value; empty if there is none, or more than one.
    pub fn header(&self, name: &str) -> &str {
        let mut values = self.headers.get_all(name).iter();
        match (values.next(), values.next()) {
            (Some(value), None) => value.to_str().unwrap_or_default(),
            _ => "",
        }
    }
}

/// What a request is answered.
#[derive(Debug, Clone)]
pub struct Reply {
    status: StatusCode,
    location: Option<String>,
    body: &'static str,
    delay: Duration,
}

impl Reply {
    /// This status at once, without a body.
    ///
    /// # Panics
    /// When there is no such status.
    #[allow(clippy::expect_used, reason = "only tests call it, and a panic is how they fail")]
    pub fn status(status: u16) -> Reply {
        let status = StatusCode::from_u16(status).expect("a status");
        Reply { status, location: None, body: "", delay: Duration::ZERO }
    }

    /// The same with a body.
    pub fn saying(self, body: &'static str) -> Reply {
        Reply { body, ..self }
    }

    /// The same after a while.
    pub fn after(self, delay: Duration) -> Reply {
        Reply { delay, ..self }
    }

    /// The same, pointing elsewhere.
    pub fn to(self, location: String) -> Reply {
        Reply { location: Some(location), ..self }
    }
}

/// A receiver on a loopback port. A path that was told nothing answers 200. It ends with this value.
#[derive(Debug)]
pub struct Receiver {
    address: SocketAddr,
    paths: Arc<Mutex<HashMap<String, Place>>>,
    _stop: DropGuard,
}

/// What is known of a path.
#[derive(Default)]
struct Place {
    replies: Vec<Reply>,
    judge: Option<Judge>,
    arrivals: Vec<Arrival>,
}

type Judge = Box<dyn Fn(&Arrival) -> Reply + Send>;

impl Place {
    /// Keeps the request; the last reply stands for all that come after it.
    fn take(&mut self, arrival: Arrival) -> Reply {
        let nth = self.arrivals.len();
        let judged = self.judge.as_ref().map(|judge| judge(&arrival));
        self.arrivals.push(arrival);
        let told = judged.or_else(|| self.replies.get(nth).or(self.replies.last()).cloned());
        told.unwrap_or_else(|| Reply::status(200))
    }
}

impl std::fmt::Debug for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Place").field("arrivals", &self.arrivals).finish_non_exhaustive()
    }
}

impl Receiver {
    /// Starts on any free port.
    ///
    /// # Errors
    /// When the system has none.
    pub async fn start() -> anyhow::Result<Receiver> {
        Receiver::start_on(0).await
    }

    /// Starts on this port.
    ///
    /// # Errors
    /// When it is taken.
    pub async fn start_on(port: u16) -> anyhow::Result<Receiver> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let address = listener.local_addr()?;
        let paths = Arc::<Mutex<HashMap<String, Place>>>::default();
        let stop = CancellationToken::new();
        let serving = serve(listener, Arc::clone(&paths));
        tokio::spawn(stop.clone().run_until_cancelled_owned(serving));
        Ok(Receiver { address, paths, _stop: stop.drop_guard() })
    }

    /// The URL that leads to `path`, which begins with a slash.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Tells what is answered on `path`: one reply after the other, the last one from then on.
    pub fn answer(&self, path: &str, replies: impl IntoIterator<Item = Reply>) {
        self.place(path, |place| {
            place.replies = replies.into_iter().collect();
            place.judge = None;
        });
    }

    /// Tells by what rule each request on `path` is answered, from its headers and body.
    pub fn answer_by(&self, path: &str, judge: impl Fn(&Arrival) -> Reply + Send + 'static) {
        self.place(path, |place| place.judge = Some(Box::new(judge)));
    }

    /// What arrived on `path` so far, oldest first.
    pub fn arrivals(&self, path: &str) -> Vec<Arrival> {
        self.place(path, |place| place.arrivals.clone())
    }

    /// Waits until `count` requests have arrived on `path`, `patience` at most.
    ///
    /// # Errors
    /// When fewer arrive by then.
    pub async fn wait_for(
        &self,
        path: &str,
        count: usize,
        patience: Duration,
    ) -> anyhow::Result<Vec<Arrival>> {
        let deadline = Instant::now() + patience;
        loop {
            let arrivals = self.arrivals(path);
            if arrivals.len() >= count {
                return Ok(arrivals);
            }
            if Instant::now() > deadline {
                bail!("{} of {count} requests on {path} within {patience:?}", arrivals.len());
            }
            sleep(LOOK_AGAIN).await;
        }
    }

    fn place<T>(&self, path: &str, look: impl FnOnce(&mut Place) -> T) -> T {
        let mut paths = self.paths.lock().unwrap_or_else(PoisonError::into_inner);
        look(paths.entry(path.to_owned()).or_default())
    }
}

async fn serve(listener: TcpListener, paths: Arc<Mutex<HashMap<String, Place>>>) {
    while let Ok((stream, _)) = listener.accept().await {
        let paths = Arc::clone(&paths);
        let service = service_fn(move |request| receive(request, Arc::clone(&paths)));
        // A connection that its client breaks off is what some tests want.
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}

async fn receive(
    request: Request<Incoming>,
    paths: Arc<Mutex<HashMap<String, Place>>>,
) -> anyhow::Result<Response<Full<Bytes>>> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.context("a request that broke off")?.to_bytes();
    let arrival = Arrival { at: Instant::now(), method: head.method, headers: head.headers, body };
    let reply = {
        let mut paths = paths.lock().unwrap_or_else(PoisonError::into_inner);
        paths.entry(head.uri.path().to_owned()).or_default().take(arrival)
    };
    sleep(reply.delay).await;
    let mut answer = Response::new(Full::from(reply.body));
    *answer.status_mut() = reply.status;
    if let Some(location) = reply.location {
        answer.headers_mut().insert(http::header::LOCATION, location.parse()?);
    }
    Ok(answer)
}

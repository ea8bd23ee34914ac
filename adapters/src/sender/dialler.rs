//! The only door to the network: from a URL to a connection, past the address rule.

use super::connection::Connection;
use super::egress_proxy::EgressProxy;
use super::failure::AttemptFailure;
use super::race::{self, Dialled};
use super::stopwatch::{Phase, Stopwatch};
use super::watched::Watched;
use super::wire::Meter;
use super::{distrust, tls, tunnel};
use slotflow_application::ports::HostResolver;
use slotflow_domain::webhook::{Host, UrlRules, WebhookUrl, public_address};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use tokio_rustls::TlsConnector;

/// Opens connections to receivers. Knows no proxy from the environment: it would connect somewhere that nobody
/// judged. One that the operator names is told the judged address.
pub(super) struct Dialler {
    pub(super) resolver: Arc<dyn HostResolver>,
    pub(super) rules: UrlRules,
    pub(super) tls: TlsConnector,
    /// The only way out, if there is one.
    pub(super) proxy: Option<EgressProxy>,
}

impl Dialler {
    /// A new connection to the host of `url`, secured if it says `https`. Not bounded in time.
    ///
    /// Each address of the host is judged, and one bad one among them is enough to refuse all. What is
    /// dialled are those very addresses, never the name again, so that a name server that changes its mind
    /// gains nothing.
    pub(super) async fn connect(
        &self,
        url: &WebhookUrl,
        watch: &mut Stopwatch,
    ) -> Result<Connection, AttemptFailure> {
        let addresses = match url.host() {
            Host::Ip(address) => vec![address],
            Host::Name(name) => {
                watch.begin(Phase::Dns);
                self.resolver.resolve(name).await.map_err(AttemptFailure::Dns)?
            }
        };
        for address in &addresses {
            self.judge(*address)?;
        }
        let at_port = |address| SocketAddr::new(address, url.port());
        let targets = addresses.into_iter().map(at_port).collect();
        let Dialled { stream, probe, peer } = match &self.proxy {
            None => {
                watch.begin(Phase::Connect);
                race::connect(targets, race::dial).await?
            }
            Some(proxy) => {
                watch.begin(Phase::Tunnel);
                race::connect(targets, |target| tunnel::dig(proxy, target, &*self.resolver)).await?
            }
        };
        // Whatever the system made of the address: this is the one that is sent to.
        self.judge(peer.ip())?;
        watch.connected_to(peer);
        let meter = Meter::default();
        if !url.is_https() {
            watch.end();
            // What is read of the answer is all that there is.
            return Connection::open(stream, meter, probe, peer).await;
        }
        let stream = Watched::new(stream, meter.observer());
        watch.begin(Phase::Tls);
        let name = tls::expected_name(url)?;
        let secured = self.tls.connect(name, stream).await.map_err(|error| distrust::failure(&error))?;
        watch.end();
        Connection::open(secured, meter, probe, peer).await
    }

    fn judge(&self, address: IpAddr) -> Result<(), AttemptFailure> {
        public_address::judge(address, &self.rules).map_err(|_| AttemptFailure::Blocked)
    }
}

//! Which of several addresses to connect to.

use super::failure::AttemptFailure;
use super::probe::Probe;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use slotflow_application::ports::ResolveError;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpStream;

/// How long an address is tried alone before the next one is tried beside it (RFC 8305, section 5).
const HEAD_START: Duration = Duration::from_millis(250);

/// The most addresses that one attempt connects to, so that no name makes us knock on hundreds of doors.
const MOST_ADDRESSES: usize = 6;

/// A connection, and whom it leads to by what the system says.
pub(super) struct Dialled {
    pub(super) stream: TcpStream,
    pub(super) probe: Probe,
    pub(super) peer: SocketAddr,
}

/// Connects with `dial` to whichever of `addresses` answers first, giving earlier ones a head start, and lets go
/// of the others. Not bounded in time.
///
/// # Errors
/// Why the first one to fail did, if all do.
pub(super) async fn connect<F>(
    addresses: Vec<SocketAddr>,
    dial: impl Fn(SocketAddr) -> F,
) -> Result<Dialled, AttemptFailure>
where
    F: Future<Output = Result<Dialled, AttemptFailure>>,
{
    let mut waiting = families_in_turn(addresses).into_iter().take(MOST_ADDRESSES);
    let mut dialling = FuturesUnordered::new();
    let mut first_failure = None;
    loop {
        let all_dialled = match waiting.next() {
            Some(address) => {
                dialling.push(dial(address));
                false
            }
            None => true,
        };
        let ended = tokio::select! {
            ended = dialling.next() => ended,
            () = tokio::time::sleep(HEAD_START), if !all_dialled => continue,
        };
        match ended {
            Some(Ok(dialled)) => return Ok(dialled),
            Some(Err(failure)) => {
                first_failure.get_or_insert(failure);
            }
            // There were no addresses, or none is left.
            None => return Err(first_failure.unwrap_or(AttemptFailure::Dns(ResolveError::NoAddress))),
        }
    }
}

/// Connects to `address` itself.
pub(super) async fn dial(address: SocketAddr) -> Result<Dialled, AttemptFailure> {
    let failed = |error| AttemptFailure::Connect { address, error };
    let stream = TcpStream::connect(address).await.map_err(failed)?;
    stream.set_nodelay(true).map_err(failed)?;
    let peer = stream.peer_addr().map_err(failed)?;
    let (stream, probe) = Probe::of(stream).map_err(failed)?;
    Ok(Dialled { stream, probe, peer })
}

/// The same addresses, IPv4 and IPv6 by turns, so that one family that leads nowhere does not hold up the
/// other.
fn families_in_turn(addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let (v4, v6): (Vec<_>, Vec<_>) = addresses.into_iter().partition(SocketAddr::is_ipv4);
    let mut turns: Vec<_> = v4.into_iter().enumerate().chain(v6.into_iter().enumerate()).collect();
    turns.sort_by_key(|(place, _)| *place);
    turns.into_iter().map(|(_, address)| address).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::TcpListener;

    #[test]
    fn families_take_turns() {
        let parse = |text: &str| -> Vec<SocketAddr> {
            text.split(' ').map(|address| address.parse().unwrap()).collect()
        };
        assert_eq!(
            families_in_turn(parse("[::1]:1 [::2]:1 [::3]:1 1.1.1.1:1 2.2.2.2:1")),
            parse("1.1.1.1:1 [::1]:1 2.2.2.2:1 [::2]:1 [::3]:1")
        );
    }

    #[tokio::test]
    async fn an_address_that_refuses_is_passed_over() {
        let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        let open = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let open = (open.local_addr().unwrap(), open);
        let dialled = connect(vec![closed, open.0], dial).await.unwrap();
        assert_eq!(dialled.peer, open.0);
        assert!(dialled.stream.nodelay().unwrap());
    }

    #[tokio::test]
    async fn without_any_address_there_is_no_connection() {
        assert!(connect(Vec::new(), dial).await.is_err());
    }
}

//! A way through the proxy to one address (HTTP `CONNECT`, RFC 9110, section 9.3.6).

use super::egress_proxy::{EgressProxy, ProxyHost};
use super::failure::{AttemptFailure, ProxyFault};
use super::race::{self, Dialled};
use super::status_line::status_of;
use slotflow_application::ports::HostResolver;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// How much of the proxy's answer is read.
const MOST_HEAD_BYTES: usize = 8_192;

/// Asks `proxy` for a tunnel to `target`, which has been judged. Not bounded in time.
///
/// The proxy's own name is looked up with `resolver`, as everything is; its addresses are not judged.
pub(super) async fn dig(
    proxy: &EgressProxy,
    target: SocketAddr,
    resolver: &dyn HostResolver,
) -> Result<Dialled, AttemptFailure> {
    let failed = |fault| AttemptFailure::Proxy { target, fault };
    let addresses = match proxy.host() {
        ProxyHost::Ip(address) => vec![address],
        ProxyHost::Name(name) => resolver.resolve(name).await.map_err(|_| failed(ProxyFault::Unreachable))?,
    };
    let at_port = addresses.into_iter().map(|address| SocketAddr::new(address, proxy.port()));
    // Its address is told to nobody: webhooks' owners have no business with it.
    let mut dialled =
        race::connect(at_port.collect(), race::dial).await.map_err(|_| failed(ProxyFault::Unreachable))?;
    ask(&mut dialled.stream, &proxy.request_for(target)).await.map_err(failed)?;
    Ok(Dialled { peer: target, ..dialled })
}

async fn ask(stream: &mut TcpStream, request: &str) -> Result<(), ProxyFault> {
    stream.write_all(request.as_bytes()).await.map_err(|_| ProxyFault::Closed)?;
    let mut answer = Vec::with_capacity(512);
    loop {
        if stream.read_buf(&mut answer).await.map_err(|_| ProxyFault::Closed)? == 0 {
            return Err(ProxyFault::Closed);
        }
        if let Some(verdict) = verdict(&answer) {
            return verdict;
        }
    }
}

/// What an answer means, as soon as enough of it has come in. A refusal is one by its first line.
fn verdict(answer: &[u8]) -> Option<Result<(), ProxyFault>> {
    let line = answer.split(|byte| *byte == b'\n').next().filter(|line| line.len() < answer.len());
    let accepted = match line.map(status_of) {
        Some(Some(200..=299)) => true,
        Some(Some(status)) => return Some(Err(ProxyFault::Refused(status))),
        Some(None) => return Some(Err(ProxyFault::NotHttp)),
        None => false,
    };
    let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n").map(|start| start + 4);
    match end {
        Some(end) if accepted && end == answer.len() => Some(Ok(())),
        // Receivers of HTTP and TLS wait to be spoken to: this is the proxy's, and no part of any answer.
        Some(_) => Some(Err(ProxyFault::NotHttp)),
        None if answer.len() >= MOST_HEAD_BYTES => Some(Err(ProxyFault::TooLong)),
        None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tunnel_is_there_after_a_whole_head_with_a_2xx() {
        for head in ["HTTP/1.1 200 Connection established\r\n\r\n", "HTTP/1.0 204\r\nVia: x\r\nX: \r\n\r\n"] {
            for length in 0..head.len() {
                assert_eq!(verdict(&head.as_bytes()[..length]), None, "{length} of {head:?}");
            }
            assert_eq!(verdict(head.as_bytes()), Some(Ok(())), "{head:?}");
            let more = format!("{head}x");
            assert_eq!(verdict(more.as_bytes()), Some(Err(ProxyFault::NotHttp)), "{more:?}");
        }
    }

    #[test]
    fn anything_else_is_a_fault_as_soon_as_it_is_known() {
        for (answer, fault) in [
            ("HTTP/1.1 403 Forbidden\r\n", ProxyFault::Refused(403)),
            ("HTTP/1.1 407 Proxy Authentication Required\r\nX: ", ProxyFault::Refused(407)),
            ("HTTP/1.1 302 Found\n", ProxyFault::Refused(302)),
            ("HTTP/1.1 100 Continue\r\n\r\n", ProxyFault::Refused(100)),
            ("SSH-2.0-x\r\n", ProxyFault::NotHttp),
            ("HTTP/2 200\r\n\r\n", ProxyFault::NotHttp),
            ("\r\n", ProxyFault::NotHttp),
            ("200 OK\r\n\r\n", ProxyFault::NotHttp),
        ] {
            assert_eq!(verdict(answer.as_bytes()), Some(Err(fault)), "{answer:?}");
        }
    }

    #[test]
    fn a_head_is_read_to_its_bound() {
        for start in ["HTTP/1.1 200 OK\r\nX: ", "HTTP/1.1 200 "] {
            let answer = start.to_owned() + &"x".repeat(MOST_HEAD_BYTES);
            assert_eq!(verdict(&answer.as_bytes()[..MOST_HEAD_BYTES - 1]), None);
            assert_eq!(verdict(answer.as_bytes()), Some(Err(ProxyFault::TooLong)));
        }
    }
}

//! A name server that says what a test wants to hear, over UDP and TCP.

use crate::sender::SystemResolver;
use hickory_resolver::config::{NameServerConfig, ResolverConfig, ResolverOpts};
use hickory_resolver::proto::op::{Message, ResponseCode};
use hickory_resolver::proto::rr::{Name, RecordType};
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};

/// What is said of a question.
pub(super) enum Said {
    /// Nothing, not even that.
    Silence,
    /// That there are these records; none, if the name has none of the wanted family.
    Records(Vec<Record>),
    /// This instead.
    Refusal(ResponseCode),
}

/// Written here and not by a library, which would not write thousands.
pub(super) struct Record {
    name: String,
    family: RecordType,
    data: Vec<u8>,
}

/// `name` is at `address`.
pub(super) fn at(name: &str, address: IpAddr) -> Record {
    let (family, data) = match address {
        IpAddr::V4(address) => (RecordType::A, address.octets().to_vec()),
        IpAddr::V6(address) => (RecordType::AAAA, address.octets().to_vec()),
    };
    Record { name: name.to_owned(), family, data }
}

/// `name` is another name of `target`.
pub(super) fn alias(name: &str, target: &str) -> Record {
    Record { name: name.to_owned(), family: RecordType::CNAME, data: labels(target) }
}

impl Record {
    /// As it stands in an answer to a question for `asked`.
    fn write(&self, asked: &str, answer: &mut Vec<u8>) {
        // The name in the question, by where it stands.
        let name = if self.name == asked { vec![0xc0, 12] } else { labels(&self.name) };
        let length = u16::try_from(self.data.len()).unwrap();
        answer.extend(name);
        answer.extend(u16::from(self.family).to_be_bytes());
        // The internet's, for a minute.
        answer.extend([0, 1, 0, 0, 0, 60]);
        answer.extend(length.to_be_bytes());
        answer.extend(&self.data);
    }
}

/// A name that ends in a dot, as it goes onto the wire.
fn labels(name: &str) -> Vec<u8> {
    let written = |label: &str| [&[u8::try_from(label.len()).unwrap()], label.as_bytes()].concat();
    name.split('.').flat_map(written).collect()
}

type Zone = dyn Fn(&str, RecordType) -> Said + Send + Sync;

/// Answers until the test's runtime ends.
pub(super) struct NameServer {
    /// A resolver that asks it and nobody else.
    pub(super) resolver: Arc<SystemResolver>,
    desk: Desk,
}

#[derive(Clone)]
struct Desk {
    zone: Arc<Zone>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl NameServer {
    /// Says what `zone` does of each name, which ends in a dot, and record type.
    pub(super) async fn new(zone: impl Fn(&str, RecordType) -> Said + Send + Sync + 'static) -> Self {
        let (udp, tcp) = sockets().await;
        let address = udp.local_addr().unwrap();
        let desk = Desk { zone: Arc::new(zone), asked: Arc::default() };
        tokio::spawn(over_udp(udp, desk.clone()));
        tokio::spawn(over_tcp(tcp, desk.clone()));
        let mut server = NameServerConfig::udp_and_tcp(address.ip());
        for connection in &mut server.connections {
            connection.port = address.port();
        }
        let search = vec![Name::from_ascii("cluster.example.").unwrap()];
        let config = ResolverConfig::from_parts(None, search, vec![server]);
        let mut options = ResolverOpts::default();
        // Every shorter name would be tried with the search list first.
        options.ndots = 5;
        Self { resolver: Arc::new(SystemResolver::with(config, options).unwrap()), desk }
    }

    /// What it was asked and answered so far, such as `receiver.example.com. AAAA`, in order of the alphabet.
    pub(super) fn asked(&self) -> Vec<String> {
        let mut asked = self.desk.asked.lock().unwrap().clone();
        asked.sort();
        asked
    }
}

impl Desk {
    /// The answer to a query, if there is one; with a mark instead where it does not fit into `longest` bytes.
    fn answer(&self, query: &[u8], longest: Option<usize>) -> Option<Vec<u8>> {
        let query = Message::from_vec(query).unwrap();
        let question = query.queries[0].clone();
        let (name, family) = (question.name().to_ascii().to_lowercase(), question.query_type());
        let mut head = Message::response(query.id, query.op_code);
        head.add_query(question);
        let mut records = Vec::new();
        match (self.zone)(&name, family) {
            Said::Silence => return None,
            Said::Records(told) => records = told,
            Said::Refusal(code) => head.metadata.response_code = code,
        }
        let mut answer = head.to_vec().unwrap();
        answer[6..8].copy_from_slice(&u16::try_from(records.len()).unwrap().to_be_bytes());
        for record in records {
            record.write(&name, &mut answer);
        }
        if longest.is_some_and(|longest| answer.len() > longest) {
            return Some(head.truncate().to_vec().unwrap());
        }
        self.asked.lock().unwrap().push(format!("{name} {family}"));
        Some(answer)
    }
}

/// Of both kinds, at one port.
async fn sockets() -> (UdpSocket, TcpListener) {
    loop {
        let udp = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        if let Ok(tcp) = TcpListener::bind(udp.local_addr().unwrap()).await {
            return (udp, tcp);
        }
    }
}

async fn over_udp(socket: UdpSocket, desk: Desk) {
    let mut query = [0; 1_024];
    loop {
        let (length, from) = socket.recv_from(&mut query).await.unwrap();
        if let Some(answer) = desk.answer(&query[..length], Some(1_232)) {
            socket.send_to(&answer, from).await.unwrap();
        }
    }
}

async fn over_tcp(listener: TcpListener, desk: Desk) {
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let desk = desk.clone();
        tokio::spawn(async move {
            // Nobody minds how the connection ends.
            let _ = converse(stream, &desk).await;
        });
    }
}

async fn converse(mut stream: TcpStream, desk: &Desk) -> std::io::Result<()> {
    loop {
        let mut query = vec![0; stream.read_u16().await?.into()];
        stream.read_exact(&mut query).await?;
        if let Some(answer) = desk.answer(&query, None) {
            stream.write_u16(answer.len().try_into().unwrap()).await?;
            stream.write_all(&answer).await?;
        }
    }
}

//! The outbound HTTP client: one POST at a time, to judged addresses only.
//!
//! Connections are opened, kept and closed here, rather than by a general client, so that every one of
//! them passes the same door, nothing is dialled that nobody waits for, and each failure is
//! known by its type.
//!
//! | item | is |
//! |---|---|
//! | [`HttpSender`] | the adapter: one attempt from the first look-up to the last byte, under one deadline |
//! | [`SenderSettings`] | what can be chosen: timeout, URL rules, certificate authorities, proxy |
//! | [`UnusableSettings`] | why no sender can be made of some |
//! | [`EgressProxy`], [`NotAProxy`] | the proxy that requests leave through, and what names none |
//! | [`SystemResolver`], [`NoResolver`] | names to addresses, by the system's settings, and why there is none |

// The door that all connections pass is `dialler`.
//
// | module | what |
// |---|---|
// | `http_sender` | the adapter: one attempt from the first look-up to the last byte, under one deadline |
// | `settings` | what can be chosen |
// | `post` | the request as it goes onto the wire |
// | `dialler` | name → judged addresses → connection; the only place that connects |
// | `egress_proxy`, `tunnel` | the proxy that requests leave through, and the way through it to one address |
// | `race` | which of several addresses to connect to |
// | `tls` | whom to trust |
// | `distrust` | what to say of whom we do not |
// | `connection` | one HTTP/1.1 connection |
// | `idle_connections` | connections that wait for the next request to the same place |
// | `probe` | whether an idle connection was closed |
// | `stopwatch` | what an attempt spends its time on |
// | `watched` | a stream that is looked at while it is read: by the next two |
// | `status_line` | the status of an answer whose rest never came |
// | `wire` | how much is read from the network, with all that TLS passes over |
// | `answer` | reading what came back, within bounds |
// | `failure` | why there was no answer, as an outcome and in words |
// | `dns` | names to addresses, by the system's settings |

mod answer;
mod connection;
mod dialler;
mod distrust;
mod dns;
mod egress_proxy;
mod failure;
mod http_sender;
mod idle_connections;
mod post;
mod probe;
mod race;
mod settings;
mod status_line;
mod stopwatch;
#[cfg(test)]
mod tests;
mod tls;
mod tunnel;
mod watched;
mod wire;

pub use dns::{NoResolver, SystemResolver};
pub use egress_proxy::{EgressProxy, NotAProxy};
pub use http_sender::HttpSender;
pub use settings::{SenderSettings, UnusableSettings};

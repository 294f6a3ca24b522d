//! The lake on a loopback socket, for any AWS client of this machine.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use s3s::Body;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::super::LocalLake;

/// How long a client may take over a request's headers.
const HEADERS: Duration = Duration::from_secs(30);
/// How long answers under way may take once we are asked to stop.
const FAREWELL: Duration = Duration::from_secs(5);

/// Why the lake does not listen where it was asked to.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    #[error("{0} is not a loopback address: the local lake serves this machine only")]
    NotLoopback(SocketAddr),
    #[error("{0:?} is not an address like 127.0.0.1:4566")]
    NoAddress(String),
    #[error("{at}: {why}")]
    Bind { at: SocketAddr, why: io::Error },
}

/// Listens on a loopback address; port 0 takes any that is free.
///
/// # Errors
/// Where any address the name stands for is not loopback, and where it is taken.
pub async fn listen(address: &str) -> Result<TcpListener, ListenError> {
    let none = || ListenError::NoAddress(address.to_owned());
    let found: Vec<SocketAddr> =
        tokio::net::lookup_host(address).await.map_err(|_| none())?.collect();
    if let Some(open) = found.iter().find(|found| !found.ip().is_loopback()) {
        return Err(ListenError::NotLoopback(*open));
    }
    // IPv4 first: `localhost` is both, and most clients try that.
    let at = found.iter().find(|found| found.is_ipv4()).or(found.first()).copied();
    let at = at.ok_or_else(none)?;
    TcpListener::bind(at).await.map_err(|why| ListenError::Bind { at, why })
}

/// Serves until `stop` is cancelled, then lets the answers under way go out.
pub async fn serve(lake: Arc<LocalLake>, listener: TcpListener, stop: CancellationToken) {
    let connections = TaskTracker::new();
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, _)) => {
                connections.spawn(converse(lake.clone(), stream, stop.clone()));
            }
            Err(error) => {
                // Too many open files, most likely: give connections time to close.
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
    drop(listener);
    connections.close();
    let _ = tokio::time::timeout(FAREWELL, connections.wait()).await;
}

async fn converse(lake: Arc<LocalLake>, stream: TcpStream, stop: CancellationToken) {
    // Answers are often small; waiting for more to send would only delay them.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request: Request<Incoming>| {
        let lake = lake.clone();
        async move { Ok::<_, std::convert::Infallible>(lake.call(request.map(Body::from)).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADERS)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection to the local lake ended early");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_this_machine_is_served() {
        for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:4566"] {
            let refused = listen(address).await;
            assert!(matches!(refused, Err(ListenError::NotLoopback(_))), "{address}");
        }
        assert!(matches!(listen("nonsense").await, Err(ListenError::NoAddress(_))));
        assert!(listen("127.0.0.1:0").await.unwrap().local_addr().unwrap().port() > 0);
    }
}

//! A connection with TLS, over the interface of rustls that leaves the buffers to its caller:
//! the usual one reads 4 KiB at a time, and a server that does so is what would be measured.

use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;

use rustls::CipherSuite::TLS13_AES_128_GCM_SHA256;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::UnbufferedServerConnection;
use rustls::unbuffered::{
    ConnectionState, EncodeError, EncryptError, UnbufferedStatus, WriteTraffic,
};

use super::line::READ;

/// Less is not asked of the kernel at once.
const ROOM: usize = READ / 4;

/// A certificate chain and its key, PEM. The server's order of ciphers decides, and begins with
/// AES-128-GCM, as it does at S3: clients that would choose otherwise are not told apart by it.
pub fn config(cert: &str, key: &str) -> Result<Arc<ServerConfig>, String> {
    let certs: Vec<_> = CertificateDer::pem_file_iter(cert)
        .and_then(Iterator::collect)
        .map_err(|error| format!("read {cert}: {error}"))?;
    let key = PrivateKeyDer::from_pem_file(key).map_err(|error| format!("read {key}: {error}"))?;
    let mut provider = rustls::crypto::aws_lc_rs::default_provider();
    provider.cipher_suites.sort_by_key(|suite| suite.suite() != TLS13_AES_128_GCM_SHA256);
    let mut config = ServerConfig::builder_with_provider(Arc::new(provider))
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(certs, key))
        .map_err(|error| error.to_string())?;
    config.ignore_client_order = true;
    Ok(Arc::new(config))
}

/// As `line::talk`, over TLS.
pub fn talk(
    mut stream: TcpStream,
    config: Arc<ServerConfig>,
    mut heard: impl FnMut(&[u8], &mut Vec<u8>) -> io::Result<()>,
) -> io::Result<()> {
    let mut conn = UnbufferedServerConnection::new(config).map_err(io::Error::other)?;
    let mut incoming = vec![0; READ];
    let (mut from, mut to) = (0, 0);
    let mut reply = Vec::new();
    let mut outgoing = Vec::new();
    loop {
        let mut starved = false;
        let UnbufferedStatus { mut discard, state, .. } =
            conn.process_tls_records(&mut incoming[from..to]);
        match state.map_err(io::Error::other)? {
            ConnectionState::ReadTraffic(mut traffic) => {
                while let Some(record) = traffic.next_record() {
                    let record = record.map_err(io::Error::other)?;
                    discard += record.discard;
                    heard(record.payload, &mut reply)?;
                }
            }
            ConnectionState::EncodeTlsData(mut data) => {
                let at = outgoing.len();
                outgoing.resize(at + (16 << 10), 0);
                match data.encode(&mut outgoing[at..]) {
                    Ok(written) => outgoing.truncate(at + written),
                    Err(EncodeError::InsufficientSize(size)) => {
                        outgoing.resize(at + size.required_size, 0);
                        data.encode(&mut outgoing[at..]).map_err(io::Error::other)?;
                    }
                    Err(error) => return Err(io::Error::other(error)),
                }
            }
            ConnectionState::TransmitTlsData(data) => {
                stream.write_all(&outgoing)?;
                outgoing.clear();
                data.done();
            }
            ConnectionState::WriteTraffic(mut traffic) if !reply.is_empty() => {
                stream.write_all(&sealed(&mut traffic, &reply)?)?;
                reply.clear();
            }
            ConnectionState::WriteTraffic(_) | ConnectionState::BlockedHandshake => starved = true,
            _ => return Ok(()),
        }
        from += discard;
        if starved {
            // Moved seldom: it would be a tenth of this server's work.
            if from == to || incoming.len() - to < ROOM {
                incoming.copy_within(from..to, 0);
                (from, to) = (0, to - from);
            }
            let read = stream.read(&mut incoming[to..])?;
            if read == 0 {
                return Ok(());
            }
            to += read;
        }
    }
}

fn sealed<D>(traffic: &mut WriteTraffic<'_, D>, reply: &[u8]) -> io::Result<Vec<u8>> {
    let mut sealed = vec![0; reply.len() + 256];
    let written = match traffic.encrypt(reply, &mut sealed) {
        Err(EncryptError::InsufficientSize(size)) => {
            sealed.resize(size.required_size, 0);
            traffic.encrypt(reply, &mut sealed)
        }
        done => done,
    };
    sealed.truncate(written.map_err(io::Error::other)?);
    Ok(sealed)
}

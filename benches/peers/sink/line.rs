//! A connection without TLS.

use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;

/// What is asked of the kernel at once.
pub const READ: usize = 256 * 1024;

/// Hands what arrives to `heard`, and sends what it adds to the reply, until either end closes.
pub fn talk(
    mut stream: TcpStream,
    mut heard: impl FnMut(&[u8], &mut Vec<u8>) -> io::Result<()>,
) -> io::Result<()> {
    let mut data = vec![0; READ];
    let mut reply = Vec::new();
    loop {
        let read = stream.read(&mut data)?;
        if read == 0 {
            return Ok(());
        }
        heard(&data[..read], &mut reply)?;
        if !reply.is_empty() {
            stream.write_all(&reply)?;
            reply.clear();
        }
    }
}

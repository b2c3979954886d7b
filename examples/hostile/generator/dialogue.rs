//! A connection whose ends count as they should.

use std::io;
use std::net::SocketAddr;

use super::output::Output;
use super::packet::{SYN_OPTIONS, Tcp, flags};

/// One end.
#[derive(Clone, Copy, Debug)]
pub struct End {
    pub socket: SocketAddr,
    /// The number that it sends next.
    pub next: u32,
    pub id: u16,
}

/// A connection.
#[derive(Clone, Copy, Debug)]
pub struct Dialogue {
    pub client: End,
    pub server: End,
}

/// Steps of [`Dialogue::nth`].
pub const WHOLE: u64 = 11;

impl Dialogue {
    /// Numbers are fixed by `n`.
    pub fn new(client: SocketAddr, server: SocketAddr, n: u64) -> Dialogue {
        let end = |socket, next| End {
            socket,
            next,
            id: 1,
        };
        Dialogue {
            client: end(client, super::packet::mix32(n ^ 0xc11e_1700)),
            server: end(server, super::packet::mix32(n ^ 0x5e12_7e12)),
        }
    }

    /// The next segment of an end; its numbers are the expected ones.
    pub fn segment<'a>(&mut self, from_client: bool, bits: u8, data: &'a [u8]) -> Tcp<'a> {
        let Dialogue { client, server } = self;
        let (own, peer) = if from_client {
            (client, server)
        } else {
            (server, client)
        };
        let first = bits & flags::ACK == 0;
        let segment = Tcp::new(own.socket, peer.socket, bits)
            .numbers(own.next, if first { 0 } else { peer.next })
            .data(data)
            .id(own.id);
        own.id = own.id.wrapping_add(1).max(1);
        let len = u32::try_from(data.len()).unwrap_or(0);
        let counted = bits & (flags::SYN | flags::FIN) != 0;
        own.next = own.next.wrapping_add(len + u32::from(counted));
        if bits & flags::SYN != 0 {
            segment.options(SYN_OPTIONS)
        } else {
            segment
        }
    }

    /// Writes the handshake.
    pub fn open(&mut self, output: &mut Output<'_>) -> io::Result<()> {
        (0..3).try_for_each(|step| output.tcp(&self.nth(step)))
    }

    /// The nth segment of a whole connection: handshake, request, answer, teardown. They must
    /// be asked for in order.
    pub fn nth(&mut self, n: u64) -> Tcp<'static> {
        use flags::{ACK, FIN, PSH, SYN};
        let (from_client, bits, data): (bool, u8, &'static [u8]) = match n {
            0 => (true, SYN, &[]),
            1 => (false, SYN | ACK, &[]),
            3 => (true, PSH | ACK, b"GET / HTTP/1.0\r\n\r\n"),
            5 => (false, PSH | ACK, b"HTTP/1.0 200 OK\r\n\r\n"),
            4 => (false, ACK, &[]),
            7 => (false, FIN | ACK, &[]),
            9 => (true, FIN | ACK, &[]),
            10 => (false, ACK, &[]),
            _ => (true, ACK, &[]),
        };
        self.segment(from_client, bits, data)
    }
}

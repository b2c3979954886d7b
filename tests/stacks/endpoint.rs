//! One host: a smoltcp interface with one TCP socket, driven one datagram at a
//! time so that each change of state can be told from the others.

use std::cell::Cell;
use std::collections::VecDeque;

use smoltcp::iface::{Config, Interface, PollIngressSingleResult, PollResult};
use smoltcp::iface::{SocketHandle, SocketSet};
use smoltcp::phy::{Device, DeviceCapabilities, Medium, RxToken, TxToken};
use smoltcp::socket::tcp::{Socket, SocketBuffer, State};
use smoltcp::time::{Duration, Instant};
use smoltcp::wire::{HardwareAddress, IpAddress, IpCidr};

use crate::packet;
use crate::scenario::{Host, Scenario};
use crate::side::Side;

/// The interface's end of the cable.
struct Cable {
    mtu: usize,
    received: VecDeque<Vec<u8>>,
    sent: VecDeque<Vec<u8>>,
}

struct Received(Vec<u8>);

impl RxToken for Received {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, f: F) -> R {
        f(&self.0)
    }
}

struct Sending<'a>(&'a mut VecDeque<Vec<u8>>);

impl TxToken for Sending<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, len: usize, f: F) -> R {
        let mut datagram = vec![0; len];
        let result = f(&mut datagram);
        self.0.push_back(datagram);
        result
    }
}

impl Device for Cable {
    type RxToken<'a> = Received;
    type TxToken<'a> = Sending<'a>;

    fn receive(&mut self, _: Instant) -> Option<(Received, Sending<'_>)> {
        let datagram = self.received.pop_front()?;
        Some((Received(datagram), Sending(&mut self.sent)))
    }

    fn transmit(&mut self, _: Instant) -> Option<Sending<'_>> {
        Some(Sending(&mut self.sent))
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = Medium::Ip;
        capabilities.max_transmission_unit = self.mtu;
        capabilities
    }
}

// smoltcp asks a plain function for the time of its timestamps.
thread_local! {
    static CLOCKS: [Cell<u32>; 2] = const { [Cell::new(0), Cell::new(0)] };
}

fn clock_of_a() -> u32 {
    CLOCKS.with(|clocks| clocks[0].get())
}

fn clock_of_b() -> u32 {
    CLOCKS.with(|clocks| clocks[1].get())
}

/// The seed with which smoltcp takes `isn` as its first initial sequence
/// number: its generator (PCG, 64 bits of state) run backwards over the two
/// numbers that it draws until then.
fn seed_for(isn: u32, rest: u64) -> u64 {
    const MULTIPLIER: u64 = 0xbb2e_fcec_3c39_611d;
    const INCREMENT: u64 = 0x7590_ef39;
    // Newton's method: each step doubles the number of right bits.
    let mut inverse = MULTIPLIER;
    for _ in 0..6 {
        inverse = inverse.wrapping_mul(2_u64.wrapping_sub(MULTIPLIER.wrapping_mul(inverse)));
    }
    // The three highest bits say how far the state is shifted to give the
    // number: 22 bits where all of them are set.
    let state = 7 << 61 | (rest & 0x7f) << 54 | u64::from(isn) << 22 | (rest >> 8 & 0x3f_ffff);
    let back = |state: u64| state.wrapping_sub(INCREMENT).wrapping_mul(inverse);
    back(back(state))
}

/// A host.
pub struct Endpoint {
    pub side: Side,
    host: Host,
    address: IpAddress,
    cable: Cable,
    interface: Interface,
    sockets: SocketSet<'static>,
    handle: SocketHandle,
    next_id: u16,
}

impl Endpoint {
    pub fn new(side: Side, scenario: &Scenario, now: i64) -> Endpoint {
        let host = scenario.hosts.of(side).clone();
        let address = scenario.ip(side).into();
        let mut cable = Cable {
            mtu: host.mtu,
            received: VecDeque::new(),
            sent: VecDeque::new(),
        };
        let buffer = |octets: usize| SocketBuffer::new(vec![0; octets]);
        let mut socket = Socket::new(buffer(host.receive_buffer), buffer(host.send_buffer));
        let milliseconds = |ms: Option<u64>| ms.map(Duration::from_millis);
        socket.set_nagle_enabled(host.nagle);
        socket.set_ack_delay(milliseconds(host.ack_delay_ms));
        socket.set_keep_alive(milliseconds(host.keep_alive_ms));
        socket.set_timeout(milliseconds(host.timeout_ms));
        socket.set_congestion_control(host.congestion);
        socket.set_hop_limit(Some(host.ttl));
        let interface = plug_in(&mut cable, address, 0, now);
        let mut sockets = SocketSet::new(Vec::new());
        let handle = sockets.add(socket);
        Endpoint {
            side,
            next_id: host.first_ip_id,
            host,
            address,
            cable,
            interface,
            sockets,
            handle,
        }
    }

    pub fn address(&self) -> IpAddress {
        self.address
    }

    pub fn socket(&mut self) -> &mut Socket<'static> {
        self.sockets.get_mut(self.handle)
    }

    pub fn state(&self) -> State {
        self.sockets.get::<Socket<'_>>(self.handle).state()
    }

    /// Begins a round: a fresh interface that will take `isn`, and timestamps
    /// as the host has them (a peer without them had switched them off).
    fn begin(&mut self, isn: u32, rest: u64, now: i64) {
        self.set_clock(now);
        let seed = seed_for(isn, rest);
        self.interface = plug_in(&mut self.cable, self.address, seed, now);
        let generator: fn() -> u32 = match self.side {
            Side::A => clock_of_a,
            Side::B => clock_of_b,
        };
        let generator = self.host.timestamps.then_some(generator);
        self.socket().set_tsval_generator(generator);
    }

    pub fn listen(&mut self, port: u16, isn: u32, rest: u64, now: i64) {
        self.begin(isn, rest, now);
        self.socket().listen(port).unwrap();
    }

    pub fn connect(&mut self, ports: (u16, u16), peer: IpAddress, isn: u32, rest: u64, now: i64) {
        self.begin(isn, rest, now);
        let context = self.interface.context();
        let socket = self.sockets.get_mut::<Socket<'_>>(self.handle);
        socket.connect(context, (peer, ports.1), ports.0).unwrap();
    }

    /// One datagram arrives. What answers it at once can be [taken](Self::take).
    pub fn receive(&mut self, datagram: &[u8], now: i64) {
        self.set_clock(now);
        self.cable.received.push_back(datagram.to_vec());
        let result = self.interface.poll_ingress_single(
            Instant::from_micros(now),
            &mut self.cable,
            &mut self.sockets,
        );
        assert_ne!(result, PollIngressSingleResult::None, "nothing was read");
    }

    /// Lets the socket send one segment if it has one to send; false when it
    /// is done.
    pub fn send(&mut self, now: i64) -> bool {
        self.set_clock(now);
        let result = self.interface.poll_egress(
            Instant::from_micros(now),
            &mut self.cable,
            &mut self.sockets,
        );
        result == PollResult::SocketStateChanged && !self.cable.sent.is_empty()
    }

    /// The next datagram that was sent, as this host sends it.
    pub fn take(&mut self) -> Option<Vec<u8>> {
        let mut datagram = self.cable.sent.pop_front()?;
        packet::strip(&mut datagram, self.host.without);
        if self.host.first_ip_id != 0 {
            packet::identify(&mut datagram, self.next_id);
            self.next_id = self.next_id.wrapping_add(1).max(1);
        }
        Some(datagram)
    }

    /// When the socket has something to do next without being asked.
    pub fn wakes_at(&mut self, now: i64) -> Option<i64> {
        let at = self
            .interface
            .poll_at(Instant::from_micros(now), &self.sockets)?;
        Some(at.total_micros())
    }

    fn set_clock(&self, now: i64) {
        let ms = u32::try_from((now / 1000) & 0xffff_ffff).unwrap();
        let value = ms.wrapping_add(self.host.clock_offset);
        CLOCKS.with(|clocks| clocks[self.side as usize].set(value));
    }
}

fn plug_in(cable: &mut Cable, address: IpAddress, seed: u64, now: i64) -> Interface {
    let mut config = Config::new(HardwareAddress::Ip);
    config.random_seed = seed;
    let mut interface = Interface::new(config, cable, Instant::from_micros(now));
    let prefix = if matches!(address, IpAddress::Ipv4(_)) {
        24
    } else {
        64
    };
    interface.update_ip_addrs(|addresses| {
        addresses.push(IpCidr::new(address, prefix)).unwrap();
    });
    interface
}

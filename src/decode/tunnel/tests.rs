use super::*;
use crate::decode::Decoder;
use crate::decode::builder::{V4, V6, decoded_by, ipv4, ipv6, tcp4, tcp6};
use crate::limits::TUNNEL_DEPTH;

/// Raw IP.
const RAW: u16 = 101;

#[test]
fn ip_in_ip_is_looked_into() {
    let (v4, v6) = (
        ipv4(6, &[], &tcp4(&[], b"data")),
        ipv6(6, &tcp6(&[], b"data")),
    );
    for (outer, inner_is_v4) in [
        (ipv4(4, &[], &v4), true),
        (ipv4(41, &[], &v6), false),
        (ipv6(4, &v4), true),
        (ipv6(41, &v6), false),
    ] {
        let mut decoder = Decoder::default();
        let segment = decoded_by(&mut decoder, RAW, &outer).unwrap();
        assert_eq!(segment.source.ip.is_ipv4(), inner_is_v4);
        assert_eq!(segment.payload, b"data");
        let tunnel = segment.tunnel;
        let ends = if outer[0] >> 4 == 4 {
            (V4.0.into(), V4.1.into())
        } else {
            (V6.0.into(), V6.1.into())
        };
        let expected = Tunnel::between(TunnelKind::IpInIp, None, ends.0, ends.1);
        assert_eq!(decoder.tunnels().chain(tunnel), [expected]);
    }
}

#[test]
fn tunnels_end_somewhere() {
    let mut packet = ipv4(6, &[], &tcp4(&[], b""));
    for _ in 0..TUNNEL_DEPTH {
        packet = ipv4(4, &[], &packet);
    }
    let mut decoder = Decoder::default();
    let segment = decoded_by(&mut decoder, RAW, &packet).unwrap();
    let tunnel = segment.tunnel;
    assert_eq!(decoder.tunnels().chain(tunnel).len(), TUNNEL_DEPTH);
    let packet = ipv4(4, &[], &packet);
    assert_eq!(
        decoded_by(&mut decoder, RAW, &packet),
        Err(Undecoded::TunnelTooDeep)
    );
}

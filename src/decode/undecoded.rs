//! Why a frame gave no segment.

/// The reason for which a frame gave no segment.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(u8)]
pub enum Undecoded {
    /// Something other than IP: ARP, LLDP, spanning tree, ...
    NotIp,
    /// IP that carries something other than TCP: UDP, ICMP, ...
    NotTcp,
    /// A piece of a larger IP packet that may belong to TCP (RFC 791, 3.2;
    /// RFC 8200, 4.5), and could not be put together. The same of frames:
    /// 802.11, multilink PPP, interrupted Ethernet.
    IpFragment,
    /// A piece of a packet that was put together; what that holds is counted
    /// at the piece that came last.
    FragmentJoined,
    /// A link type that is not known here.
    LinkTypeUnsupported,
    /// A tunnel or a shim that may carry IP, but is not looked into.
    TunnelUnsupported,
    /// More tunnels around each other, or headers below IP, than are looked into.
    TunnelTooDeep,
    /// The link layer encrypts: MACsec (IEEE 802.1AE), a protected wireless frame.
    LinkEncrypted,
    /// The link layer says that the frame was damaged on its way: no station
    /// took it.
    FrameDamaged,
    /// The frame, or what was captured of it, ends before the link or IP
    /// header does.
    FrameTooShort,
    /// The IP header contradicts itself: version, header length, total length.
    IpMalformed,
    /// An IPv6 extension header that hides what follows it.
    Ipv6ExtensionUnsupported,
    /// Encapsulating Security Payload (RFC 4303): encrypted.
    Esp,
    /// TCP, but the snap length cut it before the control bits.
    TcpHeaderCut,
    /// TCP, but the IP length leaves fewer octets than a header has.
    TcpTooShort,
}

impl Undecoded {
    /// Number of reasons.
    pub const COUNT: usize = Self::ALL.len();

    /// All reasons; each stands at its own [`index`](Self::index).
    pub const ALL: [Undecoded; 15] = [
        Undecoded::NotIp,
        Undecoded::NotTcp,
        Undecoded::IpFragment,
        Undecoded::FragmentJoined,
        Undecoded::LinkTypeUnsupported,
        Undecoded::TunnelUnsupported,
        Undecoded::TunnelTooDeep,
        Undecoded::LinkEncrypted,
        Undecoded::FrameDamaged,
        Undecoded::FrameTooShort,
        Undecoded::IpMalformed,
        Undecoded::Ipv6ExtensionUnsupported,
        Undecoded::Esp,
        Undecoded::TcpHeaderCut,
        Undecoded::TcpTooShort,
    ];

    /// Place of the reason, in `0..COUNT`.
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }

    /// Name of the reason in reports; stable.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Undecoded::NotIp => "not-ip",
            Undecoded::NotTcp => "not-tcp",
            Undecoded::IpFragment => "ip-fragment",
            Undecoded::FragmentJoined => "fragment-joined",
            Undecoded::LinkTypeUnsupported => "link-type-unsupported",
            Undecoded::TunnelUnsupported => "tunnel-unsupported",
            Undecoded::TunnelTooDeep => "tunnel-too-deep",
            Undecoded::LinkEncrypted => "link-encrypted",
            Undecoded::FrameDamaged => "frame-damaged",
            Undecoded::FrameTooShort => "frame-too-short",
            Undecoded::IpMalformed => "ip-malformed",
            Undecoded::Ipv6ExtensionUnsupported => "ipv6-extension-unsupported",
            Undecoded::Esp => "esp",
            Undecoded::TcpHeaderCut => "tcp-header-cut",
            Undecoded::TcpTooShort => "tcp-too-short",
        }
    }
}

/// How often each reason came up.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct UndecodedCounts([u64; Undecoded::COUNT]);

impl UndecodedCounts {
    /// Counts one frame.
    #[inline]
    pub fn add(&mut self, reason: Undecoded) {
        self.add_all(reason, 1);
    }

    /// Counts several frames.
    #[inline]
    pub fn add_all(&mut self, reason: Undecoded, frames: u64) {
        if let Some(count) = self.0.get_mut(reason.index()) {
            *count = count.saturating_add(frames);
        }
    }

    /// Frames of this reason.
    #[must_use]
    pub fn get(&self, reason: Undecoded) -> u64 {
        self.0.get(reason.index()).copied().unwrap_or(0)
    }

    /// The reasons that came up, in a fixed order.
    pub fn iter(&self) -> impl Iterator<Item = (Undecoded, u64)> + '_ {
        let counts = self.0.iter().copied();
        Undecoded::ALL
            .into_iter()
            .zip(counts)
            .filter(|&(_, count)| count > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_has_its_place_and_its_own_name() {
        for (place, reason) in Undecoded::ALL.into_iter().enumerate() {
            assert_eq!(reason.index(), place);
            let namesakes = Undecoded::ALL
                .iter()
                .filter(|other| other.as_str() == reason.as_str());
            assert_eq!(namesakes.count(), 1, "{}", reason.as_str());
        }
    }

    #[test]
    fn each_reason_is_counted() {
        let mut counts = UndecodedCounts::default();
        counts.add(Undecoded::NotTcp);
        counts.add(Undecoded::IpFragment);
        counts.add(Undecoded::IpFragment);
        assert_eq!(counts.get(Undecoded::IpFragment), 2);
        let listed: Vec<_> = counts.iter().map(|(r, n)| (r.as_str(), n)).collect();
        assert_eq!(listed, [("not-tcp", 1), ("ip-fragment", 2)]);
    }
}

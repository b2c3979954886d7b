//! The way of packets from one end to the other: they do not overtake each other.

/// The way from one end.
#[derive(Clone, Copy, Default, Debug)]
pub struct Link {
    /// When the sender's line is free again.
    free: u64,
    /// When its latest packet passes the monitor.
    passes: u64,
    /// When its latest packet arrives.
    arrives: u64,
}

impl Link {
    /// When a packet passes the monitor that is sent now, occupies the line for `length` and
    /// then needs `delay`, all in nanoseconds.
    pub fn send(&mut self, now: u64, length: u64, delay: u64) -> u64 {
        self.free = self.free.max(now) + length;
        self.passes = self.passes.max(self.free + delay);
        self.passes
    }

    /// When a packet arrives that would do so at `at`.
    pub fn keep_order_at_end(&mut self, at: u64) -> u64 {
        self.arrives = self.arrives.max(at);
        self.arrives
    }
}

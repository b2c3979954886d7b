//! Frame to segment: link layer, IP, the TCP header and its options.

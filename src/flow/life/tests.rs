//! One segment after the other.

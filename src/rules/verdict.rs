//! What rules say, before it is weighed against their needs.

/// Collects the verdicts of one rule.
#[derive(Debug)]
pub struct Verdicts<'a> {
    _later: std::marker::PhantomData<&'a ()>,
}

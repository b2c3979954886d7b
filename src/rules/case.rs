//! What a rule is shown: one connection with all that was observed on it.

/// One incarnation, ready to be judged.
#[derive(Debug)]
pub struct Case<'a> {
    _later: std::marker::PhantomData<&'a ()>,
}

//! Which trace a value was recorded in.

/// A span of a trace, by the numbers that W3C Trace Context gives to both.
///
/// ```
/// use tachometer::TraceContext;
///
/// let context = TraceContext::new(0x4bf92f3577b34da6a3ce929d0e0e4736, 0x00f067aa0ba902b7);
/// assert_eq!(context.to_string(), "4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TraceContext {
    trace_id: u128,
    span_id: u64,
}

impl TraceContext {
    /// The span of this number in the trace of this number; big-endian, where they come as bytes.
    #[must_use]
    pub const fn new(trace_id: u128, span_id: u64) -> Self {
        Self { trace_id, span_id }
    }

    /// The trace.
    #[must_use]
    pub const fn trace_id(self) -> u128 {
        self.trace_id
    }

    /// The span in it.
    #[must_use]
    pub const fn span_id(self) -> u64 {
        self.span_id
    }
}

impl core::fmt::Display for TraceContext {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{:032x}-{:016x}", self.trace_id, self.span_id)
    }
}

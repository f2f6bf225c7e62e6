//! OpenTelemetry's current span, which is that of `tracing` too, where the program has `tracing-opentelemetry`'s layer: the
//! layer makes a span that is entered OpenTelemetry's current one.

use opentelemetry::{Context, trace::TraceContextExt};

use crate::families::trace::TraceContext;

/// What says in which trace a thread is, unless the program has something better.
pub(crate) const SOURCE: Option<fn() -> Option<TraceContext>> = Some(current);

/// The current span, if there is one that is exported.
///
/// Panics on a thread on which OpenTelemetry's own state has ended, and nothing tells beforehand whether it has. So it is
/// not asked any more once a thread on which it was asked before begins to end.
fn current() -> Option<TraceContext> {
    Context::map_current(|context| {
        if !context.has_active_span() {
            return None;
        }
        let span = context.span();
        let span = span.span_context();
        let bytes = (span.trace_id().to_bytes(), span.span_id().to_bytes());
        let is_seen = span.is_valid() && span.is_sampled();
        is_seen.then(|| TraceContext::new(u128::from_be_bytes(bytes.0), u64::from_be_bytes(bytes.1)))
    })
}

//! What the layers of servers and of clients have in common: one set of methods for both.

/// Writes the layer's traits and the methods that say what it measures.
macro_rules! layer {
    ($layer:ident, $route:literal, $metric:literal) => {
        impl<B> $layer<B> {
            /// Begins the names of all metrics with this, and a `_`: `prefix("shop")` makes
            #[doc = concat!("`shop_", $metric, "`.")]
            ///
            /// # Panics
            /// If no metric's name can begin so.
            #[track_caller]
            pub fn prefix(self, prefix: &str) -> Self {
                self.with(|settings| settings.set_prefix(prefix))
            }

            /// Takes these buckets for durations, in seconds, instead of OpenTelemetry's. All layers of one name need
            /// the same.
            ///
            /// # Panics
            /// If the bounds are not finite and increasing, or there are none or too many.
            #[track_caller]
            pub fn buckets(self, buckets: impl Into<$crate::metric::bounds::Buckets>) -> Self {
                self.with(|settings| settings.set_buckets(buckets.into()))
            }

            /// Leaves out requests whose path or route this pattern covers.
            ///
            /// Patterns are written like axum's routes: `{id}` covers any one segment, and `*` or `{*rest}` at the end
            /// whatever follows. The first pattern that covers the path decides, then the first that covers the route.
            ///
            /// # Panics
            /// If it is no pattern; the message says what to write instead.
            #[track_caller]
            pub fn ignore(self, pattern: &str) -> Self {
                self.with(|settings| settings.add_rule(pattern, None))
            }

            /// Counts requests whose path or route this pattern covers under one
            #[doc = concat!("`", $route, "`,")]
            /// see [`ignore`](Self::ignore) for patterns.
            ///
            /// # Panics
            /// If it is no pattern, or the name is empty.
            #[track_caller]
            pub fn group(self, pattern: &str, route: &str) -> Self {
                self.with(|settings| settings.add_rule(pattern, Some(route)))
            }

            /// Adds a label whose value follows from the head of the request.
            ///
            /// Values should be of a bounded number; the guard folds what is beyond its limit, see
            /// [`Policy`](crate::Policy).
            ///
            /// # Panics
            /// If the name breaks the naming rules, is reserved, or is one of the labels that there are.
            #[track_caller]
            pub fn request_label<V: $crate::LabelValue>(
                self,
                name: &str,
                value: impl Fn(&::hyper::http::request::Parts) -> V + Send + Sync + 'static,
            ) -> Self {
                self.with(|settings| settings.add_request_label(name, value))
            }

            /// Adds a label whose value follows from the head of the response; empty where there was none.
            ///
            /// # Panics
            /// As [`request_label`](Self::request_label).
            #[track_caller]
            pub fn response_label<V: $crate::LabelValue>(
                self,
                name: &str,
                value: impl Fn(&::hyper::http::response::Parts) -> V + Send + Sync + 'static,
            ) -> Self {
                self.with(|settings| settings.add_response_label(name, value))
            }

            /// Measures the sizes of bodies as well, by the bytes that pass: of requests those that are taken, of
            /// responses those that are handed on, compressed or not as they are where the layer stands.
            ///
            /// That is two more histograms, each with all labels of the durations. The inner service gets requests with
            /// a [`CountedBody`](crate::tower::CountedBody); one that takes a body of another type needs a conversion
            /// before it.
            pub fn body_sizes(self) -> $layer<$crate::tower::Counted> {
                let Self { plan, .. } = self.with(|settings| settings.sizes = true);
                $layer { plan, bodies: ::std::marker::PhantomData }
            }

            #[track_caller]
            fn with(self, change: impl FnOnce(&mut $crate::tower::settings::Settings)) -> Self {
                let mut settings = self.plan.settings.clone();
                change(&mut settings);
                Self { plan: $crate::tower::plan::Plan::new(settings), bodies: self.bodies }
            }
        }

        impl Default for $layer {
            #[track_caller]
            fn default() -> Self {
                Self::new()
            }
        }

        impl<B> Clone for $layer<B> {
            fn clone(&self) -> Self {
                Self { plan: ::std::sync::Arc::clone(&self.plan), bodies: self.bodies }
            }
        }

        impl<B> ::std::fmt::Debug for $layer<B> {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.debug_struct(stringify!($layer)).field("settings", &self.plan.settings).finish()
            }
        }

        impl<S, B> ::tower_layer::Layer<S> for $layer<B> {
            type Service = $crate::tower::MeasuredService<S, B>;

            fn layer(&self, service: S) -> Self::Service {
                $crate::tower::MeasuredService::new(service, &self.plan)
            }
        }
    };
}

pub(super) use layer;

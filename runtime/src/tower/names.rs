//! The names of metrics and labels, which are OpenTelemetry's in the form of Prometheus: one table for servers and
//! clients.

/// What a server's layer and a client's have different names for.
#[derive(Debug)]
pub(super) struct Side {
    pub(super) kind: Kind,
    pub(super) duration: Text,
    pub(super) active: Text,
    pub(super) request_size: Text,
    pub(super) response_size: Text,
    /// The labels of an exchange that has not ended.
    pub(super) active_labels: &'static [&'static str],
    /// The labels of an exchange that has ended, the program's own left out.
    labels: &'static [&'static str],
    /// The route of a request that no route was found for.
    pub(super) unmatched: &'static str,
    /// The lowest status that is an error of this side.
    pub(super) first_error: u16,
}

/// The two sides of an exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Server,
    Client,
}

/// A metric's name and HELP.
#[derive(Debug)]
pub(super) struct Text {
    pub(super) name: &'static str,
    pub(super) help: &'static str,
}

pub(super) static SERVER: Side = Side {
    kind: Kind::Server,
    duration: Text {
        name: "http_server_request_duration_seconds",
        help: "Time from a request to the end of its response.",
    },
    active: Text { name: "http_server_active_requests", help: "Requests whose response has not ended yet." },
    request_size: Text {
        name: "http_server_request_body_size_bytes",
        help: "Bytes of requests' bodies that were read.",
    },
    response_size: Text {
        name: "http_server_response_body_size_bytes",
        help: "Bytes of responses' bodies that went out.",
    },
    active_labels: &["http_request_method"],
    labels: &["http_request_method", "http_route", "http_response_status_code", "error_type", "rpc_grpc_status_code"],
    unmatched: "unmatched",
    first_error: 500,
};

pub(super) static CLIENT: Side = Side {
    kind: Kind::Client,
    duration: Text {
        name: "http_client_request_duration_seconds",
        help: "Time from sending a request to the end of its response.",
    },
    active: Text { name: "http_client_active_requests", help: "Requests sent whose response has not ended yet." },
    request_size: Text {
        name: "http_client_request_body_size_bytes",
        help: "Bytes of requests' bodies that were sent.",
    },
    response_size: Text {
        name: "http_client_response_body_size_bytes",
        help: "Bytes of responses' bodies that came in.",
    },
    active_labels: &["http_request_method", "server_address", "server_port"],
    labels: &[
        "http_request_method",
        "server_address",
        "server_port",
        "url_template",
        "http_response_status_code",
        "error_type",
        "rpc_grpc_status_code",
    ],
    unmatched: "",
    first_error: 400,
};

impl Side {
    pub(super) fn labels(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.labels.iter().copied()
    }
}
